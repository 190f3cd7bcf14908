"""Any schema with any rows arrives exactly, by files that psql runs, and is taken back without a trace.

``pytest tests/acceptance/test_random_schemas.py --examples 5000`` tries that many, other ones each time.
``make test EXAMPLES=200``, as ``.ci/run`` has it, tries that many, always the same ones.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings

from pilotage.connection import ConnectionParameters, connect
from tests.database_digests import difference, digest_of
from tests.generated_files import forward_files, rollback_files, run_files, write_files
from tests.random_rows import rows_of
from tests.random_schemas import RandomSchema, creation_of
from tests.servers_at_hand import Databases
from tests.strategies import random_schemas

OWNER = "pilotage_drawn"
"""Owns what is drawn, so that one statement of 25 ms removes all of it; a new database takes 160 ms."""

BYSTANDERS = r"""
CREATE SCHEMA elsewhere;
CREATE TYPE elsewhere.mood AS ENUM ('calm');
CREATE TABLE elsewhere.ship_0 (id int PRIMARY KEY, feeling elsewhere.mood);
INSERT INTO elsewhere.ship_0 VALUES (1, 'calm');
CREATE TABLE public.unrelated (id serial PRIMARY KEY, ship int REFERENCES elsewhere.ship_0);
INSERT INTO public.unrelated (ship) VALUES (1), (NULL);
CREATE FUNCTION public.unrelated() RETURNS int LANGUAGE sql RETURN 1;
CREATE VIEW public.unrelated_view AS SELECT * FROM public.unrelated;
COMMENT ON TABLE public.unrelated IS 'not yours';
ALTER TABLE public.unrelated ENABLE ROW LEVEL SECURITY;
"""

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def source(new_database: Databases, runner: asyncio.Runner) -> Iterator[ConnectionParameters]:
    """A database in which all is created by a role of its own."""
    source = new_database(18, sql=f"CREATE ROLE {OWNER} SUPERUSER")
    yield source
    _run(runner, source, f"DROP OWNED BY {OWNER} CASCADE; DROP ROLE {OWNER}")


@pytest.mark.servers(18)
def test_any_schema_arrives_and_leaves_again(
    source: ConnectionParameters,
    new_database: Databases,
    schema_dump: Dump,
    data_dump: Rows,
    runner: asyncio.Runner,
    tmp_path: Path,
    pytestconfig: pytest.Config,
) -> None:
    empty, crowded = new_database(18), new_database(18, sql=BYSTANDERS)
    work = tmp_path / "work"
    work.mkdir()
    wanted, same = pytestconfig.getoption("examples"), pytestconfig.getoption("same_examples")
    blank = _digest(runner, empty)

    @settings(
        max_examples=wanted or same,
        # In CI a change is judged and not luck: the same examples each time. With --examples, new ones.
        derandomize=wanted is None,
        print_blob=wanted is not None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(random_schemas())
    def arrives_and_leaves_again(schema: RandomSchema) -> None:
        creation = creation_of(schema, rows_of(schema))
        note(f"{schema.configuration}\n{creation}")
        target, folder = crowded if schema.crowded else empty, tmp_path / "sql"
        _run(runner, source, f"DROP OWNED BY {OWNER} CASCADE;\nSET ROLE {OWNER};\n{creation}")
        before, expected = _digest(runner, target), _digest(runner, source)
        runner.run(write_files(source, folder, schema.configuration))
        try:
            run_files(target, forward_files(folder), cwd=work, apart=schema.apart)
            found = _digest(runner, target)
            # What the target held before is there still, and besides it exactly what the source holds.
            assert not difference(_besides(found, before), _besides(expected, blank))
            if schema.dumped and not schema.crowded:
                assert schema_dump(target) == schema_dump(source)
                assert data_dump(target) == data_dump(source)
            run_files(target, rollback_files(folder), cwd=work, apart=schema.apart)
            assert not difference(_digest(runner, target), before)
        finally:
            _run(runner, target, f"DROP OWNED BY {OWNER} CASCADE")
            shutil.rmtree(folder)
        assert not list(work.iterdir())

    arrives_and_leaves_again()


def _digest(runner: asyncio.Runner, parameters: ConnectionParameters) -> list[str]:
    async def digest() -> list[str]:
        async with connect(parameters) as session:
            return await digest_of(session)

    return runner.run(digest())


def _besides(lines: list[str], known: list[str]) -> list[str]:
    """Return the lines without those that are known, each taken away as often as it is known."""
    return sorted((Counter(lines) - Counter(known)).elements())


def _run(runner: asyncio.Runner, parameters: ConnectionParameters, sql: str) -> None:
    async def run() -> None:
        async with connect(parameters) as session:
            await session.run(sql)

    runner.run(run())
