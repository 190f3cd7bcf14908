"""Inspection: everything a source is, read in one snapshot.

Joins the catalog and pg_dump's archive, so that both describe the same moment; consumed by planning. Rows are
read later, in the same snapshot, which lasts as long as the inspection is held.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from pilotage.archive import dump_schema
from pilotage.catalog import read_catalog
from pilotage.catalog.queries import query
from pilotage.catalog.scope import schemas_in_scope
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import export_snapshot
from pilotage.errors import RefusedError, first_error
from pilotage.journal.place import SCHEMA
from pilotage.journal.reading import is_passed_over
from pilotage.model.archive import Archive
from pilotage.model.catalog import Catalog, Schema
from pilotage.model.scope import Scope
from pilotage.programs import Installation, find_program
from pilotage.workspace import hold_folder


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a source was at the moment of its snapshot.

    Attributes:
        scope: as it was asked for.
        snapshot: others may join it while the inspection is held.
        session: reads in that snapshot, while the inspection is held and no longer.
    """

    catalog: Catalog
    archive: Archive
    scope: Scope
    snapshot: str
    session: Session = dataclasses.field(repr=False)


@contextlib.asynccontextmanager
async def hold_inspection(
    source: ConnectionParameters,
    scope: Scope,
    installations: Sequence[Installation],
    *,
    opened: Session | None = None,
) -> AsyncIterator[Inspection]:
    """Read the source and keep its snapshot for as long as the block lasts.

    Nothing is written to the source. The catalog is read while pg_dump runs.

    Args:
        installations: where pg_dump is looked for; the newest that is not older than the source is used.
        opened: a session at the source to read in, which is left open; one of its own by default.

    Raises:
        UsageError: the scope names schemas that the source does not have.
        RefusedError: the source cannot be read, or no pg_dump is new enough for it.
    """
    async with contextlib.nullcontext(opened) if opened is not None else connect(source) as session:
        pg_dump = find_program(
            "pg_dump",
            not_older_than=session.version_num // 10000,
            installations=installations,
            # What travels encrypted on our connection must not travel in plain text on pg_dump's.
            encrypting=session.is_encrypted,
        )
        async with export_snapshot(session) as snapshot:
            if scope.include or scope.exclude:
                # Before pg_dump, which would say of a schema that is not there what its pattern matches.
                existing = await session.records(query("schemas", session.version_num // 10000), Schema)
                schemas_in_scope(scope, existing, source.database)
            dumped = scope
            if not scope.include and await is_passed_over(session):
                dumped = Scope(exclude=(*scope.exclude, SCHEMA))
            with_standard_strings = await _with_standard_strings(session, source)
            with _dump_folder() as folder:
                try:
                    async with asyncio.TaskGroup() as both:
                        catalog = both.create_task(read_catalog(session, scope))
                        archive = both.create_task(
                            dump_schema(
                                with_standard_strings,
                                program=pg_dump,
                                output=folder / "schema.dump",
                                snapshot=snapshot,
                                scope=dumped,
                            )
                        )
                except ExceptionGroup as group:
                    raise first_error(group) from group
            yield Inspection(
                catalog=catalog.result(),
                archive=archive.result(),
                scope=scope,
                snapshot=snapshot,
                session=session,
            )


@contextlib.contextmanager
def _dump_folder() -> Iterator[Path]:
    """Make a folder for pg_dump's archive, which may hold passwords: for us alone, and gone afterwards."""
    with contextlib.ExitStack() as stack:
        try:
            temporary = Path(tempfile.gettempdir())
            folder = stack.enter_context(hold_folder(temporary, prefix="pilotage-dump-"))
        except OSError as error:
            raise RefusedError(
                f"no folder can be made for pg_dump's archive: {error}; set TMPDIR to one that can be written"
            ) from error
        yield folder


async def _with_standard_strings(session: Session, source: ConnectionParameters) -> ConnectionParameters:
    """Return the parameters for pg_dump, which writes an archive as its session reads strings.

    The setting is made only where the database or the role has another: not every pooler lets one be made.
    """
    name = "standard_conforming_strings"
    if await session.value("SELECT reset_val = 'on' FROM pg_catalog.pg_settings WHERE name = $1", name):
        return source
    return dataclasses.replace(source, settings={**source.settings, name: "on"})
