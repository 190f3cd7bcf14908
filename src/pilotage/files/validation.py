"""The last file: what is there against what should be, as tables, and as an exception naming differences.

Consumed by whoever generates the files, after all others, since it knows what the data files brought.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pilotage.files.blocks import do_block, fragment, text_array, values_list
from pilotage.files.checksums import row_text, rows_of, text_hash
from pilotage.files.guards import guard_server
from pilotage.files.header import header, how_to_run
from pilotage.files.large_objects import WrittenLargeObjects, validation_of
from pilotage.files.lookups import lookup, relation
from pilotage.files.material import Material
from pilotage.files.objects import CreatedObject, listed_objects
from pilotage.files.records import WrittenData
from pilotage.files.script import COMMIT, OPEN, comment, statement
from pilotage.files.settings import file_settings
from pilotage.model.catalog import Catalog, ConstraintKind, ViewKind
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.model.review import PlannedFile
from pilotage.model.visible import visible_identifier, visible_name, visible_text
from pilotage.plan.effects import with_effects

_RESULTS = {
    "Rows by table.": "validation_tables",
    "Rows by file.": "validation_files",
    "All that was compared.": "validation_kinds",
}

# What is found is noted in a setting of the transaction: a temporary table would need a privilege, and event
# triggers that came with the database would fire on it.
_SO_FAR = fragment("validation_so_far")
_NOTES = fragment("validation_notes")

# What is checked more closely than for being there.
_CLOSELY = frozenset(
    {"table", "index", "constraint", "foreign key", "trigger", "policy", "view", "materialized view"}
)


def validation_file(
    material: Material,
    file: PlannedFile,
    data: Mapping[str, WrittenData],
    large_objects: Sequence[WrittenLargeObjects] = (),
) -> str:
    """Return the whole text of the file that compares.

    Args:
        material: what the files were made from.
        file: the planned file.
        data: what was written for each planned data file, by its name.
        large_objects: the parts that bring them.
    """
    encoding, data_format = material.catalog.server.encoding, material.plan.data_format
    statements = [
        ("", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"),
        *(("", setting) for setting in file_settings(encoding, material.plan.roles.role)),
        ("", guard_server(encoding=encoding, probe=material.probe)),
        *_row_checks(data, encoding),
        *_sequence_checks(data),
        *_large_object_checks(large_objects),
        *((f"{what}.", _state(what.lower(), checks)) for what, checks in _states(material).items() if checks),
        *_other_checks(material),
        *((title, fragment(result, notes=_NOTES)) for title, result in _RESULTS.items()),
        ("Every difference by name.", do_block("validate", notes=_NOTES)),
    ]
    return (
        OPEN[data_format]
        + _header(file)
        + "".join(
            (f"\n{comment(title)}" if title else "") + statement(sql, data_format)
            for title, sql in statements
        )
        + "\n"
        + COMMIT[data_format]
    )


def _row_checks(data: Mapping[str, WrittenData], encoding: str) -> Iterator[tuple[str, str]]:
    rows = list(_rows(data))
    if rows:
        # Inside of a string, since format() puts the row into it.
        hashed = text_hash("%s::pg_catalog.text", encoding).replace("'", "''")
        listed = values_list(rows, "data_file, label, relation, rows_of, row_text, rows, checksum", "listed")
        yield (
            "Rows, and the checksum of all of them.",
            do_block("validate_rows", rows=listed, hash=hashed, so_far=_SO_FAR),
        )


def _sequence_checks(data: Mapping[str, WrittenData]) -> Iterator[tuple[str, str]]:
    sequences = list(_sequences(data))
    if sequences:
        listed = values_list(sequences, "label, relation, expected", "listed")
        yield "Where sequences stand.", do_block("validate_sequences", sequences=listed, so_far=_SO_FAR)


def _large_object_checks(parts: Sequence[WrittenLargeObjects]) -> Iterator[tuple[str, str]]:
    if any(part.number for part in parts):
        yield "Large objects, and the digest of their contents.", validation_of(parts, so_far=_SO_FAR)


def _other_checks(material: Material) -> Iterator[tuple[str, str]]:
    others = [each for each in _all_created(material) if each.kind not in _CLOSELY]
    if others:
        yield "Everything else.", _note(fragment("validate_objects", objects=listed_objects(others)))
    if material.catalog.tables or material.catalog.views:
        yield "And nothing more on these tables, which would be as wrong.", _nothing_more(material)


def _header(file: PlannedFile) -> str:
    return header(
        title=f"{file.name}: what is there against what should be",
        sections=[
            ("Needs before it:", file.needs),
            how_to_run(file.name),
            (
                "Prints what was expected and what was found, and ends with an error where anything differs.",
                (),
            ),
            ("It changes nothing, and may run at any time. It reads every row once, for the checksums.", ()),
        ],
    )


def _rows(data: Mapping[str, WrittenData]) -> Iterator[tuple[str, ...]]:
    for name, written in data.items():
        for each in written.tables:
            yield (
                quote_literal(visible_text(name)),
                quote_literal(visible_name(each.table.name)),
                quote_literal(str(each.table.name)),
                quote_literal(rows_of(each.table, each.condition)),
                quote_literal(row_text(each.columns)),
                f"{each.rows}::pg_catalog.int8",
                quote_literal(str(each.checksum)),
            )


def _sequences(data: Mapping[str, WrittenData]) -> Iterator[tuple[str, ...]]:
    for written in data.values():
        for sequence in written.sequences:
            called = "true" if sequence.is_called else "false"
            yield (
                quote_literal(visible_name(sequence.name)),
                quote_literal(str(sequence.name)),
                quote_literal(f"{sequence.last_value}, is_called {called}"),
            )


_VALID = "CASE WHEN {} THEN 'valid' ELSE 'not valid' END"
_FIRING = (
    "CASE tgenabled WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always' END"
)
_POLICY = (
    "CASE WHEN polpermissive THEN 'permissive' ELSE 'restrictive' END || ', for ' || "
    "CASE polcmd WHEN '*' THEN 'all' WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' "
    "ELSE 'delete' END"
)
_SECURITY = (
    "CASE WHEN relrowsecurity THEN 'on' ELSE 'off' END || "
    "CASE WHEN relforcerowsecurity THEN ', forced' ELSE '' END"
)
_RELKINDS = {ViewKind.VIEW: "v", ViewKind.MATERIALIZED: "m"}
_POPULATED = "CASE WHEN relispopulated THEN 'there' ELSE 'not populated' END"


def _states(material: Material) -> dict[str, list[tuple[str, str, str]]]:
    """Return by kind: object, the state that it should be in, and the expression of the one it is in."""
    catalog = _expected(material)
    created = {each.described for each in _all_created(material)}
    return {
        "Row level security": [
            (
                visible_name(table.name),
                _security(row=table.row_security, force=table.force_row_security),
                lookup(_SECURITY, "pg_class", f"oid = {relation(table.name)}"),
            )
            for table in catalog.tables
        ],
        "Foreign keys": [
            (
                _on(key.name, key.table),
                _valid(yes=key.validated),
                _constraint(key.name, key.table, "contype = 'f'"),
            )
            for key in catalog.foreign_keys
        ],
        "Constraints": [
            (
                _on(each.name, each.on),
                _valid(yes=each.validated),
                _constraint(each.name, each.on, "contype <> 'f'"),
            )
            for each in catalog.constraints
            # Before PostgreSQL 18 NOT NULL is no constraint, and a domain is no relation.
            if each.kind not in {ConstraintKind.NOT_NULL, ConstraintKind.TRIGGER}
            and each.on in material.tables
        ],
        "Indexes": [
            (
                visible_name(each.name),
                "valid",
                lookup(
                    _VALID.format("indisvalid"),
                    "pg_index",
                    f"indexrelid = {relation(each.name)} AND indrelid = {relation(each.table)}",
                ),
            )
            for each in catalog.indexes
            # An index that the source failed to build is not in its dump.
            if each.valid
        ],
        "Triggers": [
            (
                _on(each.name, each.table),
                str(each.firing),
                lookup(
                    _FIRING,
                    "pg_trigger",
                    f"tgrelid = {relation(each.table)} AND tgname = {quote_literal(each.name)}",
                ),
            )
            for each in catalog.triggers
        ],
        "Policies": [
            (
                _on(each.name, each.table),
                f"{'permissive' if each.permissive else 'restrictive'}, for {each.command}",
                lookup(
                    _POLICY,
                    "pg_policy",
                    f"polrelid = {relation(each.table)} AND polname = {quote_literal(each.name)}",
                ),
            )
            for each in catalog.policies
        ],
        "Views": [
            (
                visible_name(view.name),
                "there" if view.kind is ViewKind.VIEW or view.populated else "not populated",
                lookup(
                    _POPULATED,
                    "pg_class",
                    f"oid = {relation(view.name)} AND relkind = {quote_literal(_RELKINDS[view.kind])}",
                ),
            )
            for view in catalog.views
            if f"{view.kind} {visible_name(view.name)}" in created
        ],
    }


def _expected(material: Material) -> Catalog:
    """Return the source's catalog as chosen fixes make it."""
    return with_effects(material.catalog, (fix.effect for fix in material.plan.fixes))


def _on(name: str, table: QualifiedName) -> str:
    return f"{visible_identifier(name)} on {visible_name(table)}"


def _valid(*, yes: bool) -> str:
    return "valid" if yes else "not valid"


def _constraint(name: str, table: QualifiedName, condition: str) -> str:
    return lookup(
        _VALID.format("convalidated"),
        "pg_constraint",
        f"conrelid = {relation(table)} AND conname = {quote_literal(name)} AND {condition}",
    )


def _security(*, row: bool, force: bool) -> str:
    return ("on" if row else "off") + (", forced" if force else "")


def _note(checks: str) -> str:
    """Return the statement that notes what a query has found."""
    return do_block("validate_note", checks=checks, so_far=_SO_FAR)


def _state(what: str, checks: Iterable[tuple[str, str, str]]) -> str:
    rows = values_list(
        ((quote_literal(label), quote_literal(expected), found) for label, expected, found in checks),
        "label, expected, found",
        "listed",
    )
    return _note(fragment("validate_states", what=quote_literal(what), states=rows))


def _all_created(material: Material) -> Iterator[CreatedObject]:
    for file in material.plan.files:
        yield from material.created_in(file)


def _nothing_more(material: Material) -> str:
    """Return the statement that counts what is on these tables."""
    # Partitions have copies of what is on the table above, and those copies are not listed in the catalog.
    relations = {table.name for table in material.catalog.tables if table.partition_of is None}
    relations |= {view.name for view in material.catalog.views}
    keys = sum(key.table in relations for key in material.catalog.foreign_keys)
    triggers = sum(trigger.table in relations for trigger in material.catalog.triggers)
    policies = sum(policy.table in relations for policy in _expected(material).policies)
    return _note(
        fragment(
            "validate_totals",
            relations=text_array(str(name) for name in sorted(relations)),
            keys=str(keys),
            triggers=str(triggers),
            policies=str(policies),
        )
    )
