"""What the SQL files are called: numbers as they were asked for, dealt out in the order that is planned.

Consumed by the layout of files. Files run in the order of their names, so names follow the planned order of
groups whatever numbers were asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from pilotage.config.records import GroupRequest
from pilotage.errors import UsageError
from pilotage.model.review import FileKind, Finding, FindingKind

FEW_GROUPS = 9
"""Up to so many groups, file numbers have two digits and leave room between their kinds."""
MOST_GROUPS = 199

FileOf: TypeAlias = tuple[FileKind, str]
"""A file: its kind, and its group where each group has one."""

BY_GROUP = frozenset({FileKind.SCHEMA, FileKind.DATA, FileKind.KEYS, FileKind.GUARDS})
"""Kinds of which each group has its own file."""

_FIRST: Mapping[int, Mapping[FileKind, int]] = MappingProxyType(
    {
        2: {
            FileKind.ROLES: 0,
            FileKind.SCHEMA: 1,
            FileKind.DATA: 10,
            FileKind.LARGE_OBJECTS: 39,
            FileKind.KEYS: 40,
            FileKind.GUARDS: 60,
            FileKind.DEFERRED: 80,
            FileKind.FINISH: 81,
            FileKind.FIXES: 85,
            FileKind.VALIDATE: 90,
        },
        3: {
            FileKind.ROLES: 0,
            FileKind.SCHEMA: 1,
            FileKind.DATA: 200,
            FileKind.LARGE_OBJECTS: 390,
            FileKind.KEYS: 400,
            FileKind.GUARDS: 600,
            FileKind.DEFERRED: 800,
            FileKind.FINISH: 810,
            FileKind.FIXES: 850,
            FileKind.VALIDATE: 900,
        },
    }
)
"""By how many digits numbers have: where each kind of file begins to count, if there is room."""

_NAMES = {
    FileKind.ROLES: "roles",
    FileKind.SCHEMA: "schema",
    FileKind.DATA: "data",
    FileKind.LARGE_OBJECTS: "large-objects",
    FileKind.KEYS: "keys",
    FileKind.GUARDS: "guards",
    FileKind.DEFERRED: "deferred-constraints",
    FileKind.FINISH: "finish",
    FileKind.FIXES: "fixes",
    FileKind.VALIDATE: "validate",
}


def name_files(
    files: Sequence[FileOf], groups: Sequence[str], requests: Sequence[GroupRequest]
) -> tuple[Mapping[FileOf, str], tuple[Finding, ...]]:
    """Return the name of each file, and which numbers are not those asked for.

    Args:
        files: all that there will be.
        groups: in the planned order. One that has no file of a kind leaves a gap in the numbers of that kind.
        requests: the configured groups, for the numbers that they ask for.

    Raises:
        UsageError: more groups than file names can count.
    """
    if len(groups) > MOST_GROUPS:
        raise UsageError(
            f"{len(groups)} groups are more than files can be numbered for ({MOST_GROUPS}); "
            "write fewer groups into pilotage.toml"
        )
    asked = _asked(requests)
    kinds = {kind for kind, _ in files}
    all_files = [
        (kind, group)
        for kind in FileKind
        if kind in kinds
        for group in (groups if kind in BY_GROUP else ("",))
    ]
    digits = 2 if len(groups) <= FEW_GROUPS or asked else 3
    numbers = _number(all_files, asked, _FIRST[digits])
    if max(numbers.values(), default=0) > 99:
        digits = 3
        numbers = _number(all_files, asked, _FIRST[3])
    names = {}
    for kind, group in files:
        what = f"{_NAMES[kind]}-{group}" if group else _NAMES[kind]
        names[kind, group] = f"{numbers[kind, group]:0{digits}d}-{what}.sql"
    findings = tuple(
        Finding(
            kind=FindingKind.FILE_RENUMBERED,
            object=group,
            message=f"its {_NAMES[kind]} file is {names[kind, group]}: "
            "files run in the order of their numbers, and groups in the planned order",
            expected=str(wanted),
            found=str(numbers[kind, group]),
        )
        for (kind, group), wanted in asked.items()
        if (kind, group) in names and numbers[kind, group] != wanted
    )
    return names, findings


def _asked(requests: Sequence[GroupRequest]) -> dict[FileOf, int]:
    """Return the numbers that were asked for."""
    asked = {}
    for request in requests:
        if request.schema_number is not None:
            asked[FileKind.SCHEMA, request.name] = request.schema_number
        if request.data_number is not None:
            asked[FileKind.DATA, request.name] = request.data_number
    return asked


def _number(
    files: Sequence[FileOf], asked: Mapping[FileOf, int], first: Mapping[FileKind, int]
) -> dict[FileOf, int]:
    """Return the number of every file, ascending in the order in which they run.

    For each kind, the numbers that were asked for are sorted and dealt to the groups that asked, in their
    planned order. A group that asked for none gets the number after the one before it. Where a number would
    not ascend, it and those after it move up.
    """
    numbers: dict[FileOf, int] = {}
    last = -1
    for kind, of_kind in itertools.groupby(files, key=lambda file: file[0]):
        same = list(of_kind)
        wanted = iter(sorted(asked[file] for file in same if file in asked))
        lowest = first[kind]
        for file in same:
            last = max(last + 1, next(wanted) if file in asked else lowest)
            lowest = 0
            numbers[file] = last
    return numbers
