"""MIGRATION_ORDER.md: the document that people review before anything runs.

Consumed by `generate`. It says nothing of when it was made: the same plan and files give the same bytes.
Its sections are the modules ``order_*``, ``expectations`` and ``rollback_text``; here they are put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType

from pilotage.model.catalog import Catalog
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Plan
from pilotage.model.review import (
    FileFigures,
    FileKind,
    SelfReferenceShape,
    Throughput,
)
from pilotage.report.census import Order
from pilotage.report.copy_formats import formats_section
from pilotage.report.escape import markdown_code, markdown_identifier, markdown_text
from pilotage.report.expectations import expectations_section
from pilotage.report.figures import count, counted, size
from pilotage.report.markdown import bullets, heading, paragraph, table
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.order_blockers import blockers_section
from pilotage.report.order_execution import execution_section
from pilotage.report.order_files import files_section
from pilotage.report.order_findings import findings_section, requested_section
from pilotage.report.order_fixes import fixes_section
from pilotage.report.order_groups import groups_section, totals_section
from pilotage.report.order_roles import roles_section
from pilotage.report.order_strategies import strategies_section
from pilotage.report.order_validation import validation_section
from pilotage.report.rollback_text import rollback_section
from pilotage.report.sql_blocks import code_block

_LAYOUTS = {
    Layout.SCHEMA_FIRST: "schema first: tables with all their constraints, then the rows, by strategy",
    Layout.BULK: "bulk: tables, then the rows, then indexes, keys, triggers and policies",
}


def migration_order(
    plan: Plan,
    catalog: Catalog,
    order: Order,
    *,
    written: Sequence[FileFigures] | None = None,
    throughput: Throughput | None = None,
    shapes: Mapping[QualifiedName, SelfReferenceShape] = MappingProxyType({}),
) -> str:
    """Return the document, in Markdown.

    Args:
        plan: with its groups, files and findings.
        catalog: the one that the plan was made from.
        order: of the catalog's tables.
        written: rows and bytes of each file, once they are generated; None before.
        throughput: as measured; None where nothing was, and then no time is given.
        shapes: of self-references, where they were read; the checks then compare with them.
    """
    facts = MigrationFacts(plan, catalog, order, written=written, shapes=shapes)
    sections = (
        _head(facts),
        _summary(facts),
        requested_section(facts),
        _how_to_run(facts),
        roles_section(facts),
        groups_section(facts),
        totals_section(facts),
        execution_section(facts),
        strategies_section(facts),
        formats_section(facts),
        blockers_section(facts),
        validation_section(facts),
        rollback_section(facts),
        expectations_section(facts, throughput),
        findings_section(facts),
        fixes_section(facts),
        files_section(facts),
    )
    return "\n".join(chain.from_iterable(sections)).rstrip("\n") + "\n"


def _head(facts: MigrationFacts) -> list[str]:
    plan, server = facts.plan, facts.plan.source
    return [
        *heading(1, f"Migration order of {markdown_identifier(server.database)}"),
        *bullets(
            (
                f"Source: PostgreSQL {markdown_text(server.version)}, database"
                f" {markdown_identifier(server.database)}",
                f"Scope: {', '.join(map(markdown_identifier, plan.scope)) or 'none'}",
                f"Fingerprint: {markdown_code(plan.fingerprint)}",
                f"Layout: {_LAYOUTS[plan.layout]}",
                f"Planned by pilotage {markdown_text(plan.pilotage)}",
            )
        ),
    ]


def _summary(facts: MigrationFacts) -> list[str]:
    return [
        *heading(2, "Executive summary"),
        *paragraph(_in_a_paragraph(facts)),
        *table(("Key figure", "Value"), _key_figures(facts)),
    ]


def _in_a_paragraph(facts: MigrationFacts) -> str:
    census = facts.census
    tables = counted(len(facts.roots), "table")
    groups = counted(len(facts.plan.groups), "group")
    text = (
        f"{tables} with {counted(facts.catalog.total_rows, 'row')} in {groups}, in an order in which every"
        " table comes after all that it references."
    )
    if facts.order.cycles or facts.deferred_keys:
        text = text.removesuffix(".") + ", but for the cycles and the deferred keys below."
    changes = len(facts.plan.order.changes) if facts.plan.order else 0
    deferred = len(facts.deferred_keys)
    if changes:
        text += f" The order that was asked for had to change in {counted(changes, 'place')}."
    if deferred:
        text += f" {counted(deferred, 'foreign key')} can only be created after all rows."
    if census.largest and facts.catalog.total_rows:
        most = max(facts.roots, key=lambda name: (census.rows_of(name) or 0, name))
        text += f" The most rows are in {facts.code(most)}: {count(census.rows_of(most))}."
    return text


def _key_figures(facts: MigrationFacts) -> Iterable[tuple[str, str]]:
    order, census = facts.order, facts.census
    _, stored, indexes = census.totals
    outside = len(facts.catalog.foreign_keys) - len(facts.keys_within)
    partitions = f", and {counted(facts.partitions, 'partition')} of them" if facts.partitions else ""
    strategies = sorted({component.strategy.value for component in facts.plan.components})
    yield "Tables", count(len(facts.roots)) + partitions
    yield "Rows", count(facts.catalog.total_rows)
    yield "Size", f"{size(stored)}, and {size(indexes)} of indexes"
    yield (
        "Foreign keys",
        count(len(facts.keys_within))
        + (f" within the scope, {count(outside)} to tables outside of it" if outside else ""),
    )
    yield "Roots (tables that reference no other)", count(len(order.roots))
    yield "Greatest depth", count(max(len(order.waves) - 1, 0))
    yield "Tables that reference themselves", count(len(census.self_references))
    yield "Cycles of several tables", count(len(order.cycles))
    yield (
        "Strategies besides plain loading",
        ", ".join(each for each in strategies if each != "plain") or "none",
    )
    yield "Groups", count(len(facts.plan.groups))
    yield "Files", _files(facts)
    yield "Findings", count(len(facts.plan.findings))
    if facts.plan.fixes:
        mended = sum(len(fix.findings) for fix in facts.plan.fixes)
        yield "Findings of the linter that are mended", f"{count(mended)}, see [Chosen fixes](#chosen-fixes)"


def _files(facts: MigrationFacts) -> str:
    if not facts.plan.files:
        return "none: the plan is run directly"
    kinds = [
        (kind, sum(max(len(facts.written_as(file)), 1) for file in facts.plan.files if file.kind is kind))
        for kind in FileKind
    ]
    text = ", ".join(f"{count(number)} {kind.value}" for kind, number in kinds if number)
    return f"{count(sum(number for _, number in kinds))}: {text}"


def _how_to_run(facts: MigrationFacts) -> list[str]:
    if not facts.plan.files:
        return []
    return [
        *heading(2, "How to run it"),
        *paragraph(
            "From the folder that holds this document, with `$TARGET` set to the target's connection string."
            " With a journal, so that it goes on where it stopped:"
        ),
        *code_block("sh", ['pilotage apply . "$TARGET"']),
        *paragraph("Or with psql alone, nothing of ours installed; the result is the same:"),
        *code_block(
            "sh",
            [
                "for file in sql/[0-9]*.sql; do",
                '  psql -X -v ON_ERROR_STOP=1 -f "$file" "$TARGET" || break',
                "done",
            ],
        ),
        *paragraph(
            "A file that fails is rolled back as a whole and names what is wrong; mend that and go on with"
            " the same file. First take the backup under [Complete restore](#complete-restore)."
        ),
    ]
