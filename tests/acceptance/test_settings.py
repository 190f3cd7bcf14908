"""Settings are tried on the servers before a run, and the memory of a build is what pgvector takes."""

from __future__ import annotations

import dataclasses
import re
from importlib import resources

import pytest

from pilotage.catalog.queries import Queries
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import UsageError
from pilotage.execute import Limits
from pilotage.migrate import migrate
from pilotage.model.plan import Plan
from pilotage.model.preflight import End, Problem, Severity
from pilotage.model.scope import Scope
from pilotage.model.settings import GivenSettings, SessionSettings
from pilotage.preflight import hold_examination
from pilotage.servers import EmbeddedServer
from pilotage.settings import choose_settings
from pilotage.settings.choice import ServerFacts
from pilotage.settings.vector_builds import VectorIndex
from tests import servers_at_hand
from tests.servers_at_hand import Clusters, Databases, run_psql


@dataclasses.dataclass(frozen=True)
class TwoAtOnce:
    jobs: int = 2
    index_jobs: int = 2


async def planned(source: ConnectionParameters, target: ConnectionParameters) -> Plan:
    async with hold_examination(
        source, target, scope=Scope(), installations=servers_at_hand.installations(), jobs=2, orphans=None
    ) as examination:
        return examination.ready()[1]


async def chosen(
    source: Session, target: Session, plan: Plan, given: GivenSettings | None = None
) -> SessionSettings:
    return await choose_settings(source, target, plan, TwoAtOnce(), given or GivenSettings())


@pytest.mark.parametrize("major", [15, 18])
async def test_sessions_have_what_was_chosen(major: int, new_database: Databases) -> None:
    servers_at_hand.require_server(major)
    here = new_database(
        major, sql="CREATE TABLE t (id int PRIMARY KEY); CREATE MATERIALIZED VIEW v AS TABLE t;"
    )
    there = new_database(major, "target")
    plan = await planned(here, there)
    async with connect(here) as source, connect(there) as target:
        settings = await chosen(source, target, plan)
        assert await target.value("SHOW synchronous_commit") == "on"  # nothing stays set

        for session, end in ((source, End.SOURCE), (target, End.TARGET)):
            await session.run(settings.sql_for(end))
            for setting in settings.of(end):
                has = await session.value(
                    "SELECT setting || coalesce(unit, '') FROM pg_settings WHERE name = $1", setting.name
                )
                wanted = {"2s": "2000ms"}.get(setting.value, setting.value)
                assert re.sub("[a-z]+$", "", has) == re.sub("[a-z]+$", "", wanted) or has == wanted
    names = {setting.name for setting in settings.of(End.TARGET)}
    assert {"maintenance_work_mem", "work_mem", "client_connection_check_interval"} <= names
    assert ("transaction_timeout" in names) == (major >= 17)


@pytest.mark.servers(18)
async def test_a_silent_session_is_kept_alive_over_tcp() -> None:
    with EmbeddedServer.start(servers_at_hand.require_server(18), port=0) as server:
        for parameters, seconds in ((server.parameters(), "60"), (server.socket_parameters(), "0")):
            async with connect(parameters) as session:
                assert await session.value("SHOW tcp_keepalives_idle") == seconds


@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_every_server_answers_what_is_asked(major: int, new_database: Databases) -> None:
    servers_at_hand.require_server(major)
    queries = Queries(resources.files("pilotage.settings") / "queries")
    async with connect(new_database(major, sql="CREATE TABLE t (id int PRIMARY KEY)")) as session:
        (facts,) = await session.records(queries.text("server", major), ServerFacts, ["jit", "no_such"])
        indexes = await session.records(queries.text("vector_indexes", major), VectorIndex, ["public"])
    assert facts.known == ("jit",)
    assert facts.maintenance_work_mem == 64 * 1024**2
    assert facts.shared_buffers >= 128 * 1024
    assert facts.workers == 8
    assert indexes == ()


@pytest.mark.servers(18)
async def test_they_are_chosen_within_the_snapshot_that_is_held(new_database: Databases) -> None:
    here, there = new_database(18, sql="CREATE TABLE t (id int)"), new_database(18, "target")
    plan = await planned(here, there)
    async with connect(here) as source, connect(there) as target, source.transaction(READ_ONLY):
        before = await source.value("SELECT pg_current_snapshot()::text")
        with pytest.raises(UsageError):
            await chosen(source, target, plan, GivenSettings(source=(("work_mem", "plenty"),)))
        assert await source.value("SELECT pg_current_snapshot()::text") == before
        assert not target.in_transaction


@pytest.mark.servers(18)
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("wrok_mem", "4MB", "--set-target: .* knows no setting named wrok_mem, and nothing was changed"),
        ("plainly.unknown", "4MB", "knows no setting named plainly.unknown"),
        ("work_mem", "plenty", "does not take work_mem=plenty: invalid value for parameter"),
        ("shared_buffers", "1GB", "does not take shared_buffers=1GB: .* without restarting the server"),
    ],
)
async def test_what_the_server_does_not_take_is_refused_before_the_run(
    name: str, value: str, message: str, new_database: Databases
) -> None:
    here, there = new_database(18), new_database(18, "target")
    plan = await planned(here, there)
    async with connect(here) as source, connect(there) as target:
        with pytest.raises(UsageError, match=message):
            await chosen(source, target, plan, GivenSettings(target=((name, value),)))


@pytest.mark.servers(18)
async def test_what_the_role_may_not_set_is_refused(clusters: Clusters, new_database: Databases) -> None:
    here, there = new_database(18), new_database(18, "target")
    plan = await planned(here, there)
    run_psql(clusters.get(18, "target").parameters(), "CREATE ROLE settings_user LOGIN PASSWORD 'x';")
    try:
        as_user = dataclasses.replace(there, user="settings_user", password="x")
        async with connect(here) as source, connect(as_user) as target:
            await chosen(source, target, plan)
            with pytest.raises(UsageError, match="permission denied to set parameter"):
                await chosen(source, target, plan, GivenSettings(target=(("wal_compression", "pglz"),)))
    finally:
        run_psql(clusters.get(18, "target").parameters(), "DROP ROLE settings_user;")


@pytest.mark.servers(18)
async def test_memory_is_the_machines_where_the_server_is_on_it(new_database: Databases) -> None:
    here, there = new_database(18), new_database(18, "target")
    async with connect(here) as source, connect(there) as target:
        settings = await chosen(source, target, await planned(here, there))
    assert "free on the target's machine" in settings.memory_from
    assert settings.cores >= 1


VALUES = {
    "vector": "(SELECT array_agg(random()) FROM generate_series(1, 96) WHERE i > 0)::vector(96)",
    "halfvec": "(SELECT array_agg(random()) FROM generate_series(1, 96) WHERE i > 0)::halfvec(96)",
    "bit": "(SELECT string_agg(round(random())::int::text, '')"
    " FROM generate_series(1, 96) WHERE i > 0)::bit(96)",
    "sparsevec": "(SELECT array_agg(CASE WHEN random() < 0.3 THEN 1 + random() ELSE 0 END)"
    " FROM generate_series(1, 96) WHERE i > 0)::vector(96)::sparsevec",
}
CLASSES = {
    "vector": "vector_l2_ops",
    "halfvec": "halfvec_cosine_ops",
    "bit": "bit_hamming_ops",
    "sparsevec": "sparsevec_l2_ops",
}


@pytest.mark.parametrize(
    ("major", "type_", "m"),
    [(16, "vector", 16), (18, "vector", 5), (18, "halfvec", 16), (18, "bit", 24), (18, "sparsevec", 16)],
)
async def test_as_much_of_a_graph_fits_as_was_estimated(
    major: int, type_: str, m: int, new_database: Databases
) -> None:
    """Against the number in the server's notice, of a build with less memory than it needs."""
    servers_at_hand.require_server(major)
    here = new_database(
        major,
        sql=f"""
        CREATE EXTENSION vector;
        CREATE TABLE items (id int, e {type_}(96));
        INSERT INTO items SELECT i, {VALUES[type_]} FROM generate_series(1, 1600) AS i;
        INSERT INTO items SELECT i, NULL FROM generate_series(1, 400) AS i;
        SET max_parallel_maintenance_workers = 0;
        CREATE INDEX items_e ON items USING hnsw (e {CLASSES[type_]}) WITH (m = {m}, ef_construction = 50);
        ANALYZE items;
        """,
    )
    there = new_database(major, "target")
    plan = await planned(here, there)
    async with connect(here) as source, connect(there) as target:
        (build,) = (await chosen(source, target, plan)).builds
        assert build.fits
        told: list[str] = []
        source._connection.add_log_listener(lambda _, message: told.append(str(message)))
        # The least that a server takes.
        fitting = 1024 * 1024
        await source.run(
            f"SET max_parallel_maintenance_workers = 0; SET maintenance_work_mem = '{fitting // 1024}kB'"
        )
        await source.run("REINDEX INDEX public.items_e")
        found = re.search(r"maintenance_work_mem after (\d+) tuples", "".join(told))
        assert found is not None
        await source.run(f"SET maintenance_work_mem = '{build.given // 1024 + 1}kB'")
        told.clear()
        await source.run("REINDEX INDEX public.items_e")
        assert told == []

    graph = build.needed - 5 * 1024**2
    assert graph / 1600 == pytest.approx(fitting / int(found[1]), rel=0.2)


@pytest.mark.servers(18)
async def test_ivfflat_is_given_what_it_asks_for(new_database: Databases) -> None:
    here = new_database(
        18,
        sql=f"""
        CREATE EXTENSION vector;
        CREATE TABLE items (id int, e vector(96));
        INSERT INTO items SELECT i, {VALUES["vector"]} FROM generate_series(1, 3000) AS i;
        CREATE INDEX items_e ON items USING ivfflat (e vector_l2_ops) WITH (lists = 500);
        """,
    )
    there = new_database(18, "target")
    plan = await planned(here, there)
    async with connect(here) as source, connect(there) as target:
        (build,) = (await chosen(source, target, plan)).builds
        await source.run(f"SET maintenance_work_mem = '{build.needed // 1024}kB'")
        await source.run("REINDEX INDEX public.items_e")
        await source.run(f"SET maintenance_work_mem = '{build.needed * 8 // 10 // 1024}kB'")
        with pytest.raises(Exception, match="memory required is"):
            await source.run("REINDEX INDEX public.items_e")


@pytest.mark.servers(18)
async def test_a_build_that_has_too_little_memory_is_told_before_the_run(new_database: Databases) -> None:
    here = new_database(
        18,
        sql=f"""
        CREATE EXTENSION vector;
        CREATE TABLE items (id int, e vector(96));
        INSERT INTO items SELECT i, {VALUES["vector"]} FROM generate_series(1, 300) AS i;
        CREATE INDEX items_e ON items USING hnsw (e vector_l2_ops);
        """,
    )
    there = new_database(18, "target")

    async def told(given: GivenSettings) -> list[Problem]:
        async with hold_examination(
            here,
            there,
            scope=Scope(),
            installations=servers_at_hand.installations(),
            jobs=2,
            orphans=None,
            given=given,
        ) as examination:
            return [each for each in examination.preflight.problems if each.check == "index-memory"]

    assert await told(GivenSettings()) == []
    (problem,) = await told(GivenSettings(target=(("maintenance_work_mem", "2MB"),)))
    assert problem.severity is Severity.WARNING
    assert problem.object == "index public.items_e"
    assert problem.found.startswith("its build with hnsw takes about 6 MB, and has 2 MB")
    assert problem.remedy.startswith("--set-target maintenance_work_mem=6MB")
    with pytest.raises(UsageError, match="knows no setting named wrok_mem"):
        await told(GivenSettings(source=(("wrok_mem", "2MB"),)))


@pytest.mark.servers(18)
async def test_the_sessions_of_a_migration_have_them(new_database: Databases) -> None:
    """A materialized view tells: it is filled by one of the run's sessions."""
    names = ("work_mem", "maintenance_work_mem", "synchronous_commit", "jit", "statement_timeout")
    columns = ", ".join(f"current_setting('{name}') AS {name}" for name in names)
    here = new_database(18, sql=f"CREATE MATERIALIZED VIEW seen AS SELECT {columns};")
    there = new_database(18, "target")
    run_psql(there, f"ALTER DATABASE {there.database} SET maintenance_work_mem = '1MB';")

    await migrate(
        here,
        there,
        scope=Scope(),
        installations=servers_at_hand.installations(),
        limits=Limits(jobs=1, index_jobs=1),
        on_event=lambda _event: None,
        settings=GivenSettings(target=(("work_mem", "11MB"), ("statement_timeout", "10min"))),
    )

    assert run_psql(there, "TABLE seen") == "11MB|64MB|off|off|10min\n"
