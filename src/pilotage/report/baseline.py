"""The baseline: what the source was, as a document for people.

Consumed by ``inspect -o`` and by whoever reviews a migration. The document says nothing of when it was
made: the same catalog gives the same bytes, so two baselines can be compared line by line. For programs there
are the catalog's own JSON and :mod:`pilotage.report.foreign_keys`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from pilotage.model.catalog import Catalog, ForeignKey, RoutineKind, Table, ViewKind
from pilotage.report.census import Census, Order, key_text
from pilotage.report.escape import (
    elided,
    markdown_code,
    markdown_identifier,
    markdown_name,
    markdown_text,
    terminal_text,
    visible_name,
)
from pilotage.report.figures import count, counted, size
from pilotage.report.markdown import bullets, heading, paragraph, table

_BLOCKERS_SHOWN = 20
_OBJECTS_SHOWN = 30


def baseline_markdown(catalog: Catalog, order: Order) -> str:
    """Return the document: totals, what deserves a look, schemas, tables and their order, all else."""
    census = Census(catalog, order)
    sections = (
        _head(census),
        _findings(census),
        _schemas(census),
        _tables(census),
        _order(census),
        _keys(census),
        _views(catalog),
        _sequences(catalog),
        _routines(catalog),
        _triggers(catalog),
        _policies(catalog),
        _types(catalog),
        _extensions(catalog),
        _extension_rows(catalog),
        _large_objects(catalog),
    )
    return "\n".join(chain.from_iterable(sections)).rstrip("\n") + "\n"


def _head(census: Census) -> list[str]:
    catalog, order, server = census.catalog, census.order, census.catalog.server
    rows, stored, indexes = census.totals
    return [
        *heading(1, f"Baseline of {markdown_identifier(server.database)}"),
        *bullets(
            (
                f"Server: PostgreSQL {markdown_text(server.version)}",
                f"Encoding: {markdown_text(server.encoding)}, collation {markdown_text(server.collation)}",
                f"Database: {size(server.database_bytes)}",
                f"Scope: {_identifiers(catalog.scope)}",
                f"Tables: {count(len(catalog.tables))} with {counted(rows, 'row')},"
                f" {size(stored)} and {size(indexes)} of indexes",
                f"Foreign keys: {count(len(catalog.foreign_keys))}, {count(len(census.unindexed))} without an"
                f" index; depth {max(len(order.waves) - 1, 0)}, {counted(len(order.roots), 'root')},"
                f" {counted(len(order.self_references), 'table')} with a self-reference,"
                f" {counted(len(order.cycles), 'cycle')}",
                f"Roles that own or are named: {_identifiers(catalog.roles)}",
            )
        ),
    ]


def _findings(census: Census) -> list[str]:
    return [
        *heading(2, "What deserves a look"),
        *bullets(f"{finding.statement} {_listed(finding.objects)}" for finding in census.findings),
    ]


def _schemas(census: Census) -> list[str]:
    return [
        *heading(2, f"Schemas ({count(len(census.schemas))})"),
        *paragraph("Roots and depth are counted over the foreign keys within the schema."),
        *table(
            (
                "Schema",
                "Tables>",
                "Rows>",
                "Size>",
                "Indexes>",
                "Keys within>",
                "Keys out>",
                "Roots>",
                "Depth>",
            ),
            (
                (
                    markdown_identifier(each.name),
                    count(each.tables),
                    count(each.rows),
                    size(each.bytes),
                    size(each.index_bytes),
                    count(each.keys),
                    count(each.keys_out),
                    count(each.roots),
                    count(each.depth),
                )
                for each in census.schemas
            ),
        ),
    ]


def _tables(census: Census) -> list[str]:
    return [
        *heading(2, f"Tables ({count(len(census.tables))})"),
        *paragraph(
            "*References* and *referenced by* count foreign keys, self-references among them."
            " A partition's rows are counted with the partition."
        ),
        *table(
            ("Table", "Rows>", "Size>", "Indexes>", "Depth>", "References>", "Referenced by>", "Notes"),
            (
                (
                    markdown_name(each.name),
                    count(each.rows),
                    size(each.bytes),
                    size(each.index_bytes),
                    count(census.depth_of(each.name)),
                    count(len(census.keys_of.get(each.name, ()))),
                    count(len(census.keys_to.get(each.name, ()))),
                    _notes(each, census),
                )
                for each in census.catalog.tables
            ),
        ),
    ]


def _notes(each: Table, census: Census) -> str:
    notes = []
    if each.kind.value != "table":
        notes.append(each.kind.value)
    if each.partition_of is not None:
        notes.append(f"partition of {markdown_name(each.partition_of)}")
    if each.inherits:
        notes.append(f"inherits {', '.join(map(markdown_name, each.inherits))}")
    if each.persistence != "permanent":
        notes.append(markdown_text(each.persistence))
    if each.name in census.self_references:
        notes.append("self-reference")
    if any(each.name in cycle for cycle in census.order.cycles):
        notes.append("in a cycle")
    if each.row_security:
        notes.append("row level security" + (", forced" if each.force_row_security else ""))
    return "; ".join(notes)


def _order(census: Census) -> list[str]:
    order = census.order
    blockers = order.blockers[:_BLOCKERS_SHOWN]
    return [
        *heading(2, f"Order ({counted(len(order.waves), 'wave')})"),
        *paragraph(
            "The tables of a wave reference only tables of earlier waves, so they can load side by side."
        ),
        *table(("Wave>", "Tables>", "Rows>", "Size>", "Which"), _waves(census)),
        *heading(3, f"Self-references ({counted(len(census.self_references), 'table')})"),
        *bullets(_key(key) for keys in census.self_references.values() for key in keys),
        *heading(3, f"Cycles ({count(len(order.cycles))})"),
        *bullets(", ".join(map(markdown_name, cycle)) for cycle in order.cycles),
        *heading(3, f"Blockers ({count(len(order.blockers))})"),
        *paragraph("Tables that others wait for: those that reference it, and all that wait through them."),
        *table(
            ("Table", "Direct>", "All>", "Rows>"),
            (
                (
                    markdown_name(blocker.key),
                    count(blocker.direct),
                    count(blocker.all),
                    count(census.rows_of(blocker.key)),
                )
                for blocker in blockers
            ),
        ),
        *_more(len(order.blockers) - len(blockers)),
    ]


def _waves(census: Census) -> Iterable[tuple[str, ...]]:
    for depth, wave in enumerate(census.order.waves):
        yield (
            count(depth),
            count(len(wave)),
            count(sum(census.rows_of(name) or 0 for name in wave)),
            size(sum(census.size_of(name)[0] for name in wave)),
            _listed(map(visible_name, wave)),
        )


def _keys(census: Census) -> list[str]:
    return [
        *heading(2, f"Foreign keys without an index ({count(len(census.unindexed))})"),
        *paragraph(
            "Where no index of the referencing table begins with the key's columns, deleting or updating a"
            " referenced row reads that whole table."
        ),
        *bullets(_key(key) for key in census.unindexed),
    ]


def _views(catalog: Catalog) -> list[str]:
    return [
        *heading(2, f"Views ({count(len(catalog.views))})"),
        *table(
            ("View", "Rows>", "Options", "Reads"),
            (
                (
                    markdown_name(view.name),
                    count(view.rows) if view.kind is ViewKind.MATERIALIZED and view.populated else "",
                    "; ".join(
                        (["materialized"] if view.kind is ViewKind.MATERIALIZED else [])
                        + ([] if view.populated else ["without data"])
                        + [markdown_text(option) for option in view.options]
                    ),
                    _listed(map(visible_name, view.reads)),
                )
                for view in catalog.views
            ),
        ),
    ]


def _sequences(catalog: Catalog) -> list[str]:
    return [
        *heading(2, f"Sequences ({count(len(catalog.sequences))})"),
        *table(
            ("Sequence", "Type", "Last value>", "Is called", "Owned by"),
            (
                (
                    markdown_name(each.name),
                    markdown_text(each.data_type),
                    count(each.last_value),
                    "yes" if each.is_called else "no",
                    ""
                    if each.owned_by is None
                    else f"{markdown_name(each.owned_by[0])} {markdown_identifier(each.owned_by[1])}",
                )
                for each in catalog.sequences
            ),
        ),
    ]


def _routines(catalog: Catalog) -> list[str]:
    return [
        *heading(2, f"Functions ({count(len(catalog.routines))})"),
        *table(
            ("Function", "Arguments", "Kind", "Language"),
            (
                (
                    markdown_name(each.name),
                    markdown_text(elided(terminal_text(each.arguments), 80)),
                    "" if each.kind is RoutineKind.FUNCTION else each.kind.value,
                    markdown_text(each.language),
                )
                for each in catalog.routines
            ),
        ),
    ]


def _triggers(catalog: Catalog) -> list[str]:
    return [
        *heading(2, f"Triggers ({count(len(catalog.triggers))})"),
        *table(
            ("Table", "Trigger", "Fires"),
            (
                (markdown_name(each.table), markdown_identifier(each.name), each.firing.value)
                for each in catalog.triggers
            ),
        ),
    ]


def _policies(catalog: Catalog) -> list[str]:
    per_table = Counter(policy.table for policy in catalog.policies)
    restrictive = Counter(policy.table for policy in catalog.policies if not policy.permissive)
    secured = [each for each in catalog.tables if each.row_security or each.name in per_table]
    return [
        *heading(2, f"Policies ({count(len(catalog.policies))})"),
        *table(
            ("Table", "Policies>", "Restrictive>", "Row level security"),
            (
                (
                    markdown_name(each.name),
                    count(per_table[each.name]),
                    count(restrictive[each.name]),
                    ("on, forced" if each.force_row_security else "on") if each.row_security else "off",
                )
                for each in secured
            ),
        ),
    ]


def _types(catalog: Catalog) -> list[str]:
    return [
        *heading(2, f"Types ({count(len(catalog.types))})"),
        *table(
            ("Type", "Kind", "Detail"),
            (
                (markdown_name(each.name), markdown_text(each.kind), _detail(each.detail))
                for each in catalog.types
            ),
        ),
    ]


def _detail(detail: tuple[str, ...]) -> str:
    return markdown_text(elided(terminal_text(", ".join(detail)), 80))


def _extensions(catalog: Catalog) -> list[str]:
    return [
        *heading(2, f"Extensions ({count(len(catalog.extensions))})"),
        *table(
            ("Extension", "Version", "Schema"),
            (
                (
                    markdown_identifier(each.name),
                    markdown_text(each.version),
                    markdown_identifier(each.schema),
                )
                for each in catalog.extensions
            ),
        ),
    ]


def _extension_rows(catalog: Catalog) -> list[str]:
    """Return what users keep in extensions' own tables; nothing where there are none."""
    if not catalog.extension_tables:
        return []
    return [
        *heading(2, f"Rows in extensions' own tables ({count(len(catalog.extension_tables))})"),
        *table(
            ("Table", "Extension", "Rows", "Which"),
            (
                (
                    markdown_identifier(str(each.table.name)),
                    markdown_identifier(each.extension),
                    "not counted" if each.table.rows is None else count(each.table.rows),
                    markdown_code(each.condition) if each.condition else "all",
                )
                for each in catalog.extension_tables
            ),
        ),
    ]


def _large_objects(catalog: Catalog) -> list[str]:
    """Return how many there are, how large and whose; nothing where there are none in scope."""
    batches = catalog.large_objects
    if not batches:
        return []
    owners = sorted({owner for batch in batches for owner in batch.owners})
    return [
        *heading(2, f"Large objects ({count(sum(batch.number for batch in batches))})"),
        *bullets(
            (
                f"Contents: {size(sum(batch.bytes for batch in batches))}",
                f"OIDs: {batches[0].first} to {batches[-1].last}",
                f"Owners: {', '.join(map(markdown_identifier, owners))}",
            )
        ),
    ]


def _key(key: ForeignKey) -> str:
    return markdown_code(key_text(key)) + (
        "" if key.on_delete == "no action" else f", on delete {key.on_delete}"
    )


def _identifiers(names: Iterable[str]) -> str:
    return ", ".join(map(markdown_identifier, names)) or "none"


def _listed(objects: Iterable[str]) -> str:
    """Return the first objects in the type face of code, and how many there are besides."""
    shown = list(map(markdown_code, objects))
    rest = len(shown) - _OBJECTS_SHOWN
    return ", ".join(shown[:_OBJECTS_SHOWN]) + (f" and {count(rest)} more" if rest > 0 else "")


def _more(rest: int) -> list[str]:
    return paragraph(f"And {count(rest)} more.") if rest > 0 else []
