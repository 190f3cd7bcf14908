"""What a migration will take: time, disk, temporary space, memory and connections, each with its basis.

Consumed by the migration's document. A figure without a basis is not given: where nothing was measured, bytes
are told and no seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from pilotage.model.catalog import Index
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    ApplyFix,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Step,
    ValidateForeignKey,
)
from pilotage.model.review import Throughput
from pilotage.report.escape import markdown_code, markdown_text, visible_name
from pilotage.report.figures import count, counted, duration, size, size_rate
from pilotage.report.markdown import bullets, heading, paragraph, table
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.shares import shares
from pilotage.report.sql_blocks import code_block

TRIGGER_EVENT_BYTES = 12
"""Memory that one row takes for each foreign key that it must be checked against, until the statement ends.

Measured on PostgreSQL 18: 12.6 MB of the context AfterTriggerEvents for 500,000 rows with two keys, one of
them always NULL. It never goes to disk (``AfterTriggerEventDataOneCtid`` in ``trigger.c``).
"""

_GRAPH_METHODS = frozenset({"hnsw"})
"""Access methods whose build wants the whole index in memory (pgvector's documentation, Index Build Time)."""


@dataclass(frozen=True, slots=True)
class _Work:
    """One kind of work of the plan; weight in bytes of plain copying that would take as long."""

    title: str
    steps: int
    bytes: int
    weight: int


def expectations_section(facts: MigrationFacts, throughput: Throughput | None) -> list[str]:
    """Return what it will take, each figure with what it was computed from."""
    return [
        *heading(2, "Expectations"),
        *_time(facts, throughput),
        *heading(3, "Disk on the target"),
        *bullets(_disk(facts)),
        *heading(3, "Temporary space"),
        *bullets(_temporary(facts)),
        *heading(3, "Memory"),
        *bullets(_memory(facts)),
        *heading(3, "Connections"),
        *bullets(_connections()),
        *heading(3, "Afterwards"),
        *_afterwards(facts),
    ]


def _time(facts: MigrationFacts, throughput: Throughput | None) -> list[str]:
    work = _works(facts)
    share_of = shares([each.weight for each in work])
    measured = throughput is not None and throughput.seconds > 0 and throughput.bytes > 0
    rows = []
    for each, share in zip(work, share_of, strict=True):
        row = [each.title, count(each.steps), size(each.bytes) if each.bytes else "", share]
        if measured and throughput is not None:
            row.append(_about(each, throughput))
        rows.append(row)
    columns = ("Work", "Steps>", "Reads or writes>", "Share of the work>")
    return [
        *heading(3, "Time"),
        *paragraph(_basis_of_time(facts, throughput if measured else None)),
        *table((*columns, "About>") if measured else columns, rows),
    ]


def _basis_of_time(facts: MigrationFacts, throughput: Throughput | None) -> str:
    basis = (
        "Shares come from the plan's weights: the sizes of tables and indexes at the source, and orders of"
        " magnitude for what building an index of each kind costs, on one connection."
    )
    if facts.plan.layout is Layout.SCHEMA_FIRST:
        basis += " In this layout indexes grow and keys are checked while the rows come, which takes longer."
    if throughput is None:
        return f"No throughput was measured, so no time is given. {basis}"
    rate = size_rate(throughput.bytes, throughput.seconds)
    return (
        f"Measured: {rate}, {size(throughput.bytes)} of tables in {duration(throughput.seconds)}"
        f" ({markdown_text(throughput.measured_on)}). The time for rows is their size at that rate; the"
        f" others are their weight at that rate, an order of magnitude. {basis}"
    )


def _about(work: _Work, throughput: Throughput) -> str:
    return duration(work.weight * throughput.seconds / throughput.bytes)


def _works(facts: MigrationFacts) -> list[_Work]:
    """Return the plan's work by kind; definitions count no bytes."""
    kinds: dict[str, list[Step]] = {}
    for step in facts.plan.steps:
        kinds.setdefault(_kind(step), []).append(step)
    return [
        _Work(
            title=title,
            steps=len(steps),
            bytes=sum(step.cost.bytes for step in steps),
            weight=sum(step.cost.weight for step in steps),
        )
        for title in _KINDS
        if (steps := kinds.get(title))
    ]


_ROWS = "rows"
_INDEXES = "indexes and constraints"
_KEYS = "foreign keys checked"
_OTHERS = "definitions"
_STATISTICS = "statistics and materialized views"
_KINDS = (_OTHERS, _ROWS, _INDEXES, _KEYS, _STATISTICS)


def _kind(step: Step) -> str:
    match step:
        case LoadTable() | LoadLargeObjects():
            return _ROWS
        case BuildIndex() | AddConstraint():
            return _INDEXES
        case AddForeignKey() | ValidateForeignKey():
            return _KEYS
        case AnalyzeTable() | RefreshView():
            return _STATISTICS
        case RunDdl() | SetSequence() | ApplyFix():
            return _OTHERS
        case _:
            assert_never(step)


def _disk(facts: MigrationFacts) -> Iterable[str]:
    _, stored, indexes = facts.census.totals
    yield f"Tables: {size(stored)}. Basis: their sizes at the source, dead rows and free space included"
    yield f"Indexes: {size(indexes)}. Basis: their sizes at the source"
    yield (
        f"WAL: about {size(stored + indexes)} written in all. Basis: rows and index pages go through it once;"
        " how much of it is on disk at a time is up to the target's `max_wal_size`, archiving and replication"
        " slots"
    )
    if facts.written is not None:
        yield (
            f"The SQL files, where they are run from: {size(sum(each.bytes for each in facts.written))}."
            f" Basis: {counted(len(facts.written), 'file')} as written"
        )
    else:
        yield "The SQL files, where they are run from: not known before they are written"


def _temporary(facts: MigrationFacts) -> Iterable[str]:
    if facts.plan.layout is Layout.SCHEMA_FIRST:
        yield (
            "Sorting for indexes: none. Basis: in this layout indexes are there before the rows and grow"
            " row by row"
        )
        yield "Checking foreign keys: none. Basis: each row is looked up by the referenced table's index"
        return
    sorted_ones = [index for index in facts.catalog.indexes if index.method not in _GRAPH_METHODS]
    largest = max(sorted_ones, key=lambda index: (index.bytes, index.name), default=None)
    if largest is not None and largest.bytes:
        yield (
            f"Sorting for indexes: up to about {size(largest.bytes)} at a time, where `maintenance_work_mem`"
            f" is smaller. Basis: the largest index, {markdown_code(visible_name(largest.name))}; files build"
            " one index after another"
        )
    pairs = [
        (facts.census.size_of(root[key.table])[0] + facts.census.size_of(root[key.referenced])[0], key)
        for root in (facts.census.partition_root,)
        for key in facts.keys_within
    ]
    if pairs:
        most, key = max(pairs, key=lambda pair: (pair[0], pair[1].table, pair[1].name))
        yield (
            f"Checking foreign keys: less than {size(most)} at a time. Basis: the largest two tables that a"
            f" key joins, {markdown_code(facts.key(key))}; only the key's columns are sorted or hashed"
        )
    if not pairs and (largest is None or not largest.bytes):
        yield "None: no index to sort for and no foreign key to check"


def _memory(facts: MigrationFacts) -> Iterable[str]:
    graphs = [index for index in facts.catalog.indexes if index.method in _GRAPH_METHODS]
    if graphs:
        largest: Index = max(graphs, key=lambda index: (index.bytes, index.name))
        built = (
            "to build it in memory"
            if facts.plan.layout is Layout.BULK
            else "for each later REINDEX; in this layout it grows row by row"
        )
        yield (
            f"Vector indexes: `maintenance_work_mem` of at least {size(largest.bytes)} {built}. Basis: the"
            f" largest of {counted(len(graphs), 'HNSW index', 'HNSW indexes')},"
            f" {markdown_code(visible_name(largest.name))}, as large as at the source"
        )
    if facts.plan.layout is Layout.SCHEMA_FIRST:
        most, name = _most_events(facts)
        if name is not None:
            yield (
                f"Foreign keys while rows come: up to {size(most)} in one statement. Basis:"
                f" {TRIGGER_EVENT_BYTES} bytes for each row and key, measured on PostgreSQL 18; most for"
                f" {facts.code(name)}"
            )
    yield "COPY itself: one row at a time, on both sides. Basis: psql and the server stream the file"


def _most_events(facts: MigrationFacts) -> tuple[int, QualifiedName | None]:
    most: tuple[int, QualifiedName | None] = (0, None)
    for name in facts.roots:
        events = (facts.census.rows_of(name) or 0) * sum(
            (key.table, key.name) not in facts.deferred_keys for key in facts.keys_of((name,))
        )
        if events * TRIGGER_EVENT_BYTES > most[0]:
            most = (events * TRIGGER_EVENT_BYTES, name)
    return most


def _connections() -> Iterable[str]:
    yield "Target: 1. Basis: the files run one after another, each in one session"
    yield "Source: none. Basis: the rows are in the files"


def _afterwards(facts: MigrationFacts) -> list[str]:
    analyzed = sum(isinstance(step, AnalyzeTable) for step in facts.plan.steps)
    text = (
        f"Statistics come with the migration itself ({counted(analyzed, 'table')})."
        if analyzed
        else "The migration gathers no statistics; run `ANALYZE`."
    )
    return [
        *paragraph(
            f"{text} What only VACUUM makes, the visibility map for index-only scans, comes with the first"
            " autovacuum, or at once with:"
        ),
        *code_block("sql", ["VACUUM (ANALYZE);"]),
    ]
