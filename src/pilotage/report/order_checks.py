"""Queries that a person runs on the target, each of which says itself whether what it found is right.

Every query's last column is called ``ok`` and is true in every line when the target is as the source was.
Consumed by the sections of the migration's document; run by the acceptance tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotage.model.catalog import ForeignKey, MatchType, TableKind
from pilotage.model.names import QualifiedName
from pilotage.report.escape import visible_identifier, visible_name
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.sql_blocks import code_block, comment, visible_literal

MARK = "check: "
"""What the first line of every such query says after its two hyphens, so that programs find them too."""

_UNION = "    UNION ALL "
_FIRST = "              "


def check_block(title: str, lines: Sequence[str]) -> list[str]:
    """Return a query as a block of Markdown, with its title."""
    return code_block("sql", [comment(MARK + title), *lines])


def tables_exist(tables: Iterable[QualifiedName]) -> list[str]:
    """Return the query that counts which of these tables there are."""
    values = [f"({visible_literal(str(table))})" for table in tables]
    return [
        f"SELECT count(to_regclass(wanted.name)) AS found, {len(values)} AS expected,",
        f"       count(to_regclass(wanted.name)) = {len(values)} AS ok",
        "FROM (VALUES",
        *_separated(values),
        ") AS wanted (name);",
    ]


def keys_exist(keys: Sequence[ForeignKey]) -> list[str]:
    """Return the query that lists these foreign keys, with whether they are as valid as at the source."""
    values = [
        f"({visible_literal(str(key.table))}, {visible_literal(key.name)}, {str(key.validated).lower()})"
        for key in keys
    ]
    return [
        "SELECT wanted.on_table, wanted.key, found.convalidated AS validated,",
        "       coalesce(found.convalidated = wanted.validated, false) AS ok",
        "FROM (VALUES",
        *_separated(values),
        ") AS wanted (on_table, key, validated)",
        "LEFT JOIN pg_catalog.pg_constraint AS found",
        "       ON found.contype = 'f' AND found.conname = wanted.key",
        "      AND found.conrelid = to_regclass(wanted.on_table)",
        "ORDER BY ok, on_table, key;",
    ]


def keys_counted(keys: Sequence[ForeignKey]) -> list[str]:
    """Return the query that counts which of these foreign keys there are, in one line."""
    values = [f"({visible_literal(str(key.table))}, {visible_literal(key.name)})" for key in keys]
    return [
        f"SELECT count(found.oid) AS found, {len(values)} AS expected,",
        f"       count(found.oid) = {len(values)} AS ok",
        "FROM (VALUES",
        *_separated(values),
        ") AS wanted (on_table, key)",
        "LEFT JOIN pg_catalog.pg_constraint AS found",
        "       ON found.contype = 'f' AND found.conname = wanted.key",
        "      AND found.conrelid = to_regclass(wanted.on_table);",
    ]


def rows_in_all(facts: MigrationFacts, tables: Sequence[QualifiedName]) -> list[str]:
    """Return the query that adds up the rows of these tables, all of which were counted."""
    expected = facts.rows_of(tables)
    return [
        f"SELECT sum(rows) AS found, {expected} AS expected, sum(rows) = {expected} AS ok",
        "FROM (",
        *_union(f"SELECT count(*) AS rows {_from(facts, table)}" for table in tables),
        ") AS counted;",
    ]


def rows_by_table(facts: MigrationFacts, tables: Sequence[QualifiedName]) -> list[str]:
    """Return the query that counts these tables, a line each."""
    return [
        "SELECT name, found, expected, found = expected AS ok",
        "FROM (",
        *_union(
            f"SELECT {visible_literal(facts.name(table))} AS name, count(*) AS found,"
            f" {facts.rows_of([table])} AS expected {_from(facts, table)}"
            for table in tables
        ),
        ") AS counted",
        "ORDER BY ok, name;",
    ]


def orphans(facts: MigrationFacts, keys: Sequence[ForeignKey]) -> list[str]:
    """Return the query that counts, for each of these keys, the rows that reference nothing."""
    return [
        "SELECT key, orphans, orphans = 0 AS ok",
        "FROM (",
        *_union(_orphans_of(facts, key) for key in keys),
        ") AS counted",
        "ORDER BY ok, key;",
    ]


def can_count_orphans(key: ForeignKey) -> bool:
    """Tell whether a key promises anything about every row, in a way that a plain query can ask for.

    Not: keys NOT VALID or NOT ENFORCED, and those over periods, which ``pilotage verify`` knows how to check.
    """
    return key.enforced and key.validated and "PERIOD " not in key.definition


def self_references(facts: MigrationFacts, table: QualifiedName) -> list[str]:
    """Return the query that counts a table's rows that reference no other row, and those that do."""
    linked = " OR ".join(_is_linked(key) for key in facts.census.self_references[table])
    shape = facts.shapes.get(table)
    expected = facts.census.rows_of(table)
    conditions = [f"roots = {shape.roots} AND linked = {shape.linked}"] if shape is not None else []
    conditions += [f"total = {expected}"] if expected is not None else []
    return [
        f"SELECT roots, linked, total, {' AND '.join(conditions) or 'roots + linked = total'} AS ok",
        "FROM (",
        f"    SELECT count(*) FILTER (WHERE ({linked}) IS NOT TRUE) AS roots,",
        f"           count(*) FILTER (WHERE {linked}) AS linked, count(*) AS total",
        f"    {_from(facts, table)}",
        ") AS counted;",
    ]


def _is_linked(key: ForeignKey) -> str:
    """Return the condition that a row references another row by this key."""
    own = [visible_identifier(column) for column in key.columns]
    other = [visible_identifier(column) for column in key.referenced_columns]
    given = " AND ".join(f"{column} IS NOT NULL" for column in own)
    if len(own) == 1:
        return f"({given} AND {own[0]} <> {other[0]})"
    return f"({given} AND ({', '.join(own)}) <> ({', '.join(other)}))"


def _orphans_of(facts: MigrationFacts, key: ForeignKey) -> str:
    # MATCH SIMPLE lets a row pass that has any NULL; MATCH FULL only one that has nothing else.
    any_or_all = " OR " if key.match is MatchType.FULL else " AND "
    given = any_or_all.join(f"one.{visible_identifier(column)} IS NOT NULL" for column in key.columns)
    matches = " AND ".join(
        f"other.{visible_identifier(referenced)} = one.{visible_identifier(column)}"
        for column, referenced in zip(key.columns, key.referenced_columns, strict=True)
    )
    return (
        f"SELECT {visible_literal(facts.key(key))} AS key, count(*) AS orphans"
        f" {_from(facts, key.table)} AS one WHERE ({given})"
        f" AND NOT EXISTS (SELECT {_from(facts, key.referenced)} AS other WHERE {matches})"
    )


def _from(facts: MigrationFacts, table: QualifiedName) -> str:
    """Return FROM and a table, with its partitions' rows but without those of its heirs."""
    found = facts.census.tables.get(table)
    is_parent = found is not None and found.kind is TableKind.TABLE and table in facts.inherited
    return f"FROM {'ONLY ' if is_parent else ''}{visible_name(table)}"


def _separated(values: Sequence[str]) -> list[str]:
    return [f"    {value}{',' if place < len(values) else ''}" for place, value in enumerate(values, 1)]


def _union(selects: Iterable[str]) -> list[str]:
    return [(_UNION if place else _FIRST) + select for place, select in enumerate(selects)]
