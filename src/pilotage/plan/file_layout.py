"""Which SQL file each step stands in, and what the files are called.

Consumed by planning. Files run in the order of their names, so the names follow the planned order of groups
whatever numbers were asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from pilotage.config.records import GroupRequest
from pilotage.errors import UsageError
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
)
from pilotage.model.review import FileKind, Finding, FindingKind, Layout, PlannedFile

FEW_GROUPS = 9
"""Up to so many groups, file numbers have two digits and leave room between their kinds."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Numbers:
    """Where each kind of file begins to count, and with how many digits."""

    digits: int
    schema: int
    data: int
    keys: int
    guards: int
    deferred: int
    finish: int
    validate: int

    def name(self, number: int, rest: str) -> str:
        return f"{number:0{self.digits}d}-{rest}.sql"


_FEW = _Numbers(2, schema=1, data=10, keys=40, guards=60, deferred=80, finish=81, validate=90)
_MANY = _Numbers(3, schema=1, data=200, keys=400, guards=600, deferred=800, finish=810, validate=900)
_MOST_GROUPS = 199


@dataclasses.dataclass(frozen=True, slots=True)
class FileLayout:
    """The files, in the order in which they run, and what had to differ from what was asked for."""

    files: tuple[PlannedFile, ...]
    findings: tuple[Finding, ...]


def lay_out_files(
    steps: Sequence[Step],
    *,
    layout: Layout,
    groups: Sequence[str],
    requests: Sequence[GroupRequest],
    deferred: frozenset[str],
    needs: Mapping[str, Sequence[str]],
) -> FileLayout:
    """Return the files that hold the steps, in run order.

    Args:
        steps: in the plan's order.
        groups: in the planned order.
        requests: the configured groups, for the numbers that they ask for.
        deferred: ids of the foreign keys that come after all rows.
        needs: for each group, the groups before it that it needs.

    Raises:
        UsageError: more groups than file names can count, or numbers that leave no room.
    """
    if len(groups) > _MOST_GROUPS:
        raise UsageError(
            f"{len(groups)} groups are more than files can be numbered for ({_MOST_GROUPS}); "
            "write fewer groups into pilotage.toml"
        )
    numbers = _FEW if len(groups) <= FEW_GROUPS else _MANY
    schema, data, findings = _group_numbers(groups, requests, numbers)
    members: dict[tuple[FileKind, str], list[str]] = {}
    for step in steps:
        kind = _kind_of(step, layout, deferred)
        group = step.group if kind in _BY_GROUP else ""
        members.setdefault((kind, group), []).append(step.id)
    names: dict[tuple[FileKind, str], str] = {}
    for place, group in enumerate(groups):
        names[FileKind.SCHEMA, group] = numbers.name(schema[group], f"schema-{group}")
        names[FileKind.DATA, group] = numbers.name(data[group], f"data-{group}")
        names[FileKind.KEYS, group] = numbers.name(numbers.keys + place, f"keys-{group}")
        names[FileKind.GUARDS, group] = numbers.name(numbers.guards + place, f"guards-{group}")
    names[FileKind.DEFERRED, ""] = numbers.name(numbers.deferred, "deferred-constraints")
    names[FileKind.FINISH, ""] = numbers.name(numbers.finish, "finish")
    names[FileKind.VALIDATE, ""] = numbers.name(numbers.validate, "validate")
    members.setdefault((FileKind.VALIDATE, ""), [])
    # A group whose tables hold nothing else than definitions has a data file all the same: it asserts that.
    order = [place for place in names if place in members]
    files = tuple(
        PlannedFile(
            name=names[place],
            kind=place[0],
            group=place[1],
            steps=tuple(members[place]),
            needs=_needed_files(place, order, names, needs),
        )
        for place in sorted(order, key=lambda place: names[place])
    )
    return FileLayout(files=files, findings=findings)


_BY_GROUP = frozenset({FileKind.SCHEMA, FileKind.DATA, FileKind.KEYS, FileKind.GUARDS})


_KIND_OF_STAGE = {
    Stage.STRUCTURE: FileKind.SCHEMA,
    Stage.DATA: FileKind.KEYS,
    Stage.FINISH: FileKind.FINISH,
    Stage.REFRESH: FileKind.FINISH,
    Stage.ACTIVATE: FileKind.FINISH,
}


def _kind_of(step: Step, layout: Layout, deferred: frozenset[str]) -> FileKind:
    """Return the kind of file that a step stands in."""
    match step:
        case LoadTable() | SetSequence():
            return FileKind.DATA
        case RefreshView() | AnalyzeTable():
            return FileKind.FINISH
        case AddForeignKey() | AddConstraint() if step.id in deferred or step.stage is Stage.FINISH:
            return FileKind.DEFERRED
        case BuildIndex() | AddConstraint() | AddForeignKey() | RunDdl():
            if step.stage is Stage.FINISH and step.group and layout is Layout.BULK:
                return FileKind.GUARDS
            return _KIND_OF_STAGE[step.stage]


def _needed_files(
    place: tuple[FileKind, str],
    order: Sequence[tuple[FileKind, str]],
    names: Mapping[tuple[FileKind, str], str],
    needs: Mapping[str, Sequence[str]],
) -> tuple[str, ...]:
    """Return the names of the files that must have run before this one."""
    kind, group = place
    present = set(order)
    wanted: list[tuple[FileKind, str]] = []
    match kind:
        case FileKind.SCHEMA:
            wanted = [(kind, needed) for needed in needs.get(group, ())]
            # What everything lives in is made in the first file.
            wanted += [each for each in order if each[0] is kind][:1]
        case FileKind.DATA:
            wanted = [each for each in order if each[0] is FileKind.SCHEMA]
            wanted += [(kind, needed) for needed in needs.get(group, ())]
        case FileKind.KEYS:
            wanted = [each for each in order if each[0] is FileKind.DATA]
            wanted += [(kind, needed) for needed in needs.get(group, ())]
        case FileKind.GUARDS:
            wanted = [each for each in order if each[0] in {FileKind.DATA, FileKind.KEYS}]
        case FileKind.DEFERRED | FileKind.FINISH | FileKind.VALIDATE:
            wanted = [each for each in order if names[each] < names[place]]
    return tuple(sorted({names[each] for each in wanted if each in present and each != place}))


def _group_numbers(
    groups: Sequence[str], requests: Sequence[GroupRequest], numbers: _Numbers
) -> tuple[dict[str, int], dict[str, int], tuple[Finding, ...]]:
    """Return each group's numbers: those asked for, dealt out in the planned order."""
    asked = {request.name: request for request in requests}
    schema = _deal(groups, {name: asked[name].schema_number for name in asked}, numbers.schema)
    data = _deal(groups, {name: asked[name].data_number for name in asked}, numbers.data)
    if max(schema.values(), default=0) >= min(data.values(), default=numbers.data):
        raise UsageError(
            f"schema file numbers reach {max(schema.values())} and data file numbers begin at "
            f"{min(data.values())}, but all schema files must come before all data files; "
            "raise data_file in pilotage.toml"
        )
    if max(data.values(), default=0) >= numbers.keys:
        raise UsageError(
            f"data file numbers reach {max(data.values())}, and {numbers.keys} and above are needed for what "
            "comes after the rows; lower data_file in pilotage.toml"
        )
    findings = []
    for name in groups:
        request = asked.get(name)
        if request is None:
            continue
        for what, wanted, given in (
            ("schema", request.schema_number, schema[name]),
            ("data", request.data_number, data[name]),
        ):
            if wanted is not None and wanted != given:
                findings.append(
                    Finding(
                        kind=FindingKind.FILE_RENUMBERED,
                        object=name,
                        message=f"the {what} file of {name} is numbered {given}: "
                        "files run in the order of their names",
                        expected=str(wanted),
                        found=str(given),
                    )
                )
    return schema, data, tuple(findings)


def _deal(groups: Sequence[str], asked: Mapping[str, int | None], first: int) -> dict[str, int]:
    """Deal the numbers that were asked for, sorted, to the groups in their order.

    A group that asks for none gets the number after the one before it, and the rest move up where they must.
    """
    wanted = sorted(number for name in groups if (number := asked.get(name)) is not None)
    dealt: dict[str, int] = {}
    last = first - 1
    for name in groups:
        if asked.get(name) is not None:
            last = max(last + 1, wanted.pop(0))
        else:
            last += 1
        dealt[name] = last
    return dealt
