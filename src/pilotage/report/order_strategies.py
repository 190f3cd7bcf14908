"""Self-references and cycles: which strategy loads them, why, and the statements that it comes to.

Consumed by the migration's document. The strategies were chosen in planning; the statements here show what
the data files do, with the rows left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import assert_never

from pilotage.model.catalog import ForeignKey, Generated
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.review import Component, KeyTreatment, LoadStrategy
from pilotage.report.escape import (
    markdown_code,
    markdown_text,
    terminal_text,
    visible_identifier,
    visible_identifiers,
    visible_name,
)
from pilotage.report.figures import count, counted
from pilotage.report.markdown import bullets, heading, paragraph
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.sql_blocks import code_block, comment


def strategies_section(facts: MigrationFacts) -> list[str]:
    """Return every table that references itself and every cycle, with what is done about it."""
    components = facts.plan.components
    covered = {table for component in components for table in component.tables}
    alone = [table for table in facts.census.self_references if table not in covered]
    left: list[tuple[QualifiedName, ...]] = [(table,) for table in alone]
    left += [cycle for cycle in facts.order.cycles if covered.isdisjoint(cycle)]
    return [
        *heading(2, "Self-references and cycles"),
        *paragraph(_introduction(facts)),
        *chain.from_iterable(_component(facts, component) for component in components),
        *chain.from_iterable(_not_planned(facts, tables) for tables in left),
    ]


def _introduction(facts: MigrationFacts) -> str:
    own = len(facts.census.self_references)
    if not own and not facts.order.cycles:
        return "No table references itself, and no tables reference each other in a circle."
    cycles = counted(len(facts.order.cycles), "cycle") if facts.order.cycles else "no cycles"
    text = (
        f"{counted(own, 'table references itself', 'tables reference themselves')};"
        f" {cycles} of several tables."
    )
    if facts.plan.layout is Layout.BULK:
        return text + " In this layout foreign keys come after all rows, so these tables load like any other."
    return (
        text + " Foreign keys are there before the rows, so these need a strategy. The statements show what"
        " the data files do, without the rows."
    )


def _component(facts: MigrationFacts, component: Component) -> list[str]:
    tables = component.tables
    name = facts.codes(tables)
    keys = {(key.table, key.name): key for key in facts.catalog.foreign_keys}
    return [
        *heading(3, f"{name}: {component.strategy.value}"),
        *bullets(
            [
                *(
                    f"Key: {markdown_code(_key_text(facts, treatment, keys))}"
                    + _treatment(component.strategy, treatment)
                    for treatment in component.keys
                ),
                f"Why: {markdown_text(component.reason)}",
                f"Rows: {count(facts.rows_of(tables))}; they "
                + ("may" if component.may_split else "must not")
                + " be split over several files",
                *_shapes(facts, tables),
            ]
        ),
        *code_block("sql", _statements(facts, component, keys)),
    ]


def _key_text(
    facts: MigrationFacts,
    treatment: KeyTreatment,
    keys: dict[tuple[QualifiedName, str], ForeignKey],
) -> str:
    key = keys.get((treatment.table, treatment.constraint))
    if key is not None:
        return facts.key(key)
    constraint = visible_identifier(treatment.constraint)
    return f"{facts.name(treatment.table)} {constraint} → {facts.name(treatment.referenced)}"


def _treatment(strategy: LoadStrategy, treatment: KeyTreatment) -> str:
    """Return what a strategy does with one key."""
    nulls = markdown_code(visible_identifiers(treatment.set_null))
    match strategy:
        case LoadStrategy.PLAIN:
            return ""
        case LoadStrategy.ONE_STATEMENT:
            done = "checked when the statement ends"
        case LoadStrategy.PARENTS_FIRST:
            done = "referenced rows first"
        case LoadStrategy.DEFERRED | LoadStrategy.TWO_PASS | LoadStrategy.DROP_AND_RESTORE if (
            not treatment.treated
        ):
            done = "kept by the order of the tables"
        case LoadStrategy.DEFERRED:
            done = "deferred"
        case LoadStrategy.TWO_PASS:
            done = f"NULL in the first pass: {nulls}"
        case LoadStrategy.DROP_AND_RESTORE:
            done = "dropped and restored"
        case _:
            assert_never(strategy)
    return f", {done}"


def _shapes(facts: MigrationFacts, tables: Sequence[QualifiedName]) -> Iterable[str]:
    for table in tables:
        shape = facts.shapes.get(table)
        if shape is not None:
            chain_text = (
                f"longest chain {counted(shape.depth, 'row')}"
                if shape.depth is not None
                else "rows form a loop"
            )
            yield (
                f"Shape of {facts.code(table)}: {counted(shape.roots, 'row references', 'rows reference')} no"
                f" other, {count(shape.linked)} another; {chain_text}"
            )


def _statements(
    facts: MigrationFacts, component: Component, keys: dict[tuple[QualifiedName, str], ForeignKey]
) -> list[str]:
    copies = [_copy(facts, table) for table in component.tables]
    treated = [treatment for treatment in component.keys if treatment.treated]
    match component.strategy:
        case LoadStrategy.PLAIN:
            return [comment("the keys are created after the rows, so any order will do"), *copies]
        case LoadStrategy.ONE_STATEMENT:
            return [
                comment("the key is checked when the statement ends, so any order of rows will do"),
                *copies,
            ]
        case LoadStrategy.DEFERRED:
            constraints = ", ".join(
                f"{visible_identifier(each.table.schema)}.{visible_identifier(each.constraint)}"
                for each in treated
            )
            return [
                "BEGIN;",
                f"SET CONSTRAINTS {constraints} DEFERRED;",
                *copies,
                "SET CONSTRAINTS ALL IMMEDIATE;",
                "COMMIT;",
            ]
        case LoadStrategy.PARENTS_FIRST:
            return [
                comment("rows come in the order of this query on the source: referenced rows first"),
                *chain.from_iterable(
                    walk_of(table, own)
                    for table in component.tables
                    if (own := facts.census.self_references.get(table))
                ),
                *copies,
            ]
        case LoadStrategy.TWO_PASS:
            second = (_second_pass(facts, table, treated) for table in component.tables)
            return ["BEGIN;", *copies, *chain.from_iterable(second), "COMMIT;"]
        case LoadStrategy.DROP_AND_RESTORE:
            return [
                "BEGIN;",
                *(
                    f"ALTER TABLE {visible_name(each.table)} DROP CONSTRAINT"
                    f" {visible_identifier(each.constraint)};"
                    for each in treated
                ),
                *copies,
                *(_restore(each, keys.get((each.table, each.constraint))) for each in treated),
                "COMMIT;",
            ]
        case _:
            assert_never(component.strategy)


def _copy(facts: MigrationFacts, table: QualifiedName) -> str:
    load = facts.loads.get(table)
    columns = load.columns if load is not None else _loaded_columns(facts, table)
    rows = facts.census.rows_of(table)
    return (
        f"COPY {visible_name(table)} ({visible_identifiers(columns)}) FROM stdin;"
        f"  -- {'rows not counted' if rows is None else counted(rows, 'row')}"
    )


def _loaded_columns(facts: MigrationFacts, table: QualifiedName) -> tuple[str, ...]:
    return tuple(
        column.name for column in facts.census.tables[table].columns if column.generated is Generated.NO
    )


def walk_of(table: QualifiedName, keys: Sequence[ForeignKey]) -> list[str]:
    """Return a query for a table's rows by level, walking all its self-references at once."""
    wanted = list(dict.fromkeys(column for key in keys for column in key.referenced_columns))
    roots = " AND ".join(f"({_references_no_other(key)})" for key in keys)
    steps = " OR ".join(
        f"({_equal('child', key.columns, 'walk', key.referenced_columns)}"
        f" AND NOT ({_equal('child', key.columns, 'child', key.referenced_columns)}))"
        for key in keys
    )
    identity = visible_identifiers(keys[0].referenced_columns)
    return [
        "WITH RECURSIVE walk AS (",
        f"    SELECT {visible_identifiers(tuple(wanted))}, 0 AS level",
        f"    FROM {visible_name(table)} AS top",
        f"    WHERE {roots}",
        "    UNION ALL",
        f"    SELECT {', '.join(f'child.{visible_identifier(each)}' for each in wanted)}, walk.level + 1",
        f"    FROM {visible_name(table)} AS child JOIN walk ON {steps}",
        "), levels AS (",
        f"    SELECT {identity}, max(level) AS level",
        f"    FROM walk GROUP BY {identity}",
        ")",
        "SELECT loaded.*",
        f"FROM {visible_name(table)} AS loaded JOIN levels USING ({identity})",
        f"ORDER BY levels.level, {identity};",
    ]


def _references_no_other(key: ForeignKey) -> str:
    """Return the condition that a row references nothing by this key, or itself."""
    nothing = [f"top.{visible_identifier(column)} IS NULL" for column in key.columns]
    return " OR ".join([*nothing, _equal("top", key.columns, "top", key.referenced_columns)])


def _equal(one: str, columns: Sequence[str], other: str, others: Sequence[str]) -> str:
    return " AND ".join(
        f"{one}.{visible_identifier(column)} = {other}.{visible_identifier(referenced)}"
        for column, referenced in zip(columns, others, strict=True)
    )


def _second_pass(facts: MigrationFacts, table: QualifiedName, treated: Sequence[KeyTreatment]) -> list[str]:
    """Return what fills in the columns of one table that came as NULL."""
    own = [each for each in treated if each.table == table and each.set_null]
    if not own:
        return []
    filled = tuple(dict.fromkeys(column for each in own for column in each.set_null))
    matched = own[0].match_columns
    columns = visible_identifiers(matched + filled)
    sets = ", ".join(f"{column} = links.{column}" for column in map(visible_identifier, filled))
    return [
        comment(f"second pass of {facts.name(table)}: {visible_identifiers(filled)} came as NULL"),
        "CREATE TEMPORARY TABLE links ON COMMIT DROP AS",
        f"    SELECT {columns}",
        f"    FROM {visible_name(table)} WITH NO DATA;",
        f"COPY links ({columns}) FROM stdin;",
        f"UPDATE {visible_name(table)} AS loaded",
        f"SET {sets}",
        f"FROM links WHERE {_equal('loaded', matched, 'links', matched)};",
    ]


def _restore(treatment: KeyTreatment, key: ForeignKey | None) -> str:
    definition = "" if key is None else f" {terminal_text(key.definition)}"
    return (
        f"ALTER TABLE {visible_name(treatment.table)} ADD CONSTRAINT"
        f" {visible_identifier(treatment.constraint)}{definition};"
    )


def _not_planned(facts: MigrationFacts, tables: tuple[QualifiedName, ...]) -> list[str]:
    """Return what there is to say of tables that no strategy was chosen for."""
    root = facts.census.partition_root
    keys = [key for key in facts.keys_of(tables) if root.get(key.referenced) in tables]
    bulk = facts.plan.layout is Layout.BULK
    return [
        *heading(3, facts.codes(tables)),
        *bullets(
            [
                *(f"Key: {markdown_code(facts.key(key))}" for key in keys),
                f"Rows: {count(facts.rows_of(tables))}",
                "Loaded like any other table, before the keys exist"
                if bulk
                else "The plan names no strategy",
            ]
        ),
    ]
