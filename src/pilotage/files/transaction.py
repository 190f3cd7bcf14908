"""What stands around the rows of a data file: its head and its tail, as text.

Consumed by the data files when the rows of a part are known. No rows here, and no I/O.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pilotage.files.assertions import ExpectedRows, assert_rows
from pilotage.files.bystanders import switch_back, switch_off
from pilotage.files.guards import LoadedTable, guard_needs, guard_rows, guard_server, guard_tables
from pilotage.files.header import header, how_to_run
from pilotage.files.records import NeededTable, RestoredKey, TableData
from pilotage.files.script import COMMIT, OPEN, comment, statement
from pilotage.files.settings import file_settings
from pilotage.model.catalog import ExtensionSequence, Table
from pilotage.model.catalog import Sequence as CatalogSequence
from pilotage.model.choices import DataFormat
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.review import LoadStrategy
from pilotage.model.visible import visible_name

_DAMAGED = "the file is damaged or was edited"
_FETCH = (
    "Nothing of this file was committed. Take the file as it was first written, and run it again. If nobody "
    "has changed it, a value of this table does not read back here as the source printed it."
)


@dataclasses.dataclass(slots=True, kw_only=True)
class PartTable:
    """A table in one part, while its rows are being written.

    Attributes:
        rows, checksum: what the part inserts; of ``two-pass``, as the first pass leaves them.
        asserted: whether the part has asserted them already, before the second pass.
        final: rows and checksum of the whole table, where this part completes ``two-pass``.
    """

    data: TableData
    earlier_rows: int
    earlier_file: str
    rows: int = 0
    checksum: int = 0
    asserted: bool = False
    final: tuple[int, int] | None = None

    @property
    def inserted(self) -> ExpectedRows:
        """What this part has inserted, before any second pass."""
        return ExpectedRows(
            table=self.data.table,
            columns=self.data.columns,
            rows=self.rows,
            checksum=self.checksum,
            nulls=self.data.set_null,
            only_new=self.earlier_rows > 0,
            condition=self.data.condition,
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is the same for every part of a data file.

    Attributes:
        group: empty where the file has none.
        probe: see :func:`~pilotage.files.guards.guard_server`.
        rollback: what takes the rows back, for messages.
        role: to take on; empty for none.
    """

    group: str
    needs: tuple[str, ...]
    needed_tables: tuple[NeededTable, ...]
    data_format: DataFormat
    encoding: str
    probe: int
    rollback: str
    role: str = ""

    def assertion(self, expected: Sequence[ExpectedRows]) -> str:
        """Return the statement that asserts what the file brought; empty for nothing."""
        asserted = assert_rows(expected, encoding=self.encoding, verdict=_DAMAGED, hint=_FETCH)
        return asserted and self.statement(asserted)

    def statement(self, sql: str) -> str:
        """Return a statement as it stands in a file of this format."""
        return statement(sql, self.data_format)


def head(
    around: Surroundings,
    name: str,
    tables: Sequence[PartTable],
    *,
    deferred: Sequence[str],
    dropped: Sequence[RestoredKey],
) -> str:
    """Return everything before the first row.

    Args:
        name: the file's.
        deferred: constraints as SET CONSTRAINTS names them.
        dropped: foreign keys that are dropped for the length of the load.
    """
    loaded = [
        LoadedTable(
            table=each.data.table,
            columns=each.data.columns,
            earlier_rows=each.earlier_rows,
            earlier_file=each.earlier_file,
            condition=each.data.condition,
        )
        for each in tables
    ]
    text = OPEN[around.data_format] + _comment(around, name, tables)
    text += around.statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    text += "".join(map(around.statement, file_settings(around.encoding, around.role))) + "\n"
    text += comment("Is this the right moment, and the right database?")
    text += around.statement(guard_server(encoding=around.encoding, probe=around.probe))
    if around.needed_tables:
        text += around.statement(guard_needs(around.needed_tables))
    if loaded:
        text += around.statement(guard_tables(loaded, needs=around.needs)) + "\n"
        text += comment(
            "Triggers, rules and forced row level security do not act on these rows. Each that is on is",
            "switched off here, and put back into the state it has now before this file commits.",
        )
        text += around.statement(switch_off(_switched(tables))) + "\n"
        text += comment("Has this file run before, or has one before it not run yet?")
        text += around.statement(guard_rows(loaded, rollback=around.rollback)) + "\n"
    if deferred:
        text += around.statement(f"SET CONSTRAINTS {', '.join(deferred)} DEFERRED;\n")
    for each in dropped:
        key = each.key
        text += around.statement(f"ALTER TABLE {key.table} DROP CONSTRAINT {quote_identifier(key.name)};\n")
    return text + "\n"


def tail(
    around: Surroundings,
    tables: Sequence[PartTable],
    *,
    dropped: Sequence[RestoredKey],
    sequences: Sequence[CatalogSequence | ExtensionSequence],
) -> str:
    """Return everything after the last row.

    Args:
        sequences: those that stand in the last part.
    """
    text = comment(
        "Whatever was deferred is checked now: a transaction with checks pending may not alter tables."
    )
    text += around.statement("SET CONSTRAINTS ALL IMMEDIATE;\n")
    for each in dropped:
        key, constraint = each.key, quote_identifier(each.key.name)
        text += around.statement(f"ALTER TABLE {key.table} ADD CONSTRAINT {constraint} {key.definition};\n")
        if each.comment is not None:
            text += around.statement(
                f"COMMENT ON CONSTRAINT {constraint} ON {key.table} IS {quote_literal(each.comment)};\n"
            )
    text += "\n" + comment("What this file brought is there, all of it and unchanged.")
    text += around.assertion(list(_at_the_end(tables)))
    if tables:
        text += "\n" + comment("Triggers, rules and forced row level security are as they were.")
        text += around.statement(switch_back())
    if sequences:
        text += "\n" + comment("Last, because no rollback takes this back.")
    for sequence in sequences:
        called = "true" if sequence.is_called else "false"
        relation = quote_literal(str(sequence.name))
        text += around.statement(f"SELECT pg_catalog.setval({relation}, {sequence.last_value}, {called});\n")
    return text + "\n" + COMMIT[around.data_format]


def _switched(tables: Sequence[PartTable]) -> list[Table]:
    """Return the tables whose bystanders must not act; extensions count on their own, as in pg_restore."""
    return [each.data.table for each in tables if not each.data.extension]


def _at_the_end(tables: Sequence[PartTable]) -> list[ExpectedRows]:
    expected = [each.inserted for each in tables if not each.asserted]
    for each in tables:
        if each.final is not None:
            rows, checksum = each.final
            expected.append(
                ExpectedRows(table=each.data.table, columns=each.data.columns, rows=rows, checksum=checksum)
            )
    return expected


def _comment(around: Surroundings, name: str, tables: Sequence[PartTable]) -> str:
    total = sum(each.rows for each in tables)
    of_group = f" of group {around.group}" if around.group else ""
    brought = [line for each in tables for line in _table_lines(each)]
    sections: list[tuple[str, Sequence[str]]] = [
        (f"{total:,} rows, tables in the order in which they load:", brought),
        ("Needs before it:", around.needs or ("nothing",)),
        how_to_run(name),
        (
            "One transaction: all of it happens, or nothing.",
            (
                "It refuses to run twice or too early, and before it commits, it asserts that exactly these",
                "rows have arrived.",
            ),
        ),
    ]
    if around.data_format is DataFormat.COPY:
        sections.append(
            ("Format: copy. The rows follow COPY ... FROM stdin, which only psql understands.", ())
        )
    else:
        sections.append(("Format: insert. Any program that runs SQL statements can run it.", ()))
    return header(title=f"{name}: rows{of_group}", sections=sections)


def _table_lines(each: PartTable) -> list[str]:
    noun = "row" if each.rows == 1 else "rows"
    after = f", after {each.earlier_rows:,} of earlier parts" if each.earlier_rows else ""
    second = ", and the second pass over all of them" if each.final is not None else ""
    lines = [f"{visible_name(each.data.name)}: {each.rows:,} {noun}{after}{second}"]
    if each.data.strategy is not LoadStrategy.PLAIN and each.data.component is not None:
        lines.append(f"  {each.data.strategy}: {each.data.component.reason}")
    return lines
