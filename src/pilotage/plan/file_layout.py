"""Which SQL file each step stands in, and which files each file needs.

Consumed by planning. What the files are called is decided in :mod:`pilotage.plan.file_names`.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pilotage.config.records import GroupRequest
from pilotage.model.choices import Layout
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    ApplyFix,
    BuildIndex,
    Edge,
    LoadLargeObjects,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
    ValidateForeignKey,
)
from pilotage.model.review import FileKind, Finding, PlannedFile
from pilotage.plan.file_names import BY_GROUP, FileOf, name_files
from pilotage.roles.creation import KIND as CREATING_ROLES


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
    edges: Iterable[Edge] = (),
) -> FileLayout:
    """Return the files that hold the steps, in run order.

    A step stands in the file of its kind and group, or in a later one where a step that it waits for does.

    Args:
        steps: in the plan's order.
        groups: in the planned order.
        requests: the configured groups, for the numbers that they ask for.
        deferred: ids of the foreign keys that come after all rows.
        needs: for each group, the groups before it that it needs.
        edges: what steps wait for.

    Raises:
        UsageError: more groups than file names can count.
    """
    # Without any table there are no groups, and what there is stands in files of none.
    named_groups = tuple(groups) or ("",)
    order = [(kind, group) for kind in FileKind for group in (named_groups if kind in BY_GROUP else ("",))]
    waits: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        waits[edge.after].append(edge.before)
    members = _members(steps, order, waits, layout, deferred)
    members.setdefault((FileKind.VALIDATE, ""), [])
    present = [file for file in order if file in members]
    names, findings = name_files(present, named_groups, requests)
    file_of = {step: file for file, held in members.items() for step in held}
    planned = []
    for file in present:
        needed = {file_of[before] for step in members[file] for before in waits[step] if before in file_of}
        needed |= _needed_by_kind(file, present, layout, needs)
        planned.append(
            PlannedFile(
                name=names[file],
                kind=file[0],
                group=file[1],
                steps=tuple(members[file]),
                needs=tuple(names[each] for each in present if each in needed and each != file),
            )
        )
    return FileLayout(files=tuple(planned), findings=findings)


def _members(
    steps: Sequence[Step],
    order: Sequence[FileOf],
    waits: Mapping[str, Sequence[str]],
    layout: Layout,
    deferred: frozenset[str],
) -> dict[FileOf, list[str]]:
    """Return the ids of the steps that each file holds, both in order."""
    number = {file: place for place, file in enumerate(order)}
    first_of_kind = {kind: place for place, (kind, _) in reversed(list(enumerate(order)))}
    place_of: dict[str, int] = {}
    members: dict[FileOf, list[str]] = defaultdict(list)
    for step in steps:
        kind = _kind_of(step, layout, deferred)
        before = [place_of[each] for each in waits.get(step.id, ()) if each in place_of]
        if _follows(step) and before:
            place = max(before)
        else:
            # What is in no group stands in the first one's file.
            place = max([number.get((kind, step.group), first_of_kind[kind]), *before])
        place_of[step.id] = place
        members[order[place]].append(step.id)
    return members


_KIND_OF_STAGE = {
    Stage.STRUCTURE: FileKind.SCHEMA,
    Stage.DATA: FileKind.KEYS,
    Stage.FINISH: FileKind.FINISH,
    Stage.REFRESH: FileKind.FINISH,
    Stage.ACTIVATE: FileKind.FINISH,
    Stage.FIXES: FileKind.FIXES,
}


def _kind_of(step: Step, layout: Layout, deferred: frozenset[str]) -> FileKind:
    """Return the kind of file that a step stands in."""
    match step:
        case LoadTable() | SetSequence():
            return FileKind.DATA
        case LoadLargeObjects():
            return FileKind.LARGE_OBJECTS
        case RefreshView() | AnalyzeTable():
            return FileKind.FINISH
        case ApplyFix():
            return FileKind.FIXES
        case ValidateForeignKey():
            raise ValueError(f"{step.id} belongs into a plan that is run directly")
        case BuildIndex() | AddConstraint() | AddForeignKey() | RunDdl():
            return _kind_of_definition(step, layout, deferred)


def _kind_of_definition(
    step: BuildIndex | AddConstraint | AddForeignKey | RunDdl, layout: Layout, deferred: frozenset[str]
) -> FileKind:
    """Return the kind of file that a definition stands in."""
    match step:
        case AddForeignKey() | AddConstraint() if step.id in deferred or step.stage is Stage.FINISH:
            return FileKind.DEFERRED
        case RunDdl(kind="CHECK CONSTRAINT", stage=Stage.FINISH):
            return FileKind.DEFERRED
        case RunDdl() if step.kind == CREATING_ROLES:
            return FileKind.ROLES
        case _ if step.stage is Stage.FINISH and step.group and layout is Layout.BULK:
            return FileKind.GUARDS
        case _:
            return _KIND_OF_STAGE[step.stage]


def _follows(step: Step) -> bool:
    """Tell whether a step stands wherever what it describes does."""
    return isinstance(step, RunDdl) and step.kind in {"COMMENT", "SECURITY LABEL"}


def _needed_by_kind(
    file: FileOf, present: Sequence[FileOf], layout: Layout, needs: Mapping[str, Sequence[str]]
) -> set[FileOf]:
    """Return the files that must have run before one of this kind, whatever its steps say."""
    kind, group = file
    groups_before = [(kind, each) for each in needs.get(group, ())]
    match kind:
        case FileKind.ROLES:
            wanted = []
        case FileKind.SCHEMA:
            # What everything lives in is made in the first file. Keys, where they stand here, name others.
            first = next(each for each in present if each[0] is FileKind.SCHEMA)
            roles = [each for each in present if each[0] is FileKind.ROLES]
            wanted = [*roles, first, *(groups_before if layout is Layout.SCHEMA_FIRST else ())]
        case FileKind.DATA:
            wanted = [*(each for each in present if each[0] is FileKind.SCHEMA), *groups_before]
        case FileKind.LARGE_OBJECTS:
            wanted = [each for each in present if each[0] is FileKind.ROLES]
        case FileKind.KEYS:
            wanted = [*(each for each in present if each[0] is FileKind.DATA), *groups_before]
        case FileKind.GUARDS:
            wanted = [each for each in present if each[0] in {FileKind.DATA, FileKind.KEYS}]
        case FileKind.DEFERRED | FileKind.FINISH | FileKind.FIXES | FileKind.VALIDATE:
            wanted = list(present[: present.index(file)])
    return set(wanted) & set(present)
