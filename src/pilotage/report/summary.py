"""What a database is, on one screen; consumed by ``inspect``.

Everything that does not fit is in the baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.report.census import Census, Order, inventory
from pilotage.report.escape import (
    short_names,
    terminal_text,
    visible_identifier,
    visible_identifiers,
    visible_name,
)
from pilotage.report.figures import count, counted, size, span
from pilotage.report.layout import FittingList, facts, plain_table

_WAVES_SHOWN = 12
_TABLES_SHOWN = 5
_BLOCKERS_SHOWN = 5
_SCHEMAS_SHOWN = 8
_FINDINGS_SHOWN = 5


def inspect_summary(catalog: Catalog, order: Order) -> RenderableType:
    """Return one screen: the server, the totals, the waves, the largest tables and what deserves a look."""
    census = Census(catalog, order)
    parts: list[RenderableType] = [_title(census), _totals(census), Text(), _schemas(census)]
    if order.waves:
        parts += [Text(), _waves(census), Text(), _largest(census)]
    if order.blockers:
        parts += [Text(), _blockers(census)]
    parts += [Text(), _marks(census)]
    return Group(*parts)


def _title(census: Census) -> Text:
    server = census.catalog.server
    title = Text(visible_identifier(server.database), style="bold")
    title.append(
        f" on PostgreSQL {terminal_text(server.version)}, {size(server.database_bytes)},"
        f" {terminal_text(server.encoding)}, collation {terminal_text(server.collation)}",
        style="not bold",
    )
    return title


def _totals(census: Census) -> RenderableType:
    catalog, order = census.catalog, census.order
    rows, stored, indexes = census.totals
    keys = ", ".join(
        (
            count(len(catalog.foreign_keys)),
            f"depth {max(len(order.waves) - 1, 0)}",
            counted(len(order.roots), "root"),
            f"{count(len(census.unindexed))} without an index",
        )
    )
    return facts(
        (
            ("scope", FittingList([visible_identifier(name) for name in catalog.scope] or ["nothing"])),
            (
                "tables",
                f"{count(len(catalog.tables))} with {counted(rows, 'row')}, {size(stored)}"
                f" and {size(indexes)} of indexes",
            ),
            ("foreign keys", keys),
            ("besides", ", ".join(inventory(catalog)) or "nothing"),
        )
    )


def _schemas(census: Census) -> RenderableType:
    table = plain_table(
        "schema", "tables>", "rows>", "size>", "keys within>", "keys out>", "roots>", "depth>"
    )
    by_size = sorted(census.schemas, key=lambda each: (-each.bytes - each.index_bytes, each.name))
    for each in by_size[:_SCHEMAS_SHOWN]:
        table.add_row(
            Text(visible_identifier(each.name)),
            count(each.tables),
            count(each.rows),
            size(each.bytes),
            count(each.keys),
            count(each.keys_out),
            count(each.roots),
            count(each.depth),
        )
    return _with_rest(table, len(by_size) - _SCHEMAS_SHOWN, "schema")


def _waves(census: Census) -> RenderableType:
    waves = census.order.waves
    table = plain_table("wave>", "tables>", "rows>", "size>", "which, largest first")
    rank = {name: place for place, name in enumerate(census.largest)}
    short = short_names(census.order.graph.nodes)
    shown = len(waves) if len(waves) <= _WAVES_SHOWN else _WAVES_SHOWN - 1
    for depth, wave in enumerate(waves[:shown]):
        _add_wave(table, span(depth, depth), wave, rank, short, census)
    if shown < len(waves):
        rest = [name for wave in waves[shown:] for name in wave]
        _add_wave(table, span(shown, len(waves) - 1), rest, rank, short, census)
    return table


def _add_wave(
    table: Table,
    label: str,
    names: Iterable[QualifiedName],
    rank: Mapping[QualifiedName, int],
    short: Mapping[QualifiedName, str],
    census: Census,
) -> None:
    ranked = sorted(names, key=rank.__getitem__)
    table.add_row(
        label,
        count(len(ranked)),
        count(sum(census.rows_of(name) or 0 for name in ranked)),
        size(sum(census.size_of(name)[0] for name in ranked)),
        FittingList([short[name] for name in ranked]),
    )


def _largest(census: Census) -> RenderableType:
    table = plain_table("largest tables", "rows>", "size>", "indexes>", "depth>")
    for name in census.largest[:_TABLES_SHOWN]:
        stored, indexes = census.size_of(name)
        table.add_row(
            Text(visible_name(name)),
            count(census.rows_of(name)),
            size(stored),
            size(indexes),
            count(census.depth_of(name)),
        )
    return table


def _blockers(census: Census) -> RenderableType:
    table = plain_table("blockers", "waiting directly>", "waiting in all>")
    for blocker in census.order.blockers[:_BLOCKERS_SHOWN]:
        table.add_row(Text(visible_name(blocker.key)), count(blocker.direct), count(blocker.all))
    return table


def _marks(census: Census) -> RenderableType:
    """What an order must respect or a person should see, one line each."""
    rows: list[tuple[str, RenderableType]] = [
        ("self-references", _fitting(_self_references(census))),
        ("cycles", _fitting(_cycles(census))),
        ("keys without an index", _fitting(_unindexed(census))),
    ]
    findings = census.findings
    rows += [
        ("look at", f"{finding.statement} ({count(len(finding.objects))})")
        for finding in findings[:_FINDINGS_SHOWN]
    ]
    if len(findings) > _FINDINGS_SHOWN:
        rows.append(("", f"and {count(len(findings) - _FINDINGS_SHOWN)} more; the baseline lists all"))
    return facts(rows)


def _self_references(census: Census) -> list[str]:
    short = short_names(census.tables)
    return [
        f"{short[table]}({'; '.join(visible_identifiers(key.columns) for key in keys)})"
        for table, keys in census.self_references.items()
    ]


def _cycles(census: Census) -> list[str]:
    return [
        f"{visible_name(cycle[0])} with {counted(len(cycle) - 1, 'other')}"
        if len(cycle) > 2
        else " with ".join(map(visible_name, cycle))
        for cycle in census.order.cycles
    ]


def _unindexed(census: Census) -> list[str]:
    short = short_names(census.tables)
    return [f"{short[key.table]}({visible_identifiers(key.columns)})" for key in census.unindexed]


def _fitting(items: Sequence[str]) -> RenderableType:
    return FittingList(items) if items else Text("none", style="dim")


def _with_rest(table: Table, rest: int, noun: str) -> RenderableType:
    return Group(table, Text(f"and {counted(rest, f'more {noun}')}")) if rest > 0 else table
