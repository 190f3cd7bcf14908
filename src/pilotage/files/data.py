"""The data files of a group: rows read in the source's snapshot and written as SQL, part by part.

Consumed by whoever generates the files. Rows are never all in memory: they pass through line by line. Files
appear under their names only when all of them are complete.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from pilotage.catalog.locks import releasing_locks
from pilotage.catalog.self_references import level_query
from pilotage.connection import Session
from pilotage.errors import RefusedError
from pilotage.files.checksums import PROBE, text_hash
from pilotage.files.copy_lines import CopyLines, cut_numbers
from pilotage.files.parts import Body, part_name, unwritable, write_part
from pilotage.files.records import (
    NeededTable,
    RestoredKey,
    TableData,
    WrittenData,
    WrittenFile,
    WrittenTable,
)
from pilotage.files.row_query import (
    read_comment,
    read_has_immediate_namesake,
    read_order_columns,
    row_query,
    second_pass_query,
)
from pilotage.files.script import comment
from pilotage.files.settings import source_settings, text_encoding
from pilotage.files.statements import RowStatements, row_statements
from pilotage.files.transaction import PartTable, Surroundings, head, tail
from pilotage.model.catalog import Catalog, ExtensionSequence, TableKind
from pilotage.model.catalog import Sequence as CatalogSequence
from pilotage.model.choices import DataFormat
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers, quote_literal
from pilotage.model.review import (
    Component,
    KeyTreatment,
    LoadStrategy,
    PlannedFile,
)
from pilotage.model.visible import visible_name

_PARTIAL = ".part"
_ROWS = ".rows"


async def write_data_files(
    session: Session,
    *,
    file: PlannedFile,
    catalog: Catalog,
    tables: Sequence[TableData],
    sequences: Sequence[CatalogSequence | ExtensionSequence] = (),
    needed_tables: Sequence[NeededTable] = (),
    folder: Path,
    data_format: DataFormat,
    split_bytes: int,
    rollback: str = "the files in rollback/",
    role: str = "",
    on_bytes: Callable[[int], None] = lambda _: None,
) -> WrittenData:
    """Write the rows of a group's tables into one data file, or into several where it grows too large.

    Args:
        session: inside the transaction in which the catalog was read. Settings that decide how values are
            printed hold until that transaction ends.
        file: names the file and the earlier files that it needs.
        catalog: what was read there; foreign keys and self-references are looked up in it.
        tables: in load order, those of a component one after another. A table stands for all its partitions
            or is one of them, not both.
        sequences: set at the end of the last part.
        needed_tables: what rows reference outside of this file, and whatever else must be there before.
        folder: exists.
        split_bytes: a part that has reached this size takes no further row, unless its rows must stand
            together.
        rollback: what takes the rows back, for the message of a file that finds rows already there.
        role: that a file takes on where it runs; empty for none.
        on_bytes: called with the bytes of each piece of the source's COPY streams.

    Returns:
        The files in the order in which they run, and what every table holds when all have.

    Raises:
        RefusedError: a file cannot be written, or the rows are not those that the catalog counted.
        ServerError: the source refused to hand out rows.
    """
    await session.run(";\n".join(source_settings()))
    encoding = catalog.server.encoding
    probe = await session.value(f"SELECT {text_hash(quote_literal(PROBE), encoding)}")
    around = Surroundings(
        group=file.group,
        needs=file.needs,
        needed_tables=tuple(needed_tables),
        data_format=data_format,
        encoding=encoding,
        probe=int(probe),
        rollback=rollback,
        role=role,
    )
    try:
        writer = _Writer(
            session,
            around,
            catalog,
            name=file.name,
            folder=folder,
            split_bytes=split_bytes,
            on_bytes=on_bytes,
        )
        try:
            for component, members in _by_component(tables):
                await writer.write_component(component, members)
            return await writer.finish(tuple(sequences))
        finally:
            writer.discard()
    except OSError as error:
        raise unwritable(folder / file.name, error) from error


def _by_component(tables: Sequence[TableData]) -> Iterator[tuple[Component | None, list[TableData]]]:
    """Yield components with their tables, and every other table alone."""
    seen: set[tuple[QualifiedName, ...]] = set()
    for number, (component, members) in enumerate(itertools.groupby(tables, key=lambda each: each.component)):
        if component is None:
            yield from ((None, [member]) for member in members)
        elif component.tables in seen:
            raise ValueError(f"the tables of a component are torn apart: {component.tables}, at {number}")
        else:
            seen.add(component.tables)
            yield component, list(members)


@dataclasses.dataclass(slots=True)
class _Part:
    """A part while its rows are being written."""

    body: Body
    tables: dict[QualifiedName, PartTable] = dataclasses.field(default_factory=dict)
    deferred: list[str] = dataclasses.field(default_factory=list)
    dropped: list[RestoredKey] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class _Total:
    """What all parts so far bring of a table, as it will be in the end."""

    data: TableData
    rows: int = 0
    checksum: int = 0
    last_file: str = ""


class _Writer:
    """Writes components into parts, and ends a part when it is large enough."""

    def __init__(
        self,
        session: Session,
        around: Surroundings,
        catalog: Catalog,
        *,
        name: str,
        folder: Path,
        split_bytes: int,
        on_bytes: Callable[[int], None],
    ) -> None:
        self._session = session
        self._around = around
        self._catalog = catalog
        self._name = name
        self._folder = folder
        self._split_bytes = split_bytes
        self._on_bytes = on_bytes
        self._totals: dict[QualifiedName, _Total] = {}
        self._files: list[WrittenFile] = []
        self._partial: list[tuple[Path, Path]] = []
        self._part = self._new_part()

    # --- components ------------------------------------------------------------------------------------

    async def write_component(self, component: Component | None, members: Sequence[TableData]) -> None:
        """Write the rows of tables that load together."""
        if self._is_full and not members[0].may_split:
            await self._next_part()
        if component is not None:
            await self._treat_keys(component, members)
        for data in members:
            await self._write_table(data)
        if component is not None and component.strategy is LoadStrategy.TWO_PASS:
            await self._write_second_pass(members)

    async def _treat_keys(self, component: Component, members: Sequence[TableData]) -> None:
        keys = list(dict.fromkeys(key for data in members for key in data.treated_keys))
        if component.strategy is LoadStrategy.DEFERRED:
            for key in keys:
                schema = key.table.schema
                if await read_has_immediate_namesake(self._session, schema, key.constraint):
                    # The name alone would also mean a constraint that cannot be deferred, an error.
                    self._part.deferred = ["ALL"]
                elif self._part.deferred != ["ALL"]:
                    self._part.deferred.append(str(QualifiedName(schema, key.constraint)))
        elif component.strategy is LoadStrategy.DROP_AND_RESTORE:
            self._part.dropped += [await self._restored_key(key) for key in keys]

    async def _restored_key(self, key: KeyTreatment) -> RestoredKey:
        found = next(
            each
            for each in self._catalog.foreign_keys
            if (each.table, each.name) == (key.table, key.constraint)
        )
        text = await read_comment(self._session, str(key.table), key.constraint)
        return RestoredKey(key=found, comment=text)

    # --- rows ------------------------------------------------------------------------------------------

    async def _write_table(self, data: TableData) -> None:
        order = await read_order_columns(self._session, data.table)
        levels = ""
        if data.strategy is LoadStrategy.PARENTS_FIRST:
            levels = await level_query(self._session, self._catalog, data.name)
        query = row_query(data, order, self._around.encoding, levels=levels)
        table = self._part_table(data)
        total = self._totals[data.name]
        statements: RowStatements | None = None
        hashes = 2 if data.set_null else 1

        async def take(line: bytes) -> None:
            nonlocal statements, table
            if self._is_full and data.may_split:
                if statements is not None:
                    self._end(statements)
                    statements = None
                await self._next_part()
                table = self._part_table(data)
            if statements is None:
                statements = self._begin(data)
            (final, *first), row = cut_numbers(line, hashes)
            statements.row(row)
            table.rows += 1
            table.checksum += first[0] if first else final
            total.rows += 1
            total.checksum += final

        await self._stream(query, take)
        if statements is not None:
            self._end(statements)
        counted = data.table.rows
        if data.table.kind is TableKind.TABLE and counted is not None and counted != total.rows:
            raise RefusedError(
                f"{visible_name(data.name)} gave {total.rows:,} rows where the catalog had counted "
                f"{counted:,}: the two were not read in one snapshot; generate the files from a new plan"
            )

    def _begin(self, data: TableData) -> RowStatements:
        self._part.body.write(comment(f"Rows of {visible_name(data.name)}").encode())
        return row_statements(
            self._around.data_format,
            self._part.body.write,
            str(data.name),
            data.columns,
            one_statement=data.strategy is LoadStrategy.ONE_STATEMENT,
        )

    def _end(self, statements: RowStatements) -> None:
        statements.end()
        self._part.body.write(b"\n")

    async def _write_second_pass(self, members: Sequence[TableData]) -> None:
        """Write what the first pass left NULL, after an assertion that the first pass is right."""
        tables = [self._part_table(data) for data in members]
        expected = [table.inserted for table in tables]
        self._write(comment("Before anything of the first pass is changed: it is there, all of it."))
        self._write(self._around.assertion(expected))
        self._write("\n")
        for number, table in enumerate(tables):
            total = self._totals[table.data.name]
            table.asserted = True
            table.final = (total.rows, total.checksum)
            if table.data.set_null:
                await self._write_links(table.data, f"pilotage_links_{len(self._totals)}_{number}")

    async def _write_links(self, data: TableData, links: str) -> None:
        columns = (*data.match_columns, *data.set_null)
        order = await read_order_columns(self._session, data.table)
        relation = f"pg_temp.{quote_identifier(links)}"
        statements: RowStatements | None = None

        async def take(line: bytes) -> None:
            nonlocal statements
            if statements is None:
                self._write(comment(f"Second pass over {visible_name(data.name)}"))
                self._write(
                    self._around.statement(
                        f"CREATE TEMPORARY TABLE {quote_identifier(links)} ON COMMIT DROP AS "  # noqa: S608 - quoted
                        f"SELECT {quote_identifiers(columns)} FROM {data.name} WITH NO DATA;\n"
                    )
                )
                statements = row_statements(
                    self._around.data_format, self._part.body.write, relation, columns
                )
            statements.row(line)

        await self._stream(second_pass_query(data, order), take)
        if statements is None:
            return
        statements.end()
        self._write(self._around.statement(f"ANALYZE {relation};\n"))
        self._write(self._around.statement(_update(data, relation)) + "\n")

    async def _stream(self, query: str, take: Callable[[bytes], Awaitable[None]]) -> None:
        lines = CopyLines()

        async def sink(piece: bytes) -> None:
            for line in lines.take(piece):
                await take(line)
            self._on_bytes(len(piece))

        # Otherwise the source's lock table would have to hold every table until the last file is written.
        async with releasing_locks(self._session):
            encoding = text_encoding(self._around.encoding)
            await self._session.copy_out_query(query, sink=sink, encoding=encoding)
        lines.end()

    def _write(self, text: str) -> None:
        self._part.body.write(text.encode())

    # --- parts -----------------------------------------------------------------------------------------

    @property
    def _is_full(self) -> bool:
        return self._part.body.size >= self._split_bytes

    def _new_part(self) -> _Part:
        return _Part(Body(self._folder / f"{part_name(self._name, len(self._files))}{_ROWS}{_PARTIAL}"))

    def _part_table(self, data: TableData) -> PartTable:
        """Return the table's place in the current part, which it gets where it has none yet."""
        total = self._totals.setdefault(data.name, _Total(data))
        return self._part.tables.setdefault(
            data.name,
            PartTable(data=data, earlier_rows=total.rows, earlier_file=total.last_file),
        )

    async def _next_part(self) -> None:
        await self._end_part(part_name(self._name, len(self._files)), ())
        self._part = self._new_part()

    async def _end_part(self, name: str, sequences: tuple[CatalogSequence | ExtensionSequence, ...]) -> None:
        part, tables = self._part, tuple(self._part.tables.values())
        for table in tables:
            self._totals[table.data.name].last_file = name
        path = self._folder / name
        partial = path.with_name(name + _PARTIAL)
        self._partial.append((partial, path))
        size, sha256 = await asyncio.to_thread(
            write_part,
            partial,
            head=head(self._around, name, tables, deferred=part.deferred, dropped=part.dropped),
            body=part.body,
            tail=tail(self._around, tables, dropped=part.dropped, sequences=sequences),
        )
        self._files.append(
            WrittenFile(
                name=name,
                tables=tuple(
                    WrittenTable(
                        table=table.data.table,
                        columns=table.data.columns,
                        rows=table.rows,
                        checksum=table.checksum,
                        earlier_rows=table.earlier_rows,
                        extension=table.data.extension,
                        condition=table.data.condition,
                    )
                    for table in tables
                ),
                bytes=size,
                sha256=sha256,
            )
        )

    async def finish(self, sequences: tuple[CatalogSequence | ExtensionSequence, ...]) -> WrittenData:
        """End the last part, and give all files their names."""
        split = bool(self._files)
        await self._end_part(part_name(self._name, len(self._files)) if split else self._name, sequences)
        while self._partial:
            partial, path = self._partial[0]
            partial.replace(path)
            del self._partial[0]
        return WrittenData(
            files=tuple(self._files),
            tables=tuple(
                WrittenTable(
                    table=total.data.table,
                    columns=total.data.columns,
                    rows=total.rows,
                    checksum=total.checksum,
                    extension=total.data.extension,
                    condition=total.data.condition,
                )
                for total in self._totals.values()
            ),
            sequences=sequences,
        )

    def discard(self) -> None:
        """Remove what has no name of its own yet; nothing where all is finished."""
        self._part.body.close()
        self._part.body.path.unlink(missing_ok=True)
        for partial, _ in self._partial:
            partial.unlink(missing_ok=True)


def _update(data: TableData, links: str) -> str:
    """Return the statement that sets what the first pass left NULL."""
    assignments = ", ".join(
        f"{quote_identifier(column)} = links.{quote_identifier(column)}" for column in data.set_null
    )
    types = {column.name: column.type for column in data.table.columns}
    conditions = " AND ".join(_equal(column, types[column]) for column in data.match_columns)
    only = "" if data.table.kind is TableKind.PARTITIONED else "ONLY "
    return (
        f"UPDATE {only}{data.name} AS loaded SET {assignments} "  # noqa: S608 - names are quoted
        f"FROM {links} AS links WHERE {conditions};\n"
    )


def _equal(column: str, column_type: str) -> str:
    """Return the comparison of a key's column, which no search_path may have a say in.

    Types of users and extensions, whose names have a schema before them, may keep their operators anywhere.
    Both sides have the same text, since both were read from it.
    """
    cast = "::pg_catalog.text" if "." in column_type else ""
    name = quote_identifier(column)
    return f"loaded.{name}{cast} = links.{name}{cast}"
