"""Sessions on real servers: getting in, being turned away, losing the line, relaying rows."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, Session, connect, open_session, resolve_dsn
from pilotage.errors import ConnectionFailedError, ConnectionLostError, ProgramMissingError, ServerError
from pilotage.inspect import hold_inspection
from pilotage.model.names import QualifiedName
from pilotage.model.scope import Scope
from pilotage.programs import find_installations
from pilotage.programs.encryption import can_encrypt
from pilotage.servers import EmbeddedServer
from tests.servers_at_hand import Clusters, Databases, require_server, run_psql, server_installations

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def guarded() -> Iterator[EmbeddedServer]:
    """A server that asks for a password over TCP and has few connections."""
    server = EmbeddedServer.start(
        require_server(18),
        port=0,
        password=PASSWORD,
        settings={"max_connections": "8", "superuser_reserved_connections": "3", "reserved_connections": "0"},
    )
    yield server
    server.stop()


async def refusal(parameters: ConnectionParameters) -> str:
    """What the user reads when a connection is refused; and nothing of ours stays behind."""
    with pytest.raises(ConnectionFailedError) as caught:
        await open_session(parameters)
    assert PASSWORD not in repr(caught.value) + repr(caught.value.__cause__)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return str(caught.value)


# --- getting in ------------------------------------------------------------------------------------------


async def test_a_session_has_the_settings_that_dumps_need(new_database: Databases) -> None:
    parameters = replace(
        new_database(18), settings={"search_path": "public", "work_mem": "12MB", "a.b": "x y\\z"}
    )
    async with connect(parameters) as session:
        assert session.version_num // 10000 == 18
        assert await session.value("SELECT pg_catalog.pg_backend_pid()") == session.backend_pid
        for name, value in {
            "search_path": "",
            "statement_timeout": "0",
            "transaction_timeout": "0",
            "row_security": "off",
            "extra_float_digits": "3",
            "work_mem": "12MB",
            "a.b": "x y\\z",
            "application_name": "pilotage",
            "client_encoding": "UTF8",
        }.items():
            assert await session.value("SELECT pg_catalog.current_setting($1)", name) == value
    assert session.is_closed()


async def test_every_server_version_accepts_our_settings(clusters: Clusters) -> None:
    for major in server_installations():
        async with connect(clusters.get(major).parameters()) as session:
            assert session.version_num // 10000 == major


async def test_a_resolved_dsn_opens_over_tcp_and_over_the_socket(guarded: EmbeddedServer) -> None:
    def resolve(dsn: str, **environment: str) -> ConnectionParameters:
        return resolve_dsn(dsn, environment=environment, os_user="postgres", socket_directories=())

    uri = f"postgresql://postgres:correct%20horse@127.0.0.1:{guarded.port}/postgres?sslmode=prefer"
    local = guarded.socket_parameters().redacted_uri()
    for parameters in (
        resolve(uri),
        resolve("env:SOURCE", SOURCE=uri),
        resolve(f"hostaddr=127.0.0.1 port={guarded.port} password='{PASSWORD}'"),
        resolve(local),
        resolve("", **guarded.socket_parameters().libpq_environment()),
    ):
        async with connect(parameters) as session:
            assert await session.value("SELECT pg_catalog.current_database()") == "postgres"


def test_programs_follow_the_parameters_whatever_the_names(new_database: Databases) -> None:
    parameters = new_database(18, name="a=b 'c' \\d \"é\"")
    parameters = replace(parameters, settings={"work_mem": "12MB", "a.b": " x\ty\\z\n"})
    seen = run_psql(
        parameters,
        "SELECT current_database(), current_setting('work_mem'), current_setting('a.b') = E' x\\ty\\\\z\\n';",
    )
    assert seen == "a=b 'c' \\d \"é\"|12MB|t\n"


# --- being turned away -----------------------------------------------------------------------------------


async def test_a_wrong_or_missing_password_is_told_apart(guarded: EmbeddedServer) -> None:
    wrong = await refusal(replace(guarded.parameters(), password=PASSWORD + "!"))
    assert "refused this user or password" in wrong
    assert "password authentication failed" in wrong
    missing = await refusal(replace(guarded.parameters(), password=None))
    assert "without a password" in missing
    assert "PGPASSWORD" in missing


async def test_an_unknown_role_and_an_unknown_database_are_named(
    guarded: EmbeddedServer, clusters: Clusters
) -> None:
    role = await refusal(replace(clusters.get(18).parameters(), user="no such"))
    assert 'role "no such" does not exist' in role
    database = await refusal(guarded.parameters("no such"))
    assert 'database "no such" does not exist; create it' in database


async def test_too_many_connections_are_told(guarded: EmbeddedServer) -> None:
    async with connect(guarded.parameters()) as session:
        await session.run("CREATE ROLE plain LOGIN PASSWORD 'correct horse'")
    plain = replace(guarded.parameters(user="plain"), password=PASSWORD)
    async with contextlib.AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(connect(plain))
        message = await refusal(plain)
    assert "no connection left for us" in message
    assert "max_connections" in message


async def test_nobody_listening_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nobody = ConnectionParameters(host="127.0.0.1", port=port, user="u", database="d", password=PASSWORD)
    assert f"u@127.0.0.1:{port}/d: cannot connect: Connection refused" in await refusal(nobody)
    by_name = await refusal(replace(nobody, host="localhost"))
    assert "cannot connect: Connection refused; check host and port" in by_name
    unknown = await refusal(replace(nobody, host="no-such-host.invalid"))
    assert 'the host name "no-such-host.invalid" cannot be looked up' in unknown
    no_socket = await refusal(replace(nobody, host=str(tmp_path)))
    assert f"no server listens on the socket {tmp_path}/.s.PGSQL.{port}" in no_socket


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listener(answer: Answer, **ssl: str) -> AsyncIterator[ConnectionParameters]:
    """Something that listens and is not PostgreSQL."""
    finished = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        done = asyncio.Event()
        finished.append(done)
        try:
            with contextlib.suppress(ConnectionError):
                await answer(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            done.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield ConnectionParameters(
            host="127.0.0.1",
            port=port,
            user="u",
            database="d",
            password=PASSWORD,
            ssl=ssl,
            connect_timeout=0.5,
        )
    finally:
        server.close()
        for done in finished:
            await done.wait()


async def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()  # until the client gives up


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def _http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def _ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await reader.read()


async def _starting_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # What a postmaster sends while it recovers; real servers leave that state too soon to be caught.
    await reader.read(1)
    body = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
    writer.write(b"E" + (len(body) + 4).to_bytes(4, "big") + body)
    await writer.drain()


@pytest.mark.parametrize(
    ("answer", "ssl", "says"),
    [
        (_silence, "prefer", "no answer as a PostgreSQL server gives within 0.5 s"),
        (_silence, "disable", "no answer as a PostgreSQL server gives within 0.5 s"),
        (_hang_up, "prefer", "closed the connection"),
        (_hang_up, "disable", "closed the connection"),
        (_http, "prefer", "not a PostgreSQL server"),
        (_http, "require", "does not offer TLS"),
        (_http, "disable", "check that it is a PostgreSQL server"),
        (_ssh, "prefer", "not a PostgreSQL server"),
        (_ssh, "disable", "no answer as a PostgreSQL server gives"),
        (_starting_up, "disable", "the database system is starting up); try again in a moment"),
    ],
)
async def test_a_server_that_is_none_is_told(answer: Answer, ssl: str, says: str) -> None:
    async with listener(answer, sslmode=ssl) as parameters:
        with pytest.raises(ConnectionFailedError) as caught:
            await open_session(parameters)
    assert says in str(caught.value)
    assert PASSWORD not in repr(caught.value) + repr(caught.value.__cause__)


async def test_a_server_without_tls_is_refused_where_tls_is_asked_for(guarded: EmbeddedServer) -> None:
    message = await refusal(replace(guarded.parameters(), ssl={"sslmode": "require"}))
    assert "does not offer TLS, which sslmode asks for" in message


async def test_a_certificate_that_is_not_there_is_named(guarded: EmbeddedServer, tmp_path: Path) -> None:
    missing = str(tmp_path / "root.crt")
    ssl = {"sslmode": "verify-full", "sslrootcert": missing}
    message = await refusal(replace(guarded.parameters(), ssl=ssl))
    assert f"sslrootcert names the file {missing}, which does not exist" in message


@pytest.fixture(scope="module")
def with_tls() -> Iterator[EmbeddedServer]:
    """A server whose self-signed certificate is for localhost."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl at hand to make a certificate with")
    server = EmbeddedServer.start(require_server(17), port=0, password=PASSWORD)
    try:
        owner = server.data.stat()
        files = [server.data / "server.crt", server.data / "server.key"]
        certificate = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        into = ["-days", "2", "-out", str(files[0]), "-keyout", str(files[1])]
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *certificate, *into],
            check=True,
            capture_output=True,
        )
        for file in files:
            file.chmod(0o600)
            os.chown(file, owner.st_uid, owner.st_gid)
        run_psql(server.socket_parameters(), "ALTER SYSTEM SET ssl = on;\nSELECT pg_reload_conf();\n")
        yield server
    finally:
        server.stop()


async def test_rows_go_by_under_tls(with_tls: EmbeddedServer) -> None:
    """More of them than sockets hold, to a target that does not read at once, and to one that refuses."""
    encrypted = replace(with_tls.parameters(), host="localhost", ssl={"sslmode": "require"})
    made = (QualifiedName("public", "made"), ("id", "filler"))
    async with connect(encrypted) as source, connect(encrypted) as target, connect(encrypted) as other:
        await other.run("CREATE TABLE public.made (id int CHECK (id < 60000), filler text)")
        try:
            query = "SELECT n, repeat('x', 500) FROM generate_series(1, {}) AS n"
            async with other.transaction(), asyncio.timeout(60):
                await other.run("LOCK TABLE public.made IN SHARE MODE")
                told = 0

                def tell(count: int) -> None:
                    nonlocal told
                    told += count

                copying = asyncio.create_task(
                    source.copy_across(query.format(50_000), target, *made, binary=True, on_bytes=tell)
                )
                while told < 500_000:
                    await asyncio.sleep(0.01)
                assert told < 20_000_000
            async with asyncio.timeout(60):
                assert await copying == (50_000, 50_000)
                assert told > 50_000 * 500
                with pytest.raises(ServerError, match="violates check constraint"):
                    await source.copy_across(query.format(90_000), target, *made, binary=True, on_bytes=tell)
                assert await other.value("SELECT count(*) FROM public.made") == 50_000
                again = await source.copy_across(query.format(7), target, *made, binary=True, on_bytes=tell)
                assert again == (7, 7)
                for closed in (source, target):
                    await closed.close()
                    with pytest.raises(ConnectionLostError, match="the connection was lost"):
                        await source.copy_across(query.format(7), target, *made, binary=True, on_bytes=tell)
        finally:
            await other.run("DROP TABLE public.made")


async def test_tls_is_used_and_the_servers_certificate_checked(
    with_tls: EmbeddedServer, tmp_path: Path
) -> None:
    certificate = tmp_path / "root.crt"
    certificate.write_bytes((with_tls.data / "server.crt").read_bytes())
    localhost = replace(with_tls.parameters(), host="localhost")

    async def encrypted(parameters: ConnectionParameters) -> bool:
        async with connect(parameters) as session:
            encrypted = await session.value("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            assert isinstance(encrypted, bool)
            return encrypted

    trusted = {"sslmode": "verify-full", "sslrootcert": str(certificate)}
    async with asyncio.timeout(30):
        # The reload takes a moment to reach the postmaster.
        while not await encrypted(localhost):
            await asyncio.sleep(0.01)
    assert await encrypted(replace(localhost, ssl={"sslmode": "require"}))
    assert await encrypted(replace(localhost, ssl=trusted))
    assert not await encrypted(replace(localhost, ssl={"sslmode": "disable"}))
    assert not await encrypted(replace(with_tls.socket_parameters(), ssl={"sslmode": "verify-full"}))
    other_name = await refusal(replace(localhost, host="127.0.0.1", ssl=trusted))
    assert "certificate is not accepted: IP address mismatch" in other_name
    untrusted = await refusal(replace(localhost, ssl={"sslmode": "verify-full", "sslrootcert": "system"}))
    assert "certificate is not accepted: self-signed certificate" in untrusted
    assert "sslrootcert" in untrusted


async def test_an_encrypted_source_is_dumped_by_a_pg_dump_that_can_encrypt(with_tls: EmbeddedServer) -> None:
    required = replace(with_tls.parameters(), host="localhost", ssl={"sslmode": "require"})
    plain = [each for each in find_installations() if not can_encrypt(each.bin / "pg_dump")]
    assert plain, "the wheels of 18 are built without TLS"

    async with hold_inspection(required, Scope(), find_installations()) as inspection:
        assert inspection.archive.pg_dump_version.startswith("17.")
    with pytest.raises(ProgramMissingError, match="the connection is encrypted, and no new enough pg_dump"):
        async with hold_inspection(required, Scope(), plain):
            pass


# --- records ---------------------------------------------------------------------------------------------


class Colour(StrEnum):
    RED = "red"
    BLUE = "light blue"


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    record: QualifiedName
    colour: Colour
    big: int
    price: Decimal
    tags: tuple[str, ...]
    note: str | None


THINGS = """
SELECT json_build_object('schema', s, 'name', n) AS record, c AS colour, b AS big, p AS price, t AS tags,
       o AS note
FROM (VALUES
  ('pg_catalog', 'a"b\\€\t', 'red', 9223372036854775807, 1.10, ARRAY['x', '😀'], NULL),
  ($1::text, 'é', 'light blue', -9223372036854775808, 0, ARRAY[]::text[], E'\\n')
) AS v (s, n, c, b, p, t, o)
ORDER BY n DESC -- the last line may be a comment
"""


async def test_rows_become_records(new_database: Databases) -> None:
    async with connect(new_database(18)) as session:
        assert await session.records(THINGS, Thing, "public") == (
            Thing(
                record=QualifiedName("public", "é"),
                colour=Colour.BLUE,
                big=-(2**63),
                price=Decimal(0),
                tags=(),
                note="\n",
            ),
            Thing(
                record=QualifiedName("pg_catalog", 'a"b\\\\€\t'.replace("\\\\", "\\")),
                colour=Colour.RED,
                big=2**63 - 1,
                price=Decimal("1.10"),
                tags=("x", "😀"),
                note=None,
            ),
        )
        assert await session.records("SELECT 'no row' AS schema, 1 AS name WHERE false", QualifiedName) == ()


async def test_a_query_and_a_record_that_disagree_fail_at_once(new_database: Databases) -> None:
    async with connect(new_database(18)) as session:
        with pytest.raises(msgspec.ValidationError, match="missing required field `name`"):
            await session.records("SELECT 'a' AS schema", QualifiedName)
        with pytest.raises(msgspec.ValidationError, match="Expected `str`, got `null`"):
            await session.records("SELECT 'a' AS schema, NULL AS name", QualifiedName)


# --- refused statements, transactions, lost connections --------------------------------------------------


async def test_a_refused_statement_carries_the_servers_words(new_database: Databases) -> None:
    async with connect(new_database(18)) as session:
        with pytest.raises(ServerError, match="does not exist") as unknown:
            await session.value("SELECT 1 FROM public.hotel")
        assert str(unknown.value) == 'relation "public.hotel" does not exist'
        assert unknown.value.sqlstate == "42P01"
        with pytest.raises(ServerError) as raised:
            await session.run(
                "DO $$ BEGIN RAISE 'no' USING "
                "ERRCODE = 'PX001', DETAIL = 'the detail', HINT = 'the hint'; END $$"
            )
        error = raised.value
        assert (str(error), error.sqlstate, error.detail, error.hint) == (
            "no",
            "PX001",
            "the detail",
            "the hint",
        )
        assert "inline_code_block" in error.context
        assert await session.value("SELECT 1") == 1


async def test_a_transaction_is_kept_or_undone_as_a_whole(new_database: Databases) -> None:
    async with connect(new_database(18, sql="CREATE TABLE public.t (a int UNIQUE DEFERRABLE)")) as session:
        count = "SELECT count(*) FROM public.t"
        async with session.transaction():
            await session.run("INSERT INTO public.t VALUES (1)")
        with pytest.raises(RuntimeError, match="ours"):
            async with session.transaction():
                await session.run("INSERT INTO public.t VALUES (2)")
                raise RuntimeError("ours")
        with pytest.raises(ServerError) as at_commit:
            async with session.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ"):
                await session.run("SET CONSTRAINTS ALL DEFERRED; INSERT INTO public.t VALUES (1)")
        assert at_commit.value.sqlstate == "23505"
        with pytest.raises(ServerError) as swallowed:
            async with session.transaction():
                with contextlib.suppress(ServerError):
                    await session.run("SELECT 1/0")
        assert swallowed.value.sqlstate == "25P02"
        assert await session.value(count) == 1
        assert await session.run("COMMIT") == "COMMIT"


async def wait_until(session: Session, condition: str, *arguments: object) -> None:
    """Wait for what another session is going to do."""
    async with asyncio.timeout(30):
        while not await session.value(f"SELECT {condition}", *arguments):
            await asyncio.sleep(0.01)


ASLEEP = "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep')"
GONE = "NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)"
IDLE = "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'idle')"


async def test_a_connection_that_breaks_is_told_with_the_servers_last_words(new_database: Databases) -> None:
    parameters = new_database(18)
    async with connect(parameters) as watcher, connect(parameters) as session:
        running = asyncio.create_task(session.run("SELECT pg_sleep(600)"))
        await wait_until(watcher, ASLEEP, session.backend_pid)
        await watcher.value("SELECT pg_terminate_backend($1)", session.backend_pid)
        with pytest.raises(ConnectionLostError, match="terminating connection due to administrator command"):
            await running
        assert session.is_closed()
        with pytest.raises(ConnectionLostError, match="connection is closed"):
            await session.value("SELECT 1")


async def test_a_cancelled_task_leaves_no_statement_behind(new_database: Databases) -> None:
    parameters = new_database(18, sql="CREATE TABLE public.t ()")
    async with connect(parameters) as watcher:

        async def work(session: Session) -> None:
            async with session.transaction():
                await session.run("INSERT INTO public.t DEFAULT VALUES; SELECT pg_sleep(600)")

        session = await open_session(parameters)
        working = asyncio.create_task(work(session))
        await wait_until(watcher, ASLEEP, session.backend_pid)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        # The session is free again, and its transaction undone.
        assert await session.value("SELECT count(*) FROM public.t") == 0
        await wait_until(watcher, IDLE, session.backend_pid)
        await session.close()
        await wait_until(watcher, GONE, session.backend_pid)


async def test_two_tasks_on_one_session_are_a_defect_and_not_a_lost_connection(
    new_database: Databases,
) -> None:
    async with connect(new_database(18)) as session:
        both = await asyncio.gather(
            session.value("SELECT 1"), session.value("SELECT 2"), return_exceptions=True
        )
        assert both[0] == 1
        assert isinstance(both[1], Exception)
        assert not isinstance(both[1], ConnectionLostError)
        assert await session.value("SELECT 3") == 3


# --- relaying rows ---------------------------------------------------------------------------------------


async def relay(
    source: Session, target: Session, table: QualifiedName, columns: tuple[str, ...], *, binary: bool
) -> tuple[int, int]:
    """Copy a table from one session to another, one piece at a time; return the rows sent and received."""
    pieces = asyncio.Queue[bytes | None](maxsize=1)

    async def read() -> int:
        count = await source.copy_out(table, columns, sink=pieces.put, binary=binary)
        await pieces.put(None)
        return count

    async def received() -> AsyncIterator[bytes]:
        while (piece := await pieces.get()) is not None:
            yield piece

    reading = asyncio.create_task(read())
    try:
        count = await target.copy_in(table, columns, source=received(), binary=binary)
        return await reading, count
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


HOSTILE = QualifiedName('s"; --', 'a"b\\.')
TABLES = """
CREATE SCHEMA "s""; --";
CREATE TABLE "s""; --"."a""b\\." ("x y" int, "c""d" text, "É" timestamptz, f float8);
CREATE TABLE public.no_columns ();
CREATE TABLE public.big (id int PRIMARY KEY, filler text);
ALTER TABLE public.big ALTER filler SET STORAGE PLAIN;
"""
ROWS = r"""
INSERT INTO "s""; --"."a""b\." VALUES
  (1, E'\\.', 'infinity', 'NaN'), (2, NULL, '-infinity', '-0'),
  (3, '', NULL, 1e-300), (NULL, E'😀\n\t', NULL, NULL);
INSERT INTO public.no_columns SELECT FROM generate_series(1, 5);
"""


@pytest.mark.parametrize("binary", [True, False])
async def test_rows_arrive_as_they_left(
    new_database: Databases, data_dump: Callable[[ConnectionParameters], list[str]], binary: bool
) -> None:
    here, there = new_database(18, sql=TABLES + ROWS), new_database(18, "target", sql=TABLES)
    async with connect(here) as source, connect(there) as target:
        columns = ("f", "x y", 'c"d', "É")
        assert await relay(source, target, HOSTILE, columns, binary=binary) == (4, 4)
        nothing = QualifiedName("public", "no_columns")
        assert await relay(source, target, nothing, (), binary=binary) == (5, 5)
    assert data_dump(there) == data_dump(here)


BIG = QualifiedName("public", "big")
TAKEN = "INSERT INTO public.big VALUES (1, '');"
FILL_BIG = "INSERT INTO public.big SELECT i, repeat('x', 1000) FROM generate_series(1, 100000) AS i;"


async def test_memory_stays_flat_however_slow_the_target(new_database: Databases) -> None:
    here, there = new_database(18, sql=TABLES + FILL_BIG), new_database(18, "target", sql=TABLES)
    async with connect(here) as source, connect(there) as target, connect(there) as blocker:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        async with blocker.transaction():
            # The target waits for its lock before it reads a row: as slow as it gets.
            await blocker.run("LOCK TABLE public.big")
            copying = asyncio.create_task(relay(source, target, BIG, ("id", "filler"), binary=True))
            await wait_until(
                blocker,
                "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock')",
                target.backend_pid,
            )
            async with connect(here) as watcher:
                await wait_until(
                    watcher,
                    "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'ClientWrite')",
                    source.backend_pid,
                )
        assert await copying == (100000, 100000)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        # Kilobytes; 100 MB of rows went through.
        assert grown < 20_000


async def test_a_row_that_the_target_refuses_ends_the_copy_at_once(new_database: Databases) -> None:
    here = new_database(18, sql=TABLES + FILL_BIG)
    there = new_database(18, "target", sql=TABLES + TAKEN)
    async with connect(here) as source, connect(there) as target:

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"1\tagain\n" * 10000
                await asyncio.sleep(0)

        with pytest.raises(ServerError, match="duplicate key") as refused:
            await target.copy_in(BIG, ("id", "filler"), source=endless(), binary=False)
        assert refused.value.sqlstate == "23505"
        assert "COPY big, line 1" in refused.value.context

        with pytest.raises(ServerError, match="duplicate key"):
            await relay(source, target, BIG, ("id", "filler"), binary=True)
        # Both sides can go on.
        assert await source.value("SELECT count(*) FROM public.big") == 100000
        assert await target.value("SELECT count(*) FROM public.big") == 1


async def test_rows_that_are_not_wanted_any_more_leave_the_session_usable(new_database: Databases) -> None:
    async with connect(new_database(18)) as source:
        came = asyncio.Event()

        async def take(_: bytes) -> None:
            came.set()

        for moment in range(20):
            came.clear()
            receiving = asyncio.create_task(
                source.copy_out_query("SELECT repeat('x', 8000) FROM generate_series(1, 100000)", sink=take)
            )
            await came.wait()
            for _ in range(moment):
                await asyncio.sleep(0)
            receiving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await receiving
            assert await source.value("SELECT 1") == 1


async def test_a_refusal_does_not_wait_for_a_source_that_has_nothing_to_give(new_database: Databases) -> None:
    there = new_database(18, sql=TABLES + TAKEN)
    async with connect(there) as target:
        stopped = asyncio.Event()

        async def stalled() -> AsyncIterator[bytes]:
            try:
                yield b"1\tagain\n" * 20000
                await asyncio.Event().wait()
            finally:
                stopped.set()

        with pytest.raises(ServerError, match="duplicate key"):
            async with asyncio.timeout(30):
                await target.copy_in(BIG, ("id", "filler"), source=stalled(), binary=False)
        assert stopped.is_set()


async def test_a_source_that_fails_undoes_the_copy(new_database: Databases) -> None:
    async with connect(new_database(18, sql=TABLES)) as target:

        async def failing() -> AsyncIterator[bytes]:
            yield b"1\tone\n"
            raise RuntimeError("ours")

        with pytest.raises(RuntimeError, match="ours"):
            await target.copy_in(BIG, ("id", "filler"), source=failing(), binary=False)
        assert await target.value("SELECT count(*) FROM public.big") == 0


async def test_a_sink_that_fails_ends_the_copy(new_database: Databases) -> None:
    async with connect(new_database(18, sql=TABLES + FILL_BIG)) as source:

        async def failing(piece: bytes) -> None:
            raise RuntimeError("ours")

        with pytest.raises(RuntimeError, match="ours"):
            await source.copy_out(BIG, ("id",), sink=failing, binary=True)
        assert await source.value("SELECT 1") == 1


async def test_a_target_that_dies_while_we_wait_to_write_is_told(new_database: Databases) -> None:
    here, there = new_database(18, sql=TABLES + FILL_BIG), new_database(18, "target", sql=TABLES)
    async with connect(here) as source, connect(there) as target, connect(there) as blocker:
        async with blocker.transaction():
            await blocker.run("LOCK TABLE public.big")
            copying = asyncio.create_task(relay(source, target, BIG, ("id", "filler"), binary=True))
            async with connect(here) as watcher:
                await wait_until(
                    watcher,
                    "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'ClientWrite')",
                    source.backend_pid,
                )
            await blocker.value("SELECT pg_terminate_backend($1)", target.backend_pid)
            with pytest.raises(ConnectionLostError):
                async with asyncio.timeout(30):
                    await copying
        assert target.is_closed()
        assert await source.value("SELECT count(*) FROM public.big") == 100000


async def test_a_source_that_dies_in_the_middle_is_told(new_database: Databases) -> None:
    parameters = new_database(18, sql=TABLES + FILL_BIG)
    async with connect(parameters) as watcher, connect(parameters) as source:

        async def sink(piece: bytes) -> None:
            await watcher.value("SELECT pg_terminate_backend($1)", source.backend_pid)

        with pytest.raises(ConnectionLostError):
            await source.copy_out(BIG, ("id", "filler"), sink=sink, binary=True)
        assert source.is_closed()


async def test_a_cancelled_relay_leaves_both_sides_free(new_database: Databases) -> None:
    here, there = new_database(18, sql=TABLES + FILL_BIG), new_database(18, "target", sql=TABLES)
    async with connect(here) as source, connect(there) as target, connect(there) as blocker:
        async with blocker.transaction():
            await blocker.run("LOCK TABLE public.big")
            copying = asyncio.create_task(relay(source, target, BIG, ("id", "filler"), binary=True))
            async with connect(here) as watcher:
                await wait_until(
                    watcher,
                    "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'ClientWrite')",
                    source.backend_pid,
                )
            copying.cancel()
            with pytest.raises(asyncio.CancelledError):
                await copying
        async with asyncio.timeout(30):
            assert await source.value("SELECT count(*) FROM public.big") == 100000
            assert await target.value("SELECT count(*) FROM public.big") == 0


def _error(message: str) -> bytes:
    """Return what a server says when it ends a connection (protocol message ErrorResponse)."""
    fields = f"SFATAL\0VFATAL\0C57P01\0M{message}\0\0".encode()
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


@pytest.mark.servers(18)
async def test_a_connection_that_the_server_is_about_to_end_is_lost(new_database: Databases) -> None:
    """What the server says of its end may arrive some time before the end itself."""
    session = await open_session(new_database(18))
    await session.run("BEGIN")
    session._connection.protocol.data_received(_error("terminating connection"))

    with pytest.raises(ConnectionLostError, match="the server has ended it"):
        await session.run("SELECT 1")

    assert session.is_closed()
    assert session.backend_pid
    assert not session.in_transaction
    for again in (session.run("SELECT 1"), session.value("SELECT 1"), session.roll_back(), session.close()):
        with contextlib.suppress(ConnectionLostError):
            await again
