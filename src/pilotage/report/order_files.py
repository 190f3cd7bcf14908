"""The files of a migration as people read of them: what each does, and all that `generate` writes.

Consumed by the sections of the migration's document. Which step stands in which file was decided in planning.
"""

from __future__ import annotations

from collections import Counter
from typing import assert_never

from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    ApplyFix,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Step,
    ValidateForeignKey,
)
from pilotage.model.review import FileKind, PlannedFile
from pilotage.report.escape import markdown_code, markdown_text
from pilotage.report.figures import count, counted, size
from pilotage.report.markdown import bullets, heading, paragraph, table
from pilotage.report.migration_facts import MigrationFacts

PURPOSE = {
    FileKind.ROLES: "roles that the target lacks, without passwords",
    FileKind.SCHEMA: "tables and all that is on them",
    FileKind.DATA: "rows, and the positions of sequences",
    FileKind.LARGE_OBJECTS: "large objects with their owners, privileges and comments",
    FileKind.KEYS: "indexes, constraints and foreign keys",
    FileKind.GUARDS: "triggers, rules, policies and privileges",
    FileKind.DEFERRED: "constraints that can only come after all rows",
    FileKind.FINISH: "materialized views, statistics and what belongs to the whole database",
    FileKind.FIXES: "fixes that were chosen: what is otherwise than at the source",
    FileKind.VALIDATE: "compares what is there with what was expected, and fails on any difference",
}

# What people call what pg_dump calls otherwise, and how it is counted.
_NAMES = {
    "acl": "grant",
    "default acl": "default privilege",
    "row security": "row level security setting",
    "sequence owned by": "sequence owner",
    "fk constraint": "foreign key",
    "table attach": "partition attachment",
    "index attach": "index attachment",
}
_PLURALS = {
    "index": "indexes",
    "policy": "policies",
    "publication table": "publication tables",
    "security label": "security labels",
    "statistics": "extended statistics",
    "table loaded": "tables loaded",
    "table analyzed": "tables analyzed",
    "fix": "fixes",
    "materialized view refreshed": "materialized views refreshed",
}
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        "table;table loaded;foreign table;view;materialized view;type;domain;function;constraint;foreign key;"
        "index;trigger;policy;sequence;table analyzed".split(";")
    )
}
"""What people look for first."""
_SHOWN = 9
"""Kinds of steps that a file's line names; the rest it counts."""


def file_list(facts: MigrationFacts, file: PlannedFile) -> tuple[str, ...]:
    """Return the names under which a planned file is written: its own until then, its parts where split."""
    return tuple(figures.name for figures in facts.written_as(file)) or (file.name,)


def what_it_does(facts: MigrationFacts, file: PlannedFile) -> str:
    """Return what a file does, from its steps: ``9 tables, 14 indexes, 12 foreign keys``."""
    if file.kind is FileKind.VALIDATE:
        return PURPOSE[file.kind]
    if file.kind is FileKind.LARGE_OBJECTS:
        steps = (step for step in facts.steps_in(file) if isinstance(step, LoadLargeObjects))
        return counted(sum(step.number for step in steps), "large object")
    found = Counter(_kind(step) for step in facts.steps_in(file))
    kinds = sorted(found, key=lambda kind: (_RANK.get(kind, len(_RANK)), -found[kind], kind))
    said = [_counted(found[kind], kind) for kind in kinds[:_SHOWN]]
    rest = sum(found[kind] for kind in kinds[_SHOWN:])
    if rest:
        said.append(counted(rest, "other definition"))
    rows = sum(step.cost.rows for step in facts.steps_in(file) if isinstance(step, LoadTable))
    if FileKind.DATA is file.kind:
        said.insert(0, counted(rows, "row"))
    return ", ".join(said) or "nothing"


def _counted(number: int, kind: str) -> str:
    return counted(number, kind, _PLURALS.get(kind))


def _kind(step: Step) -> str:
    """Return what a step is called where steps are counted."""
    match step:
        case RunDdl():
            kind = _NAMES.get(step.kind.lower(), step.kind.lower())
        case LoadTable():
            kind = "table loaded"
        case LoadLargeObjects():
            kind = "batch of large objects"
        case BuildIndex():
            kind = "index"
        case AddConstraint():
            kind = "constraint"
        case AddForeignKey():
            kind = "foreign key"
        case ValidateForeignKey():
            kind = "foreign key checked"
        case SetSequence():
            kind = "sequence"
        case RefreshView():
            kind = "materialized view refreshed"
        case AnalyzeTable():
            kind = "table analyzed"
        case ApplyFix():
            kind = "fix"
        case _:
            assert_never(step)
    return kind


def files_section(facts: MigrationFacts) -> list[str]:
    """Return the reference of all files that belong to this document."""
    rows = [row for file in facts.plan.files for row in _file_rows(facts, file)]
    others = (
        ("plan.json", "the plan, fingerprinted; everything else is derived from it"),
        ("MIGRATION_ORDER.md", "this document"),
        ("baseline.json, baseline.md", "the catalog: what the source was"),
        ("foreign_keys.json", "every foreign key, for programs"),
        ("dependency_tree.txt", "every table below the tables that it references"),
        ("dependency_graph.svg", "the same as a drawing, by depth and group"),
        ("sql/rollback/", "for each file that changes the target, one that undoes it"),
    )
    return [
        *heading(2, "Generated files"),
        *table(("File", "Group", "Holds", "Rows>", "Size>", "Needs before it"), rows),
        *paragraph("Beside them:"),
        *bullets(f"{', '.join(map(markdown_code, names.split(', ')))}: {what}" for names, what in others),
    ]


def _file_rows(facts: MigrationFacts, file: PlannedFile) -> list[tuple[str, ...]]:
    """Return the lines of one planned file: one for each part that was written."""
    group = markdown_text(facts.title(file.group)) if file.group else ""
    needs = _needs(facts, file)
    written = [
        (part.name, count(part.rows) if file.kind is FileKind.DATA else "", size(part.bytes))
        for part in facts.written_as(file)
    ]
    return [
        (markdown_code(f"sql/{name}"), group, PURPOSE[file.kind], rows, stored, needs)
        for name, rows, stored in written or [(file.name, "", "")]
    ]


def _needs(facts: MigrationFacts, file: PlannedFile) -> str:
    """Return what a file needs, a whole kind of files by its name."""
    names = {other.name: other for other in facts.plan.files}
    if len(file.needs) > 1 and len(file.needs) == list(names).index(file.name):
        return "every file before it"
    of_kind: dict[FileKind, list[str]] = {}
    for needed in file.needs:
        if needed in names:
            of_kind.setdefault(names[needed].kind, []).append(needed)
    said = []
    for kind, needed_names in of_kind.items():
        every = sum(other.kind is kind for other in facts.plan.files)
        if len(needed_names) == every and every > 1:
            said.append(f"all {kind.value} files")
        else:
            said += [markdown_code(name) for name in needed_names]
    return ", ".join(said) or "nothing"
