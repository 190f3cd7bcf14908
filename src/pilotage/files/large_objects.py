"""The files of large objects: each part creates some, fills them, and gives them to their owners.

Consumed by whoever generates the files. Contents pass through piece by piece and are never all in memory; an
object that is larger than a file may be goes on in the next one. Each part has a rollback file of its own,
which removes what the part has created. Statements are the same in both formats: no COPY fills large objects.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from pilotage.catalog.large_objects import large_objects_between, pieces_of, read_pieces
from pilotage.connection import Session
from pilotage.errors import RefusedError
from pilotage.files.blocks import do_block, fragment, text_array, values_list
from pilotage.files.header import header, how_to_run
from pilotage.files.parts import Body, part_name, unwritable, write_part
from pilotage.files.script import BEGIN_STATEMENT, COMMIT, END_STATEMENT, OPEN, comment, statement
from pilotage.files.settings import file_settings
from pilotage.model.choices import DataFormat
from pilotage.model.large_objects import LargeObject
from pilotage.model.names import quote_literal
from pilotage.model.plan import LoadLargeObjects
from pilotage.model.roles import RoleChoices
from pilotage.model.visible import visible_text
from pilotage.plan.large_objects import create_statements, description_statements

CHUNK = 256 * 1024
"""Bytes of contents in one statement, and in what is hashed at once; in digits they are twice as many."""

OBJECTS_PER_PART = 1000
"""A transaction locks each object that it gives an owner or that it removes, and the server's lock table has
room for about 6,400 by default."""

_PARTIAL = ".part"
_ROWS = ".rows"


class WrittenLargeObjects(msgspec.Struct, frozen=True, kw_only=True):
    """One part as it was written.

    Attributes:
        name: the file's.
        created: how many large objects it creates.
        completed: OIDs of those that are complete when it has run, as an array's literal.
        number, content_bytes, digest: of those that are complete.
        bytes, sha256: of the file.
    """

    name: str
    created: int
    completed: str
    number: int
    content_bytes: int
    digest: str
    bytes: int
    sha256: str


class WrittenUndo(msgspec.Struct, frozen=True, kw_only=True):
    """The rollback file of one part, and of parts behind it that only go on with its last object.

    Attributes:
        name: with its folder.
        undoes: names of the parts.
        bytes, sha256: of the file.
    """

    name: str
    undoes: tuple[str, ...]
    bytes: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LargeObjectFiles:
    """What is the same for every part.

    Attributes:
        name: of the planned file.
        rollback: of its rollback file, with the folder.
        encoding: the source database's.
        guard: the block that refuses an unfit server.
    """

    name: str
    rollback: str
    folder: Path
    data_format: DataFormat
    split_bytes: int
    roles: RoleChoices
    encoding: str
    guard: str

    def statement(self, sql: str) -> str:
        """Return a statement as it stands in a file of this format."""
        return statement(sql, self.data_format)

    def opening(self, title: str, sections: Iterable[tuple[str, Iterable[str]]]) -> str:
        """Return how a file begins: its header, its transaction, its settings and its first guard."""
        text = OPEN[self.data_format] + header(title=title, sections=sections)
        text += self.statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        text += "".join(map(self.statement, file_settings(self.encoding, self.roles.role))) + "\n"
        return text + comment("Is this the right database?") + self.statement(self.guard)


async def write_large_object_files(
    session: Session,
    steps: Sequence[LoadLargeObjects],
    files: LargeObjectFiles,
    on_bytes: Callable[[int], None] = lambda _: None,
) -> tuple[tuple[WrittenLargeObjects, ...], tuple[WrittenUndo, ...]]:
    """Write all large objects of the source into one file, or into several, with those that remove them.

    Args:
        session: inside the transaction in which the catalog was read.
        steps: by OID.
        on_bytes: called with the bytes of contents that were read.

    Raises:
        RefusedError: a file cannot be written, or the role may not read a large object.
        ServerError: the source refused.
    """
    writer = None
    try:
        writer = _Writer(files)
        for step in steps:
            async for objects in large_objects_between(session, step.first, step.last):
                async for each, at, content in _contents(session, objects):
                    await writer.take(each, at, content)
                    on_bytes(len(content))
        return await writer.finish()
    except OSError as error:
        raise unwritable(files.folder / files.name, error) from error
    finally:
        if writer is not None:
            writer.discard()


async def _contents(
    session: Session, objects: Sequence[LargeObject]
) -> AsyncIterator[tuple[LargeObject, int, bytes]]:
    """Yield each object's pieces with where they begin; of an empty object one empty piece."""
    waiting = deque(objects)
    for each in objects:
        if each.bytes is None:
            raise RefusedError(
                f"large object {each.oid} may not be read by this role; connect to the source as a "
                "superuser, or have SELECT on it granted"
            )
    for pieces in pieces_of(objects, CHUNK):
        for piece, content in zip(pieces, await read_pieces(session, pieces), strict=True):
            while waiting[0].oid != piece.oid:
                yield waiting.popleft(), 0, b""
            each = waiting[0]
            if piece.at + piece.length == each.bytes:
                waiting.popleft()
            yield each, piece.at, content
    for each in waiting:
        yield each, 0, b""


class _Digest:
    """The SHA-256 of the SHA-256 of each piece, as the server computes it in the files' blocks."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def take(self, content: bytes) -> None:
        self._digest.update(hashlib.sha256(content).digest())

    def __str__(self) -> str:
        return self._digest.hexdigest()


class _Part:
    """A part while it is being written."""

    def __init__(self, body: Body, continued: tuple[int, int] | None) -> None:
        self.body = body
        self.continued = continued
        self.created: list[int] = []
        self.ranges: list[tuple[str, ...]] = []
        self.described: list[str] = []
        self.completed: list[int] = []
        self.content_bytes = 0
        self.digests = hashlib.sha256()
        self._held = 0

    def write(self, files: LargeObjectFiles, oid: int, at: int, content: bytes) -> None:
        """Write a piece, in the statement begun or in another."""
        if self._held + len(content) > CHUNK:
            self.end_statement(files)
        row = f"({oid}, {at}::pg_catalog.int8, '{content.hex()}')"
        begin = (
            "SELECT pg_catalog.count(pg_catalog.lo_put(loid::pg_catalog.oid, at, "
            "pg_catalog.decode(content, 'hex'))) FROM (VALUES\n"
        )
        first = BEGIN_STATEMENT[files.data_format] + begin
        self.body.write((",\n" if self._held else first).encode() + row.encode())
        self._held += len(content)

    def end_statement(self, files: LargeObjectFiles) -> None:
        """End the statement that was begun, if any was."""
        if self._held:
            last = "\n) AS piece (loid, at, content)" + END_STATEMENT[files.data_format]
            self.body.write(last.encode())
        self._held = 0


class _Writer:
    """Takes pieces in order, and ends a part when it is large enough."""

    def __init__(self, files: LargeObjectFiles) -> None:
        self._files = files
        self._written: list[WrittenLargeObjects] = []
        self._undone: list[WrittenUndo] = []
        self._renamed: list[tuple[Path, Path]] = []
        self._part = self._new_part(None)
        self._whole = _Digest()
        self._ranged = _Digest()
        self._begins = 0
        # What the next rollback file removes: of each object, the states in which parts leave it.
        self._undo: list[tuple[int, list[str]]] = []
        self._undoes: list[str] = []

    async def take(self, each: LargeObject, at: int, content: bytes) -> None:
        """Write one piece; an object's come one after another."""
        full = self._part.body.size >= self._files.split_bytes
        if at == 0:
            if full or len(self._part.created) >= OBJECTS_PER_PART:
                await self._next_part(None)
            await self._begin(each)
        elif full:
            self._end_range(each, at)
            await self._next_part((each.oid, at))
            self._ranged, self._begins = _Digest(), at
        if content:
            self._part.write(self._files, each.oid, at, content)
        self._whole.take(content)
        self._ranged.take(content)
        if at + len(content) == each.bytes:
            self._complete(each)

    async def _begin(self, each: LargeObject) -> None:
        if self._undo and not self._part.created:
            # What earlier parts have created is complete.
            await self._end_undo(part_name(_base(self._files.rollback), len(self._undone)))
        self._whole, self._ranged, self._begins = _Digest(), _Digest(), 0
        self._part.created.append(each.oid)
        self._undo.append((each.oid, []))

    def _end_range(self, each: LargeObject, until: int) -> None:
        row = (
            f"{each.oid}::pg_catalog.int8",
            f"{self._begins}::pg_catalog.int8",
            f"{until}::pg_catalog.int8",
        )
        self._part.ranges.append((*row, quote_literal(str(self._ranged))))
        self._undo[-1][1].append(f"{until} {self._whole}")

    def _complete(self, each: LargeObject) -> None:
        self._end_range(each, each.bytes or 0)
        self._part.described += description_statements(each, self._files.roles)
        self._part.completed.append(each.oid)
        self._part.content_bytes += each.bytes or 0
        self._part.digests.update(str(self._whole).encode())

    # --- parts -----------------------------------------------------------------------------------------

    def _new_part(self, continued: tuple[int, int] | None) -> _Part:
        name = part_name(self._files.name, len(self._written))
        return _Part(Body(self._files.folder / f"{name}{_ROWS}{_PARTIAL}"), continued)

    async def _next_part(self, continued: tuple[int, int] | None) -> None:
        await self._end_part(part_name(self._files.name, len(self._written)))
        self._part = self._new_part(continued)

    async def _end_part(self, name: str) -> None:
        part, files = self._part, self._files
        part.end_statement(files)
        path = files.folder / name
        partial = path.with_name(name + _PARTIAL)
        self._renamed.append((partial, path))
        size, sha256 = await asyncio.to_thread(
            write_part, partial, head=self._head(name), body=part.body, tail=self._tail()
        )
        self._undoes.append(name)
        self._written.append(
            WrittenLargeObjects(
                name=name,
                created=len(part.created),
                completed="{" + ",".join(map(str, part.completed)) + "}",
                number=len(part.completed),
                content_bytes=part.content_bytes,
                digest=part.digests.hexdigest(),
                bytes=size,
                sha256=sha256,
            )
        )

    def _head(self, name: str) -> str:
        part, files = self._part, self._files
        lines = [f"{len(part.created):,} that it creates"] if part.created else []
        if part.continued is not None:
            lines.append(
                f"{part.continued[0]}, which an earlier part has begun, from byte {part.continued[1]:,} on"
            )
        text = files.opening(
            f"{name}: large objects",
            [
                ("Large objects:", lines),
                how_to_run(name),
                ("Taken back by:", (files.rollback,)),
                ("One transaction: all of it happens, or nothing.", ()),
            ],
        )
        hint = (
            "If this file has run, go on with the next. Otherwise run the rollback files of large objects, "
            "or start with an empty target."
        )
        oid, at = part.continued or ("NULL", "NULL")
        text += files.statement(
            do_block(
                "guard_large_objects",
                oids=quote_literal("{" + ",".join(map(str, part.created)) + "}"),
                continued=f"{oid}::pg_catalog.oid",
                bytes=f"{at}::pg_catalog.int8",
                rollback=quote_literal(hint),
            )
        )
        if part.created:
            text += "".join(map(files.statement, create_statements(part.created)))
        return text + "\n"

    def _tail(self) -> str:
        part, files = self._part, self._files
        text = "\n" + comment("What this file brought is there, all of it and unchanged.")
        if part.ranges:
            ranges = values_list(part.ranges, "loid, begins, until, digest", "expectation")
            digest = _digest("expected.loid::pg_catalog.oid", "expected.begins", "expected.until")
            text += files.statement(do_block("assert_large_objects", ranges=ranges, digest=digest))
        if part.described:
            text += "\n" + comment("Owners, privileges and comments.")
            text += "".join(map(files.statement, part.described))
        return text + "\n" + COMMIT[files.data_format]

    async def _end_undo(self, name: str) -> None:
        """Write the rollback file of the parts since the one before."""
        files, relative = self._files, f"{Path(self._files.rollback).parent}/{name}"
        undoes = tuple(self._undoes)
        rows = [(f"{oid}::pg_catalog.int8", text_array(states)) for oid, states in self._undo]
        nothing = ("NULL::pg_catalog.int8", text_array(()))
        objects = values_list(rows or [nothing], "loid, states", "listed")
        text = files.opening(
            f"{relative}: undoes {', '.join(undoes)}",
            [
                (
                    "Removes the large objects that were created there, where they hold what was brought,",
                    ("and no others.",),
                ),
                (
                    "Run it after the rollback files before it. It may run at any time, and again:",
                    how_to_run(relative)[1],
                ),
                ("One transaction: all of it happens, or nothing.", ()),
            ],
        )
        text += files.statement(
            do_block(
                "undo_large_objects",
                objects=objects,
                digest=_digest("expected.loid::pg_catalog.oid", "0", "found_bytes"),
                file=quote_literal(visible_text(undoes[0])),
            )
        )
        content = (text + "\n" + COMMIT[files.data_format]).encode()
        path = files.folder / relative
        partial = path.with_name(path.name + _PARTIAL)
        self._renamed.append((partial, path))
        await asyncio.to_thread(partial.write_bytes, content)
        self._undone.append(
            WrittenUndo(
                name=relative, undoes=undoes, bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
            )
        )
        self._undo, self._undoes = [], []

    async def finish(self) -> tuple[tuple[WrittenLargeObjects, ...], tuple[WrittenUndo, ...]]:
        """End the last part, and give all files their names."""
        name, undo = self._files.name, _base(self._files.rollback)
        await self._end_part(part_name(name, len(self._written)) if self._written else name)
        await self._end_undo(part_name(undo, len(self._undone)) if self._undone else undo)
        for partial, path in self._renamed:
            partial.replace(path)
        self._renamed = []
        return tuple(self._written), tuple(self._undone)

    def discard(self) -> None:
        """Remove what has no name of its own yet; nothing where all is finished."""
        self._part.body.close()
        self._part.body.path.unlink(missing_ok=True)
        for partial, _ in self._renamed:
            partial.unlink(missing_ok=True)


def _base(rollback: str) -> str:
    return Path(rollback).name


def _digest(oid: str, begin: str, end: str) -> str:
    return fragment("large_object_digest", oid=oid, begin=begin, end=end, chunk=str(CHUNK))


def validation_of(parts: Sequence[WrittenLargeObjects], *, so_far: str) -> str:
    """Return the block that notes what is there of the large objects that these parts have brought."""
    rows = (
        (
            quote_literal(visible_text(part.name)),
            quote_literal(f"large objects of {visible_text(part.name)}"),
            f"{quote_literal(part.completed)}::pg_catalog.oid[]",
            f"{part.number}::pg_catalog.int8",
            f"{part.content_bytes}::pg_catalog.int8",
            quote_literal(part.digest),
        )
        for part in parts
        if part.number
    )
    return do_block(
        "validate_large_objects",
        parts=values_list(rows, "data_file, label, oids, number, bytes, digest", "listed"),
        digest=_digest("loid", "0", "object_bytes"),
        so_far=so_far,
    )
