"""The repair script, written from its head to its tail while the rows pass through.

Consumed by the command line, while the snapshots of both ends are still held. The file appears under its name
only when it is complete.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from pilotage.connection import Session
from pilotage.files.blocks import do_block, text_array
from pilotage.files.bystanders import switch_back, switch_off
from pilotage.files.checksums import ENCODINGS_HASHED_AS_STORED, PROBE, text_hash
from pilotage.files.guards import LoadedTable, guard_server, guard_tables
from pilotage.files.header import header
from pilotage.files.parts import unwritable
from pilotage.files.script import COMMIT, OPEN, comment, statement
from pilotage.files.settings import file_settings, source_settings
from pilotage.model.catalog import Catalog, LeftOut
from pilotage.model.choices import DataFormat
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.model.visible import visible_name, visible_text
from pilotage.repair.choosing import ChosenTable, choose_tables, with_changes
from pilotage.repair.reading import read_changed_columns, write_rows
from pilotage.repair.records import Repair, RepairedTable
from pilotage.repair.statements import CREATE_LEAVING, ROOM, TableStatements
from pilotage.verify.drilldown import FoundRows
from pilotage.verify.drilldown.reading import is_same_file
from pilotage.verify.ends import End
from pilotage.verify.rows.relation import REWRITTEN

_PARTIAL = ".part"
_FORMAT = DataFormat.COPY


async def write_repair(
    path: Path,
    source: End,
    target: End,
    found: Iterable[FoundRows],
    *,
    source_catalog: Catalog,
    target_catalog: Catalog,
    not_compared: Sequence[str] = (),
    role: str = "",
) -> Repair:
    """Write a script that makes the rows that differ what they are at the source, and touches no others.

    It is one transaction, and refuses to commit where the rows that it is about to change are no longer as
    they were found, or do not become what they are at the source. It holds values of those rows.

    Args:
        path: of the script; overwritten.
        source, target: the ends at which the rows were found, still held.
        found: what :func:`~pilotage.verify.drilldown.find_differing_rows` returned.
        source_catalog, target_catalog: what was read of both ends.
        not_compared: whose contents could not be compared, each with the reason; the script's head names it.
        role: that the script takes on; empty for none.

    Returns:
        What the script does, and the tables that it leaves out.

    Raises:
        RefusedError: the file cannot be written.
        ServerError: a server refused.
        ConnectionLostError: a connection broke.
    """
    chosen, left_out = choose_tables(found, source_catalog, target_catalog)
    partial = path.with_name(path.name + _PARTIAL)
    async with source.session() as source_session, target.session() as target_session:
        chosen, moved = await _unmoved(chosen, source_session, target_session)
        left_out += moved
        changed: dict[QualifiedName, set[str]] = {}
        for each in chosen:
            if each.by_key:
                changed[each.name] = await read_changed_columns(source_session, target_session, each)
        chosen, not_after_all = with_changes(chosen, changed, target_catalog)
        left_out += not_after_all
        if not chosen:
            _remove_former(path)
            return Repair(path=None, tables=(), left_out=left_out)
        for session in (source_session, target_session):
            await session.run(";\n".join(source_settings()))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            partial.touch(mode=0o600)  # values are for nobody else
            with partial.open("wb") as file:
                script = _Script(
                    file,
                    chosen,
                    left_out,
                    not_compared,
                    source=source,
                    target=target,
                    encoding=_hashed_encoding(source_catalog.server.encoding, target_catalog.server.encoding),
                    role=role,
                )
                await script.write(path.name, source_session, target_session)
            partial.replace(path)
        except OSError as error:
            raise unwritable(path, error) from error
        finally:
            partial.unlink(missing_ok=True)
    return Repair(path=path, tables=tuple(map(_repaired, chosen)), left_out=left_out)


async def _unmoved(
    chosen: Sequence[ChosenTable], source: Session, target: Session
) -> tuple[tuple[ChosenTable, ...], tuple[LeftOut, ...]]:
    """Lock the tables at both ends, and leave out those whose rows lie elsewhere than they were found."""
    kept: list[ChosenTable] = []
    left_out: list[LeftOut] = []
    for each in chosen:
        relation, found = each.found.relation, each.found
        if await is_same_file(source, relation, found.source_filenode) and await is_same_file(
            target, relation, found.target_filenode
        ):
            kept.append(each)
        else:
            left_out.append(LeftOut(object=f"table {visible_name(each.name)}", because=REWRITTEN))
    return tuple(kept), tuple(left_out)


def _remove_former(path: Path) -> None:
    """Let no script of an earlier comparison stand where none was written."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def _hashed_encoding(source: str, target: str) -> str:
    """Return the encoding by which both ends hash text alike; see ``text_hash`` in files/checksums.py."""
    return target if source == "UTF8" and target not in ENCODINGS_HASHED_AS_STORED else source


def _repaired(chosen: ChosenTable) -> RepairedTable:
    difference = chosen.found.difference
    return RepairedTable(
        table=chosen.name,
        inserted=difference.missing,
        deleted=difference.extra,
        updated=difference.changed,
    )


class _Script:
    """Writes statement by statement."""

    def __init__(
        self,
        file: IO[bytes],
        chosen: Sequence[ChosenTable],
        left_out: Sequence[LeftOut],
        not_compared: Sequence[str],
        *,
        source: End,
        target: End,
        encoding: str,
        role: str,
    ) -> None:
        self._file = file
        self._left_out = left_out
        self._not_compared = not_compared
        self._ends = (source, target)
        self._encoding = encoding
        self._role = role
        self._tables = [TableStatements(each, self._encoding) for each in chosen]
        self._relations = text_array(str(each.name) for each in chosen)

    async def write(self, name: str, source: Session, target: Session) -> None:
        """Write all of it."""
        probe = await source.value(f"SELECT {text_hash(quote_literal(PROBE), self._encoding)}")
        self._write(OPEN[_FORMAT] + self._header(name))
        self._begin(int(probe))
        self._note("The rows as they were found at the target, and as they are at the source.")
        self._statement(CREATE_LEAVING)
        for each in self._tables:
            await self._rows(each, source, target)
        self._note("Is everything still as it was found?")
        for each in self._tables:
            self._statements(each.guards())
            self._statement(each.leaving())
        self._changes()
        self._end()

    def _begin(self, probe: int) -> None:
        self._statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        self._statements(file_settings(self._encoding, self._role))
        self._note("Is this the right database?")
        self._statement(guard_server(encoding=self._encoding, probe=probe))
        loaded = [
            LoadedTable(table=each.chosen.table, columns=each.chosen.columns, earlier_rows=0, earlier_file="")
            for each in self._tables
        ]
        self._statement(guard_tables(loaded, needs=("the migration that creates it",)))
        self._note(
            "Triggers, rules and forced row level security do not act on these rows. Each that is on is",
            "switched off here, and put back into the state it has now before this file commits. So are",
            "event triggers, which would fire on that.",
        )
        self._statement(do_block("silence_events", room=ROOM))
        self._statement(switch_off([each.chosen.table for each in self._tables]))
        self._note(
            "Foreign keys are checked once, when all rows are what they shall be. Those that cannot wait so",
            "long are made DEFERRABLE here, and NOT DEFERRABLE again before this file commits.",
        )
        self._statement(do_block("defer_keys", room=ROOM, tables=self._relations))
        self._statement("SET CONSTRAINTS ALL DEFERRED")

    async def _rows(self, each: TableStatements, source: Session, target: Session) -> None:
        self._note(f"Table {visible_name(each.chosen.name)}")
        made = [(each.rows, each.rows_columns)]
        if each.chosen.by_key:
            made = [(each.found, each.found_columns), (each.wanted, each.wanted_columns)]
        for relation, columns in made:
            self._statement(each.create(relation, columns))
        await write_rows(source, target, each, encoding=self._encoding, write=self._append)
        for relation, _ in made:
            self._statement(f"ANALYZE {relation}")

    def _changes(self) -> None:
        """Write what changes rows, in an order in which none is in another's way."""
        early = [each for each in self._tables if each.chosen.early]
        if early:
            self._note("Rows that reference what is about to be deleted, and do not at the source.")
            self._statements(each.update(each.chosen.early) for each in early)
        emptied = [each for each in reversed(self._tables) if each.chosen.deletes]
        if emptied:
            self._note("Rows that the source does not have, those of referencing tables first.")
            self._statement(do_block("guard_acting_keys", room=ROOM))
            self._statements(each.delete() for each in emptied)
        late = [each for each in self._tables if each.chosen.late and not each.chosen.again]
        if late:
            self._note("Rows that both ends have. Unique values may go from one to another.")
            for each in late:
                if each.chosen.parked:
                    self._statement(each.park())
                self._statement(each.update(each.chosen.late))
        self._note("Rows that the target does not have, those of referenced tables first.")
        self._statements(each.insert() for each in self._tables)

    def _end(self) -> None:
        self._note("Foreign keys, all of them now.")
        self._statement("SET CONSTRAINTS ALL IMMEDIATE")
        self._statement(do_block("restore_keys", room=ROOM))
        self._note("The rows are what they are at the source.")
        for each in self._tables:
            self._statements(each.assertions())
        self._note("Triggers, rules and forced row level security are as they were.")
        self._statement(switch_back())
        self._statement(do_block("restore_events", room=ROOM))
        self._write("\n" + COMMIT[_FORMAT])

    def _header(self, name: str) -> str:
        source, target = self._ends
        now = datetime.datetime.now(datetime.UTC)
        sections: list[tuple[str, Sequence[str]]] = [
            (
                "Written from a comparison of these two, each at one moment:",
                (
                    f"source {source.parameters.describe()}, snapshot {source.snapshot}",
                    f"target {target.parameters.describe()}, snapshot {target.snapshot}",
                    f"written at {now:%Y-%m-%d %H:%M:%S} UTC",
                ),
            ),
            ("Rows that it changes, and no others:", [_line(each.chosen) for each in self._tables]),
        ]
        if self._left_out:
            sections.append(
                (
                    "NOT repaired by this file, although their rows differ:",
                    [f"{each.object}: {each.because}" for each in self._left_out],
                )
            )
        if self._not_compared:
            sections.append(
                (
                    "NOT compared, so that nobody knows what of it differs:",
                    [visible_text(line) for line in self._not_compared],
                )
            )
        sections += [
            ("Run it against the target:", (f"psql -v ON_ERROR_STOP=1 -f {name}",)),
            (
                "One transaction: all of it happens, or nothing.",
                (
                    "It refuses where the rows that it changes are no longer as they were found, or are",
                    "repaired already, and before it commits, it asserts that they are what they are at",
                    "the source. Nobody else can write to these tables while it runs.",
                    "It holds values of these rows: keep it as you keep the data.",
                ),
            ),
        ]
        return header(
            title=f"{name}: makes rows of the target what they are at the source", sections=sections
        )

    def _note(self, *lines: str) -> None:
        self._write("\n" + comment(*lines))

    def _statements(self, statements: Iterable[str]) -> None:
        for each in statements:
            self._statement(each)

    def _statement(self, sql: str) -> None:
        self._write(statement(sql, _FORMAT))

    def _write(self, text: str) -> None:
        self._append(text.encode())

    def _append(self, data: bytes) -> None:
        self._file.write(data)


def _line(chosen: ChosenTable) -> str:
    difference = chosen.found.difference
    how = "" if chosen.by_key else "; rows are told by all that they hold"
    return (
        f"{visible_name(chosen.name)}: {difference.missing:,} inserted, {difference.extra:,} deleted, "
        f"{difference.changed:,} changed{how}"
    )
