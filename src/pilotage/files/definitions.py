"""The files without rows: schema, keys, guards, deferred constraints, finish.

Consumed by whoever generates the files. Each step's SQL is pg_dump's; what is around it says what the file
is, refuses the wrong moment, and asserts at the end that everything is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotage.files.blocks import do_block, text_array, values_list
from pilotage.files.guards import guard_needs, guard_server
from pilotage.files.header import header, how_to_run
from pilotage.files.material import Column, Material
from pilotage.files.objects import listed_objects
from pilotage.files.psql_text import as_psql_reads
from pilotage.files.records import NeededTable
from pilotage.files.script import BEGIN_STATEMENT, COMMIT, END_STATEMENT, OPEN, comment, statement
from pilotage.files.settings import definition_settings
from pilotage.files.standing import look_first, standing_change, write_again
from pilotage.model.catalog import Table
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    ApplyFix,
    BuildIndex,
    HazardKind,
    LoadLargeObjects,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
    ValidateForeignKey,
)
from pilotage.model.review import FileKind, PlannedFile
from pilotage.model.visible import visible_name, visible_text
from pilotage.plan.lock_counts import relations_locked
from pilotage.roles.default_privileges import put_back, set_aside, with_defaults_aside
from pilotage.roles.standing_comments import sql_where_owned

_TITLES = {
    FileKind.ROLES: "roles that the target lacks, as they are on the source but without passwords",
    FileKind.SCHEMA: "tables and what they are made of",
    FileKind.KEYS: "indexes, constraints and foreign keys",
    FileKind.GUARDS: "rules, triggers, policies and privileges",
    FileKind.DEFERRED: "constraints that come after all rows",
    FileKind.FINISH: "what comes last: refreshes, statistics and what is of the whole database",
    FileKind.FIXES: "what is to be otherwise than at the source: fixes that were chosen",
}

FEW_LOCKS = 5000
"""Relations that one transaction may lock on any server of usual settings: it has room for 6,400."""

# What `CREATE … IF NOT EXISTS` or `CREATE OR REPLACE` leaves alone where it is there already.
_MAY_EXIST = frozenset({"extension", "procedural language"})


def definition_file(material: Material, file: PlannedFile, *, brought_by: dict[str, str]) -> str:
    """Return the whole text of a file without rows.

    Args:
        material: what the file is made from.
        file: of any kind but data and validation.
        brought_by: for each planned data file, the name of the last that was written for it.

    Raises:
        RefusedError: psql would read something else in a step's SQL than the server.
    """
    data_format = material.plan.data_format
    joint = END_STATEMENT[data_format] + BEGIN_STATEMENT[data_format]

    def write(sql: str) -> str:
        return statement(sql, data_format)

    text = (
        OPEN[data_format] + _header(material, file) + write("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    )
    text += "".join(map(write, definition_settings(material.plan.roles.role))) + "\n"
    text += comment("Is this the right moment, and the right database?")
    text += write(guard_server(encoding=material.catalog.server.encoding, probe=material.probe))
    if (needed := relations_locked(material.steps_of(file))) > FEW_LOCKS:
        text += write(do_block("guard_locks", needed=str(needed)))
    text += "".join(map(write, _guards(material, file, brought_by)))
    steps = material.steps_of(file)
    changes = {step.id: change for step in steps if (change := standing_change(step)) is not None}
    if changes:
        text += "\n" + comment("How is what was there before any of these files?")
        text += write(look_first(tuple(changes.values())))
    creating, _ = with_defaults_aside(steps)
    if creating:
        text += "\n" + comment(
            "What is created here has the privileges that it had on the source, and not those that this",
            "database gives by default. These are put back before this file commits.",
        )
        text += write(set_aside())
    traces = _traces(material, file)
    for number, step in enumerate(steps):
        if step.stage is Stage.ACTIVATE:
            text, traces = text + traces, ""  # which event triggers must not see
        if creating and number == len(creating):
            text += write(put_back())
        text += "\n" + comment(f"{step.id}: {step.reason}", *_about_fix(step))
        sql = as_psql_reads(sql_of(step), what=step.id, joint=joint)
        # pg_dump says in a comment what there is no statement for.
        text += write(sql) if sql.rstrip().endswith(";") else comment(*sql.splitlines())
        if step.id in changes:
            text += write(write_again(changes[step.id], list(changes).index(step.id)))
        for hazard in step.hazards:
            if hazard.kind is HazardKind.NOT_MIGRATED:
                message = quote_literal(f"{hazard.object}: {hazard.message}")
                text += write(do_block("tell", message=message))
    if creating and len(creating) == len(steps):
        text += "\n" + write(put_back())
    text += traces
    text += "\n" + comment("Everything is there.") + "".join(map(write, _assertions(material, file)))
    return text + "\n" + COMMIT[data_format]


def _about_fix(step: Step) -> Iterable[str]:
    if isinstance(step, ApplyFix):
        yield from (each.detail for each in step.findings)
        if step.proof:
            yield f"Proved at the source: {step.proof}"


def _traces(material: Material, file: PlannedFile) -> str:
    """Return the statements that leave something of a file in the catalogs, and in no dump."""
    return "".join(
        "\n"
        + comment(
            "Changes nothing, but writes these columns' rows in pg_attribute again: by that, rollback knows",
            "what is this file's work.",
        )
        + statement(each, material.plan.data_format)
        for each in _tracing(material, file)
    )


def _tracing(material: Material, file: PlannedFile) -> Iterable[str]:
    if file.name in material.signatures:
        signing = "".join(" " * 8 + _write_again(column) for column in material.signatures[file.name])
        yield do_block("sign", statements=signing.rstrip())
    if file.name in material.marks:
        yield _write_again(material.marks[file.name])


def _write_again(column: Column) -> str:
    table, name = column
    return f"ALTER TABLE {table} ALTER COLUMN {quote_identifier(name)} RESET (n_distinct);\n"


def sql_of(step: Step) -> str:
    """Return a step's statements."""
    match step:
        case RunDdl():
            return sql_where_owned(step)
        case BuildIndex() | AddConstraint() | AddForeignKey() | ValidateForeignKey() | RefreshView():
            return step.sql
        case ApplyFix():
            return step.sql
        case AnalyzeTable(table=table):
            return f"ANALYZE {table};\n"
        case LoadTable() | LoadLargeObjects() | SetSequence():
            raise ValueError(f"{step.id} belongs into a data file")


_REFUSES = (
    "One transaction: all of it happens, or nothing. It refuses to run twice or too early, and",
    "asserts before it commits that everything in it has been created.",
)

_ONCE = (
    "One transaction: all of it happens, or nothing. It asserts before it commits that everything",
    "in it has been created. Run it once: where it only alters, a second run would alter again,",
    "over what somebody has changed since.",
)


def _header(material: Material, file: PlannedFile) -> str:
    group = material.group_of(file)
    sections: list[tuple[str, Sequence[str]]] = []
    if group is not None:
        sections.append((f"Group {group.name}: {group.title}", [group.purpose] if group.purpose else ()))
    tables = material.tables_created_in(file)
    if tables:
        sections.append(
            (
                f"{len(tables):,} {'table' if len(tables) == 1 else 'tables'}:",
                [_table_line(table) for table in tables],
            )
        )
    hazards = [
        f"{hazard.object}: {hazard.message}" for step in material.steps_of(file) for hazard in step.hazards
    ]
    if hazards:
        sections.append(("What to know before it runs:", hazards))
    sections += [
        ("Needs before it:", file.needs or ("nothing",)),
        how_to_run(file.name),
    ]
    sections += [(line, ()) for line in (_ONCE if file.kind is FileKind.FIXES else _REFUSES)]
    if file.kind is FileKind.FIXES:
        sections.append(
            (
                "What is mended here is otherwise than at the source, on purpose. To compare both ends, run",
                ("pilotage verify SOURCE TARGET --plan DIR, with the folder of the plan: it expects that.",),
            )
        )
    return header(title=f"{file.name}: {_TITLES[file.kind]}", sections=sections)


def _table_line(table: Table) -> str:
    rows = (
        "" if table.rows is None else f", {table.rows:,} {'row' if table.rows == 1 else 'rows'} on the source"
    )
    return f"{visible_name(table.name)}{rows if table.kind == 'table' else f', {table.kind}'}"


def _guards(material: Material, file: PlannedFile, brought_by: dict[str, str]) -> Iterable[str]:
    tables: list[NeededTable] = []
    objects: list[tuple[str, str, str]] = []
    if file.kind is FileKind.SCHEMA and material.plan.roles_needed:
        yield _guard_roles(material)
    for name in file.needs:
        needed = material.files[name]
        if needed.kind is FileKind.DATA:
            tables += [
                NeededTable(table=table, has_rows=_may_look(table), file=brought_by.get(name, name))
                for table in material.tables_loaded_in(needed)
            ]
            continue
        created = material.tables_created_in(needed)
        tables += [NeededTable(table=table, has_rows=False, file=name) for table in created]
        # A file is one transaction: where one of its objects is there, all of them were.
        objects += [
            (quote_literal(each.described), quote_literal(visible_text(name)), each.oid)
            for each in material.created_in(needed)
            if not created and each.kind not in _MAY_EXIST
        ][:1]
    if tables:
        yield guard_needs(tables)
    if objects:
        yield do_block("guard_files", objects=values_list(objects, "label, file, oid", "listed"))
    # On a table that this file creates there is nothing yet.
    tables_here = {table.name for table in material.tables_created_in(file)}
    new = [
        each
        for each in material.created_in(file)
        if each.kind not in _MAY_EXIST and each.on not in tables_here
    ]
    if new:
        yield do_block("guard_new", objects=listed_objects(new))


def _guard_roles(material: Material) -> str:
    """Return the block that refuses a server without the roles that the files name."""
    creating = next((file.name for file in material.plan.files if file.kind is FileKind.ROLES), None)
    hint = (
        f"Run {creating} first."
        if creating is not None
        else "Create them, or make the plan again with --create-roles, --map-role or --no-owner."
    )
    roles = text_array(need.role for need in material.plan.roles_needed)
    return do_block("guard_roles", roles=roles, hint=quote_literal(hint))


def _may_look(table: Table) -> bool:
    """Whether to look for rows: not where row level security would make an owner's query fail."""
    return bool(table.rows) and not table.force_row_security


def _assertions(material: Material, file: PlannedFile) -> Iterable[str]:
    created = material.created_in(file)
    if created:
        yield do_block("assert_created", objects=listed_objects(created))
    tables = material.tables_created_in(file)
    if tables:
        rows = values_list(
            (
                (
                    quote_literal(visible_name(table.name)),
                    quote_literal(str(table.name)),
                    text_array(column.name for column in table.columns),
                )
                for table in tables
            ),
            "label, relation, columns",
            "expected",
        )
        yield do_block("assert_columns", tables=rows)
