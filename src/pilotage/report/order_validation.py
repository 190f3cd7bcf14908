"""Validation: queries by group and overall, of foreign keys and of self-references, all of which run.

Consumed by the migration's document; run by the acceptance tests.
"""

from __future__ import annotations

from pilotage.model.plan import Group
from pilotage.model.review import FileKind
from pilotage.report.escape import markdown_code, markdown_text
from pilotage.report.figures import count, counted
from pilotage.report.markdown import heading, paragraph
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.order_checks import (
    can_count_orphans,
    check_block,
    keys_exist,
    orphans,
    rows_by_table,
    rows_in_all,
    self_references,
    tables_exist,
)


def validation_section(facts: MigrationFacts) -> list[str]:
    """Return all queries, each with what is expected of it."""
    return [
        *heading(2, "Validation queries"),
        *paragraph(
            "For the target, in psql or any other client, once all files have run. Each query judges itself:"
            " its last column, `ok`, is true in every line, and lines that are not come first. Run them as a"
            " role that sees every row; `SET row_security = off` makes PostgreSQL refuse where policies would"
            f" hide some. {_beyond(facts)} for more than this."
        ),
        *heading(3, "Rows, group by group"),
        *(line for group in facts.plan.groups for line in _rows(facts, group)),
        *heading(3, "Overall"),
        *_overall(facts),
        *heading(3, "Foreign keys"),
        *_keys(facts),
        *heading(3, "Self-references"),
        *_self_references(facts),
    ]


def _beyond(facts: MigrationFacts) -> str:
    """Return what else asks the target."""
    files = [f"sql/{file.name}" for file in facts.plan.files if file.kind is FileKind.VALIDATE]
    asking = [*map(markdown_code, files), "`pilotage verify`"]
    return f"{' and '.join(asking)} {'ask' if len(asking) > 1 else 'asks'}"


def _rows(facts: MigrationFacts, group: Group) -> list[str]:
    tables = [table for table in facts.roots_of(group) if facts.is_counted(table)]
    if not tables:
        return paragraph(f"{markdown_text(facts.title(group.name))}: no table whose rows were counted.")
    rows = counted(facts.rows_of(tables), "row")
    title = f"group {facts.number_of[group.name]} ({facts.title(group.name)}), {rows}"
    return check_block(title, rows_by_table(facts, tables))


def _overall(facts: MigrationFacts) -> list[str]:
    tables = [table.name for table in facts.catalog.tables]
    if not tables:
        return paragraph("There are no tables.")
    countable = [table for table in facts.roots if facts.is_counted(table)]
    text = check_block(f"every table is there, {count(len(tables))} in all", tables_exist(tables))
    if countable:
        rows = counted(facts.rows_of(countable), "row")
        text += check_block(f"every row is there, {rows} in all", rows_in_all(facts, countable))
    return text


def _keys(facts: MigrationFacts) -> list[str]:
    keys = facts.catalog.foreign_keys
    if not keys:
        return paragraph("There are none.")
    text = check_block(
        f"every foreign key is there and as valid as at the source, {count(len(keys))} in all",
        keys_exist(keys),
    )
    text += paragraph(
        "A key that the server calls valid can still be broken, by rows that came in under"
        " `session_replication_role = replica`. These read the rows themselves:"
    )
    passed_over = [key for key in keys if not can_count_orphans(key)]
    for group in facts.plan.groups:
        own = [key for key in facts.keys_of(group.tables) if can_count_orphans(key)]
        if own:
            title = f"no row of group {facts.number_of[group.name]} ({facts.title(group.name)}) is an orphan"
            text += check_block(title, orphans(facts, own))
    if passed_over:
        text += paragraph(
            f"Left out: {counted(len(passed_over), 'key')} not validated, not enforced or over periods."
        )
    return text


def _self_references(facts: MigrationFacts) -> list[str]:
    if not facts.census.self_references:
        return paragraph("There are none.")
    text = paragraph("Rows that reference no other row of their table, and those that do:")
    for table in facts.census.self_references:
        text += check_block(f"self-references of {facts.name(table)}", self_references(facts, table))
    return text
