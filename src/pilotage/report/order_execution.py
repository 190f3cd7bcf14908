"""The safe order of execution: every phase and file, what it does, and the check after it.

Consumed by the migration's document. Nothing is ordered here: files run in the order of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, groupby

from pilotage.model.catalog import ForeignKey
from pilotage.model.names import QualifiedName
from pilotage.model.plan import AddForeignKey, LoadLargeObjects, LoadTable, RunDdl
from pilotage.model.review import FileKind, LoadStrategy, PlannedFile
from pilotage.report.escape import markdown_code, markdown_text
from pilotage.report.figures import count, counted, size
from pilotage.report.markdown import bullets, heading, paragraph
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.order_checks import check_block, keys_counted, rows_in_all, tables_exist
from pilotage.report.order_files import file_list, what_it_does

_PARTS_NAMED = 6
"""Parts of one file whose names a heading has room for."""

_PHASES = {
    FileKind.ROLES: "Create the roles",
    FileKind.SCHEMA: "Create the structure",
    FileKind.DATA: "Load the rows",
    FileKind.LARGE_OBJECTS: "Bring the large objects",
    FileKind.KEYS: "Build indexes and add keys",
    FileKind.GUARDS: "Put triggers, policies and privileges in place",
    FileKind.DEFERRED: "Add the keys that were put off",
    FileKind.FINISH: "Finish",
    FileKind.FIXES: "Make the chosen fixes",
    FileKind.VALIDATE: "Validate",
}


def execution_section(facts: MigrationFacts) -> list[str]:
    """Return the phases in order, each with its files and their checks."""
    files = facts.plan.files
    if not files:
        return [
            *heading(2, "Safe execution order"),
            *paragraph("This plan has no SQL files: `pilotage migrate` runs its steps directly."),
        ]
    phases = [(kind, list(members)) for kind, members in groupby(files, key=lambda file: file.kind)]
    number = 0
    text = [
        *heading(2, "Safe execution order"),
        *paragraph(
            f"{counted(len(files), 'file')} in {counted(len(phases), 'phase')}, one after another in the"
            " order of their names. Each is one transaction: it succeeds as a whole or leaves nothing behind."
            " A check is right when its last column, `ok`, is true in every line."
        ),
    ]
    for place, (kind, members) in enumerate(phases, 1):
        text += heading(3, f"Phase {place}: {_PHASES[kind]} ({counted(len(members), 'file')})")
        for file in members:
            number += 1
            text += _file(facts, number, file)
        text += paragraph(_after_phase(facts, kind, members))
    return text


def _file(facts: MigrationFacts, number: int, file: PlannedFile) -> list[str]:
    names = file_list(facts, file)
    group = f" ({markdown_text(facts.title(file.group))})" if file.group else ""
    return [
        *heading(4, f"{number}. {_listed(names)}{group}"),
        *bullets(_facts_of_file(facts, file)),
        *_check(facts, file),
    ]


def _listed(names: Sequence[str]) -> str:
    """Return names of files as code, of many parts the first and the last."""
    if len(names) <= _PARTS_NAMED:
        return ", ".join(map(markdown_code, names))
    return f"{markdown_code(names[0])} to {markdown_code(names[-1])}, {count(len(names))} files"


def _facts_of_file(facts: MigrationFacts, file: PlannedFile) -> Iterable[str]:
    yield f"Does: {what_it_does(facts, file)}"
    parts = facts.written_as(file)
    if parts:
        yield (
            "Size: "
            + size(sum(part.bytes for part in parts))
            + (
                ": " + ", ".join(f"{markdown_code(part.name)} {count(part.rows)} rows" for part in parts)
                if len(parts) > 1 and file.kind is FileKind.DATA
                else ""
            )
        )
    loaded = [step for step in facts.steps_in(file) if isinstance(step, LoadTable)]
    special = {
        table: component.strategy
        for component in facts.plan.components
        for table in component.tables
        if component.strategy is not LoadStrategy.PLAIN
    }
    tables = [step.table for step in loaded if step.table in special]
    if tables:
        yield "Special handling: " + ", ".join(
            f"{facts.code(name)} ({special[name].value})" for name in tables
        )
    if len(loaded) > 1:
        yield f"Loads {facts.code(loaded[0].table)} first and {facts.code(loaded[-1].table)} last"


def _check(facts: MigrationFacts, file: PlannedFile) -> list[str]:
    steps = facts.steps_in(file)
    title = f"after {file.name}"
    match file.kind:
        case FileKind.SCHEMA:
            tables = [step.object for step in steps if isinstance(step, RunDdl) and step.kind == "TABLE"]
            named = _tables_of_group(facts, file) if tables else []
            return [
                *(check_block(f"{title}, its tables are there", tables_exist(named)) if named else []),
                *_keys_check(facts, file, title),
            ]
        case FileKind.DATA:
            loaded = [step.table for step in steps if isinstance(step, LoadTable)]
            counted_ones = _without_partitions(facts, loaded)
            if not counted_ones:
                return []
            return check_block(f"{title}, its rows are there", rows_in_all(facts, counted_ones))
        case FileKind.KEYS | FileKind.DEFERRED:
            return _keys_check(facts, file, title)
        case FileKind.ROLES | FileKind.LARGE_OBJECTS | FileKind.GUARDS | FileKind.FINISH | FileKind.FIXES:
            return []
        case FileKind.VALIDATE:
            return paragraph("It is a check itself: psql exits with an error where anything differs.")


def _tables_of_group(facts: MigrationFacts, file: PlannedFile) -> list[QualifiedName]:
    group = facts.groups.get(file.group)
    return list(group.tables) if group is not None else []


def _without_partitions(facts: MigrationFacts, tables: Iterable[QualifiedName]) -> list[QualifiedName]:
    """Return the tables whose rows, with those of their partitions, were counted, each once."""
    roots = dict.fromkeys(facts.census.partition_root.get(table, table) for table in tables)
    return [table for table in roots if facts.is_counted(table)]


def _keys_check(facts: MigrationFacts, file: PlannedFile, title: str) -> list[str]:
    added = {
        (step.table, step.constraint) for step in facts.steps_in(file) if isinstance(step, AddForeignKey)
    }
    keys: list[ForeignKey] = [key for key in facts.catalog.foreign_keys if (key.table, key.name) in added]
    return check_block(f"{title}, its foreign keys are there", keys_counted(keys)) if keys else []


def _after_phase(  # noqa: PLR0911 - a sentence for each kind
    facts: MigrationFacts, kind: FileKind, files: list[PlannedFile]
) -> str:
    steps = list(chain.from_iterable(facts.steps_in(file) for file in files))
    keys = sum(isinstance(step, AddForeignKey) for step in steps)
    match kind:
        case FileKind.ROLES:
            return "After this phase every role that the others name is there. Set the passwords of new ones."
        case FileKind.SCHEMA:
            tables = sum(len(_tables_of_group(facts, file)) for file in files)
            of_them = f", of which {count(facts.partitions)} are partitions" if facts.partitions else ""
            return f"After this phase: {counted(tables, 'table')}{of_them}, {counted(keys, 'foreign key')}."
        case FileKind.DATA:
            rows = sum(step.cost.rows for step in steps if isinstance(step, LoadTable))
            return f"After this phase: {counted(rows, 'row')}."
        case FileKind.LARGE_OBJECTS:
            number = sum(step.number for step in steps if isinstance(step, LoadLargeObjects))
            return f"After this phase: {counted(number, 'large object')}."
        case FileKind.KEYS | FileKind.DEFERRED:
            return f"This phase adds {counted(keys, 'foreign key')}."
        case FileKind.GUARDS:
            return "From here on triggers fire and policies hold."
        case FileKind.FINISH:
            return "From here on the target is as the source was."
        case FileKind.FIXES:
            return (
                "From here on the target is as the source was but for these fixes; "
                "[Chosen fixes](#chosen-fixes) says what each changes."
            )
        case FileKind.VALIDATE:
            return "Exit code 0 here means that everything which was checked is as it was planned."
