"""The stage of the demo: a source server with the hotel's database, and an empty target."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.demo.hotel import create_hotel, create_hotel_roles
from pilotage.errors import ProgramMissingError
from pilotage.programs import Installation
from pilotage.servers import EmbeddedServer

DATABASE = "hotel"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DemoServers:
    """Two running servers.

    Attributes:
        source, target: their ``hotel`` databases; make them with :func:`fill`.
    """

    source: ConnectionParameters
    target: ConnectionParameters
    administration: tuple[ConnectionParameters, ConnectionParameters]


@contextlib.contextmanager
def demo_servers(
    installations: Sequence[Installation], *, source_major: int, target_major: int
) -> Iterator[DemoServers]:
    """Start both servers and stop them, and remove their files, at the end.

    Raises:
        ProgramMissingError: no server of that major version is at hand.
        ServerStartError: one did not start.
    """
    chosen = [_server_of(installations, major) for major in (source_major, target_major)]
    with contextlib.ExitStack() as stack:
        starting: list[Future[EmbeddedServer]] = []
        try:
            with ThreadPoolExecutor(2) as threads:
                starting += [threads.submit(EmbeddedServer.start, installation) for installation in chosen]
        finally:
            # Whichever started is stopped at the end, also where the other did not start, or after Ctrl-C.
            for started in starting:
                if started.exception() is None:
                    stack.enter_context(started.result())
        source, target = (started.result() for started in starting)
        yield DemoServers(
            source=source.parameters(DATABASE),
            target=target.parameters(DATABASE),
            administration=(source.parameters(), target.parameters()),
        )


def _server_of(installations: Sequence[Installation], major: int) -> Installation:
    having = [installation for installation in installations if installation.has_server]
    for installation in having:
        if installation.major == major:
            return installation
    found = ", ".join(installation.version for installation in having) or "none"
    raise ProgramMissingError(
        f"no PostgreSQL {major} server is at hand (found: {found}); "
        "run pip install 'pilotage[embedded]', or name another version"
    )


async def _require_vector(session: Session) -> None:
    known = "SELECT count(*) > 0 FROM pg_catalog.pg_available_extensions WHERE name = 'vector'"
    if not await session.value(known):
        raise ProgramMissingError(
            f"the PostgreSQL {session.version_num // 10000} server at hand has no pgvector, which the demo's "
            "database needs; name another version, such as 16 or 18 of pip install 'pilotage[embedded]'"
        )


async def fill(servers: DemoServers) -> None:
    """Create both databases, the source's with everything in it and the target's empty.

    Raises:
        ProgramMissingError: a server has no pgvector, which the hotel's database needs.
    """
    for administration in servers.administration:
        async with connect(administration) as session:
            await _require_vector(session)
            await session.run(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
    async with connect(servers.source) as session:
        await create_hotel(session)
    # A hotel's own roles are its server's, not its database's, and no archive of a database brings roles.
    async with connect(servers.target) as session:
        await create_hotel_roles(session)
