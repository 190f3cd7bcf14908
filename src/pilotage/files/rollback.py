"""The rollback files: each undoes one file, and running them in the order of their names undoes all.

Consumed by whoever generates the files. A rollback file may run at any time: what its file has not created,
or somebody else has, it leaves alone and says so. It knows whose work something is by the transaction that
created it, which PostgreSQL keeps in each row of its catalogs (``xmin``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pilotage.files.blocks import do_block, fragment, text_array, values_list
from pilotage.files.checksums import row_text, rows_of, text_hash
from pilotage.files.drops import drop_statement, steps_to_undo
from pilotage.files.fixes import undo_fix
from pilotage.files.header import header, how_to_run
from pilotage.files.lookups import exists, lookup, relation
from pilotage.files.material import Material
from pilotage.files.objects import CreatedObject, created_by, located_objects
from pilotage.files.records import WrittenData
from pilotage.files.script import COMMIT, OPEN, statement
from pilotage.files.settings import definition_settings, file_settings
from pilotage.files.standing import standing_change
from pilotage.files.standing_change import StandingChange
from pilotage.model.catalog import Table, TableKind
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.model.plan import AddForeignKey, ApplyFix, RunDdl, SetSequence, Step
from pilotage.model.review import FileKind, PlannedFile
from pilotage.model.visible import visible_name, visible_text
from pilotage.roles.creation import KIND as CREATING_ROLES

FOLDER = "rollback"

_INDENT = "    "

# Other files' work that would be dropped as if it were this file's, were it not asked first who created it.
_MAY_HAVE_BEEN_THERE = frozenset({"extension", "procedural language"})
_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema"})
_OF_DATABASE = frozenset({"publication", "subscription", "event trigger"})


class RollbackFile(msgspec.Struct, frozen=True, kw_only=True):
    """A rollback file.

    Attributes:
        name: with the folder: ``rollback/01-undo-81-finish.sql``.
        undoes: the name of the planned file that it undoes.
    """

    name: str
    undoes: str
    text: str


def rollback_files(material: Material, data: Mapping[str, WrittenData]) -> tuple[RollbackFile, ...]:
    """Return the files that undo all others, in the order in which they run.

    Args:
        material: what the files were made from.
        data: what was written for each planned data file, by its name.
    """
    return tuple(
        RollbackFile(
            name=(name := rollback_name(material, file)),
            undoes=file.name,
            text=_text(material, file, name, data.get(file.name)),
        )
        for file in _undone(material)
        # Parts of large objects have rollback files of their own.
        if file.kind is not FileKind.LARGE_OBJECTS
    )


def rollback_name(material: Material, file: PlannedFile) -> str:
    """Return the name of the file that undoes another, with its folder."""
    undone = _undone(material)
    digits = max(2, len(str(len(undone))))
    return f"{FOLDER}/{undone.index(file) + 1:0{digits}d}-undo-{file.name}"


def _undone(material: Material) -> list[PlannedFile]:
    return [file for file in reversed(material.plan.files) if file.kind is not FileKind.VALIDATE]


def _text(material: Material, file: PlannedFile, name: str, data: WrittenData | None) -> str:
    data_format, role = material.plan.data_format, material.plan.roles.role
    encoding = material.catalog.server.encoding
    if file.kind is FileKind.DATA:
        settings, block = file_settings(encoding, role), _undo_data(material, file, data)
    elif file.kind is FileKind.SCHEMA:
        settings, block = definition_settings(role), _undo_schema(material, file)
    else:
        settings, block = definition_settings(role), _undo_additions(material, file)
    statements = ("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", *settings, block)
    return (
        OPEN[data_format]
        + _header(material, file, name)
        + "".join(statement(each, data_format) for each in statements)
        + "\n"
        + COMMIT[data_format]
    )


def _header(material: Material, file: PlannedFile, name: str) -> str:
    sections: list[tuple[str, Sequence[str]]] = []
    if file.kind is FileKind.DATA:
        sections.append(
            (
                "Removes the rows that it brought, where its tables hold these rows and no others,",
                ("and sets its sequences back to their start.",),
            )
        )
    elif file.kind is FileKind.FIXES:
        sections.append(
            (
                "Makes what it mended as it is at the source again, last first, where it is as that file",
                ("left it. What somebody has changed since stays, and is named.",),
            )
        )
    else:
        sections.append(
            (
                "Drops what it created, last first, and nothing else. What was there before, or was made by",
                ("somebody else, stays. Nothing cascades: what was built on it since stops this file.",),
            )
        )
    left = [line for step in material.steps_of(file) for line in _not_undone(step)]
    if file.kind is not FileKind.SCHEMA and file.name not in material.marks:
        changes = filter(None, map(standing_change, material.steps_of(file)))
        left += [f"{each.label}: no table has a column left to note in when it was done" for each in changes]
        left += [
            f"{step.id}: no table has a column left to note in when it was done"
            for step in material.steps_of(file)
            if isinstance(step, ApplyFix)
        ]
    if left:
        sections.append(("Not undone:", left))
    sections += [
        (
            "Run it after the rollback files before it. It may run at any time, and again:",
            how_to_run(name)[1],
        ),
        ("One transaction: all of it happens, or nothing.", ()),
    ]
    return header(title=f"{name}: undoes {file.name}", sections=sections)


def _not_undone(step: Step) -> list[str]:
    change = standing_change(step)
    if change is not None:
        return (
            []
            if change.undo
            else [f"{change.label}: its statements are not of a form that can be turned round"]
        )
    if isinstance(step, RunDdl) and step.kind == CREATING_ROLES:
        return ["roles, which are the whole server's: drop those that nothing else uses yourself"]
    if isinstance(step, RunDdl) and not step.drop_sql and step.kind in {"COMMENT", "ACL", "SECURITY LABEL"}:
        of, _, name = step.object.partition(" ")
        if of == "LANGUAGE":
            return [f"{step.kind.lower()} on {of.lower()} {visible_text(name)}, where that was there before"]
        if of in _SYSTEM_SCHEMAS:
            return [f"{step.kind.lower()} on {visible_text(name)} of {of}, which every database has"]
    return []


# --- schema files ---------------------------------------------------------------------------------------


def _anchors(material: Material, file: PlannedFile) -> tuple[CreatedObject, ...]:
    """Return the objects by whose transaction a file's work is known: its tables, or what else it has."""
    created = material.created_in(file)
    tables = tuple(each for each in created if each.kind in {"table", "foreign table"})
    return tables or tuple(each for each in created if each.in_schema)


def _undo_schema(material: Material, file: PlannedFile) -> str:
    others = [
        (each.name, anchors[0])
        for each in material.schema_files()
        if each.name != file.name and (anchors := _anchors(material, each))
    ]
    stored = [table for table in material.tables_created_in(file) if table.kind is TableKind.TABLE]
    return do_block(
        "undo_schema",
        file=quote_literal(visible_text(file.name)),
        created=located_objects((file.name, each) for each in material.created_in(file)),
        creating=_creating(material, ((file.name, each) for each in _anchors(material, file))),
        creating_others=_creating(material, others),
        stored=_stored(stored),
        strange_columns=_strange_columns(material.tables_created_in(file)),
        statements=_undoing(material, file),
    )


def _stored(tables: Iterable[Table]) -> str:
    rows = [
        (quote_literal(visible_name(each.name)), quote_literal(str(each.name)), quote_literal(rows_of(each)))
        for each in tables
    ]
    rows = rows or [("NULL", "NULL", "NULL")]
    return values_list(rows, "label, relation, rows_of", "stored")


def _strange_columns(tables: Iterable[Table]) -> str:
    """Return the query for columns that tables have now and did not have at the source."""
    rows = [
        (
            quote_literal(visible_name(each.name)),
            quote_literal(str(each.name)),
            text_array(column.name for column in each.columns),
        )
        for each in tables
    ]
    return fragment(
        "strange_columns",
        tables=values_list(
            rows or [("NULL", "NULL", "NULL::pg_catalog.text[]")], "label, relation, columns", "known"
        ),
    )


def _undoing(material: Material, file: PlannedFile) -> str:
    """Return the statements that undo a file, last first, each with the condition that it needs."""
    partitioned = {
        str(table.name) for table in material.catalog.tables if table.kind is TableKind.PARTITIONED
    }
    text = ""
    for step in steps_to_undo(material.steps_of(file)):
        if isinstance(step, ApplyFix):
            if file.name in material.marks:
                text += undo_fix(step, material.marks[file.name])
            continue
        change = standing_change(step)
        statements = change.undo if change is not None else drop_statement(step, partitioned)
        if not statements:
            continue
        created = created_by(step)
        if change is not None:
            text += _where_new(change, material, file)
        elif created is not None and created.kind in _MAY_HAVE_BEEN_THERE:
            text += _where_written(
                _was_created(created),
                statements,
                f"{created.described} stays: it was there before, or somebody has changed it since",
            )
        elif created is not None and created.kind in _OF_DATABASE:
            older = f"oid = {created.oid} AND age(xmin) > age(written)"
            text += _where_written(
                f"written IS NOT NULL AND NOT {exists(created.catalog, older)}",
                statements,
                f"{created.described} stays: it was there before",
            )
        else:
            # Only the first line is indented: a further line may be part of a name.
            text += _INDENT + statements
    return text


def _was_created(created: CreatedObject) -> str:
    """Return the condition that an object was created in the file's transaction.

    What it depends on is written once; its own row is written again where privileges are given on it.
    """
    row = lookup("xmin", created.catalog, f"oid = {created.oid}")
    of_object = f"classid = '{created.catalog}'::regclass AND objid = {created.oid}"
    return f"{row} = written OR {exists('pg_depend', f'{of_object} AND xmin = written')}"


def _where_new(change: StandingChange, material: Material, file: PlannedFile) -> str:
    written = "written"
    if file.kind is not FileKind.SCHEMA:
        if file.name not in material.marks:
            return ""
        table, column = material.marks[file.name]
        of_column = f"attrelid = {relation(table)} AND attname = {quote_literal(column)}"
        written = lookup("xmin", "pg_attribute", of_column)
    return _where_written(
        # Or by this file itself: of two changes to one row, undoing the one has written it.
        f"{change.written_in} IN ({written}, pg_current_xact_id()::xid)",
        change.undo,
        f"{change.label}: left as found, for it was not as in a new database, or has been changed since",
    )


def _where_written(condition: str, statements: str, otherwise: str) -> str:
    return (
        f"{_INDENT}IF {condition} THEN\n{_INDENT * 2}{statements}{_INDENT}ELSE\n"
        f"{_INDENT * 2}RAISE WARNING USING MESSAGE = {quote_literal(otherwise)};\n{_INDENT}END IF;\n"
    )


# --- what other files added -----------------------------------------------------------------------------


def _undo_additions(material: Material, file: PlannedFile) -> str:
    return do_block(
        "undo_additions",
        file=quote_literal(visible_text(file.name)),
        creating=_creating(material, _anchors_by_file(material, file)),
        statements=_undoing(material, file),
    )


def _anchors_by_file(material: Material, file: PlannedFile) -> list[tuple[str, CreatedObject]]:
    """Return what must be ours before anything of a file can be: its group's tables, one of each other."""
    listed: list[tuple[str, CreatedObject]] = []
    for each in material.schema_files():
        anchors = _anchors(material, each)
        listed += [(each.name, anchor) for anchor in (anchors if each.group == file.group else anchors[:1])]
    return listed


def _creating(material: Material, anchors: Iterable[tuple[str, CreatedObject]]) -> str:
    """Return the query for the transaction that created each file's objects, and whether the file did."""
    anchors = tuple(anchors)
    signatures = [
        (quote_literal(visible_text(file)), relation(table), quote_literal(column))
        for file in dict.fromkeys(file for file, _ in anchors)
        for table, column in material.signatures.get(file, ())
    ]
    return fragment(
        "creating_transactions",
        anchors=located_objects(anchors),
        signatures=values_list(
            signatures or [("NULL::text", "NULL::regclass", "NULL::name")],
            "file, relation, name",
            "signature",
        ),
    )


# --- rows -----------------------------------------------------------------------------------------------


def _undo_data(material: Material, file: PlannedFile, data: WrittenData | None) -> str:
    written = data.tables if data is not None else ()
    tables = [each.table for each in written if not each.extension]
    of_extensions = [each for each in written if each.extension]
    emptied, referencing = _truncated(material, [table.name for table in tables])
    encoding = material.catalog.server.encoding
    sequences = [step.sequence for step in material.steps_of(file) if isinstance(step, SetSequence)]
    statements = ""
    if emptied or referencing:
        statements += f"{_INDENT}TRUNCATE TABLE {', '.join([*emptied, *referencing])};\n"
    for each in reversed(of_extensions):
        statements += f"{_INDENT}DELETE FROM {rows_of(each.table, each.condition)};\n"  # noqa: S608 - quoted
    return do_block(
        "undo_data",
        file=quote_literal(visible_text(file.name)),
        creating=_creating(material, _anchors_by_file(material, file)),
        states=_states(data),
        strange_columns=_strange_columns(tables),
        hash=text_hash("%s::pg_catalog.text", encoding).replace("'", "''"),
        referencing=_relations(referencing),
        lock="".join(
            f"{_INDENT}LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE;\n"
            for name in [*emptied, *referencing, *(rows_of(each.table) for each in of_extensions)]
        ),
        truncated=_relations([*emptied, *referencing]),
        truncate=statements,
        sequences="".join(
            f"{_INDENT}ALTER SEQUENCE IF EXISTS {sequence} RESTART;\n" for sequence in sequences
        ),
    )


def _relations(names: Iterable[str]) -> str:
    """Return tables as LOCK and TRUNCATE name them, in a list for FROM."""
    rows = [(quote_literal(name), quote_literal(name.removeprefix("ONLY "))) for name in names] or [
        ("NULL", "NULL")
    ]
    return values_list(rows, "rows_of, relation", "named")


def _states(data: WrittenData | None) -> str:
    """Return the rows and checksums that each table may hold: after none, some or all of the parts."""
    states: defaultdict[QualifiedName, list[tuple[int, int]]] = defaultdict(lambda: [(0, 0)])
    for part in data.files if data is not None else ():
        for table in part.tables:
            rows, checksum = states[table.table.name][-1]
            states[table.table.name].append((rows + table.rows, checksum + table.checksum))
    listed: list[tuple[str, ...]] = []
    for total in data.tables if data is not None else ():
        # Last, because the second pass of two-pass changes rows that earlier parts have brought.
        allowed = dict.fromkeys([*states[total.table.name], (total.rows, total.checksum)])
        listed.append(
            (
                quote_literal(visible_name(total.table.name)),
                quote_literal(rows_of(total.table, total.condition)),
                quote_literal(row_text(total.columns)),
                "ARRAY["
                + ", ".join(quote_literal(f"{rows} {checksum}") for rows, checksum in allowed)
                + "]::pg_catalog.text[]",
            )
        )
    return values_list(
        listed or [("NULL", "NULL", "NULL", "NULL::pg_catalog.text[]")],
        "label, rows_of, row_text, states",
        "allowed",
    )


def _truncated(material: Material, names: Sequence[QualifiedName]) -> tuple[list[str], list[str]]:
    """Return what one TRUNCATE must name: the tables, and all that reference them, directly or not.

    By keys that are there before rows come. The others are gone by now, and their tables may still hold rows.
    """
    roots = material.roots
    own = dict.fromkeys(roots[name] for name in names)
    standing = {
        (step.table, step.constraint)
        for file in material.schema_files()
        for step in material.steps_of(file)
        if isinstance(step, AddForeignKey)
    }
    referencing: dict[QualifiedName, None] = {}
    changed = True
    while changed:
        changed = False
        for key in material.catalog.foreign_keys:
            table, referenced = roots.get(key.table), roots.get(key.referenced)
            if table is None or referenced is None or table in own or table in referencing:
                continue
            if (key.table, key.name) not in standing:
                continue
            if referenced in own or referenced in referencing:
                referencing[table] = None
                changed = True
    return _named(material, own), _named(material, referencing)


def _named(material: Material, roots: Iterable[QualifiedName]) -> list[str]:
    named: list[str] = []
    for root in roots:
        parts = [table for name, table in material.tables.items() if material.roots[name] == root]
        if any(part.kind is TableKind.FOREIGN for part in parts):
            # The rows of a foreign partition are another server's. Such a table has no keys that would need
            # it whole.
            named += [f"ONLY {part.name}" for part in parts if part.kind is TableKind.TABLE]
        else:
            named.append(rows_of(material.tables[root]))
    return named
