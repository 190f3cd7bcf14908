"""While a fix is tried, an application goes on: what it waits for is given back, and no deadlock comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.lint import holding
from pilotage.lint.evidence import Trial
from pilotage.lint.for_migration import choose_fixes, try_fixes
from pilotage.lint.measuring import measure_fixes
from pilotage.lint.proof import prove
from pilotage.lint.proving import with_proofs
from pilotage.model.lint import Fix, Linting, Proof
from pilotage.model.names import QualifiedName
from tests.acceptance.test_lint_measure import found_in
from tests.servers_at_hand import Databases, run_psql

# What a function reads is locked when it runs, and not before. The event trigger, as a migration tool's own
# might, runs while the changed table is locked: here until somebody else holds the table that the function
# reads, so that the trial meets it in use for certain.
APPLICATION = """
DO $$ BEGIN CREATE ROLE locks_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE member (tenant text PRIMARY KEY);
CREATE TABLE note (id int PRIMARY KEY, tenant text REFERENCES member);
INSERT INTO member VALUES ('one'), ('two');
INSERT INTO note SELECT i, CASE WHEN i % 2 = 0 THEN 'one' ELSE 'two' END FROM generate_series(1, 2000) AS i;
CREATE FUNCTION is_known(text) RETURNS bool LANGUAGE plpgsql STABLE
    AS $$ BEGIN RETURN EXISTS (SELECT FROM public.member WHERE tenant = $1); END $$;
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON note TO locks_user
    USING (tenant = current_setting('app.tenant', true) AND is_known(tenant));
GRANT SELECT ON note, member TO locks_user;
ANALYZE;
"""
UNTIL_MEMBER_IS_HELD = """
CREATE FUNCTION until_held() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    WHILE NOT EXISTS (
        SELECT FROM pg_catalog.pg_locks
        WHERE relation = 'public.member'::regclass AND mode = 'AccessExclusiveLock' AND granted
    ) LOOP
        PERFORM pg_catalog.pg_sleep(0.01);
    END LOOP;
END $$;
CREATE EVENT TRIGGER until_held ON ddl_command_start WHEN TAG IN ('ALTER POLICY')
    EXECUTE FUNCTION until_held();
"""
BARE = "tenant = current_setting('app.tenant', true) AND public.is_known(tenant)"
WRAPPED = "tenant = (SELECT current_setting('app.tenant', true)) AND public.is_known(tenant)"
TRIAL = Trial(
    fix=Fix(
        statements=(f"ALTER POLICY p ON public.note USING ({WRAPPED})",),
        reverse=(f"ALTER POLICY p ON public.note USING ({BARE})",),
    ),
    table=QualifiedName("public", "note"),
    calls=("current_setting('app.tenant', true)",),
    same_by_form=True,
)
IS_LOCKED = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = $1::regclass AND mode = 'AccessExclusiveLock' "
    "AND granted AND pid <> pg_backend_pid())"
)


@contextlib.asynccontextmanager
async def application(database: ConnectionParameters) -> AsyncIterator[asyncio.Task[int]]:
    """Hold one table once the other is locked, then read that; the other's rows are its result."""

    async def reads() -> int:
        async with connect(database) as session:
            while not await session.value(IS_LOCKED, "public.note"):
                await asyncio.sleep(0.01)
            async with session.transaction():
                await session.run("LOCK TABLE public.member IN ACCESS EXCLUSIVE MODE NOWAIT")
                rows = int(await session.value("SELECT count(*) FROM public.note"))
                held.set()
                await over.wait()
                return rows

    held, over = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(reads())
    try:
        yield task
        # It has read what we had locked, and it still holds what we need.
        await asyncio.wait((task, asyncio.create_task(held.wait())), return_when=asyncio.FIRST_COMPLETED)
        assert held.is_set(), task
    finally:
        over.set()
        await asyncio.wait((task,))


async def test_who_waits_for_a_table_that_is_tried_ends_in_no_deadlock(new_database: Databases) -> None:
    database = new_database(18, sql=APPLICATION)
    (free,) = await prove(database, (TRIAL,))
    assert free.proved, free
    run_psql(database, UNTIL_MEMBER_IS_HELD)
    async with application(database) as reads:
        (tried,) = await prove(database, (TRIAL,))
    assert await reads == 2000
    assert tried == Proof(proved=False, reason="a table that trying it reads was in use by somebody else")


async def found_with_proof(database: ConnectionParameters) -> Linting:
    linting = await found_in(database, "auth_rls_initplan")
    fixes = [finding.fix for finding in linting.findings if finding.fix is not None]
    assert len(fixes) == 1
    return with_proofs(linting, {fix: Proof(proved=True, reason="so it was") for fix in fixes})


async def test_who_waits_for_a_table_that_is_measured_ends_in_no_deadlock(new_database: Databases) -> None:
    database = new_database(18, sql=APPLICATION)
    linting = await found_with_proof(database)
    run_psql(database, UNTIL_MEMBER_IS_HELD)
    async with application(database) as reads:
        (finding,) = (await measure_fixes(database, linting)).findings
    assert await reads == 2000
    assert finding.fix is not None
    assert finding.fix.measured is not None
    assert finding.fix.measured.what == (
        "the table was in use for 2 s, or another that is read with it at that moment"
    )


async def test_a_plan_waits_for_no_other_table_while_it_tries(new_database: Databases) -> None:
    database = new_database(18, sql=APPLICATION)
    chosen, _ = choose_fixes(await found_with_proof(database))
    # The server locks what it prints the name of.
    run_psql(database, "CREATE POLICY q ON note AS RESTRICTIVE USING (EXISTS (SELECT FROM member))")
    async with connect(database) as session, session.transaction():
        await session.run("LOCK TABLE public.member IN ACCESS EXCLUSIVE MODE")
        tries = asyncio.create_task(try_fixes(database, chosen))
        waited = 0
        while not tries.done():
            waited += await session.value(
                "SELECT count(*) FROM pg_locks WHERE relation = 'public.member'::regclass AND NOT granted "
                "AND waitstart < clock_timestamp() - interval '1 second'"
            )
        taken, left = await tries
    assert waited == 0
    assert not taken
    assert [each.reason for each in left] == [
        "its table was in use for 2 s, or another that is needed with it at that moment; plan again later"
    ]


async def test_a_role_that_is_read_only_is_asked_once(new_database: Databases) -> None:
    database = new_database(18, sql=APPLICATION)
    chosen, _ = choose_fixes(await found_with_proof(database))
    run_psql(database, 'ALTER DATABASE :"DBNAME" SET default_transaction_read_only = on')
    said = await prove(database, (TRIAL, TRIAL))
    assert [(each.proved, each.reason) for each in said] == [(False, holding.IS_READ_ONLY)] * 2
    taken, left = await try_fixes(database, chosen)
    assert not taken
    assert {each.reason for each in left} == {holding.IS_READ_ONLY}


@pytest.mark.parametrize(
    ("rule", "held", "wanted"),
    [
        ("auth_rls_initplan", "ACCESS SHARE", "AccessExclusiveLock"),
        ("unindexed_foreign_keys", "ROW EXCLUSIVE", "ShareLock"),
    ],
)
async def test_who_waits_for_a_table_that_is_to_be_measured_holds_nothing(
    new_database: Databases, rule: str, held: str, wanted: str
) -> None:
    """Of two that had read it before, each would wait for the other, and one would be ended."""
    database = new_database(18, sql=APPLICATION)
    linting = await (
        found_in(database, rule) if rule == "unindexed_foreign_keys" else found_with_proof(database)
    )
    async with connect(database) as session:
        await session.run(f"BEGIN; LOCK TABLE public.note IN {held} MODE")
        measures = asyncio.create_task(measure_fixes(database, linting))
        waiting = None
        while waiting is None and not measures.done():
            waiting = await session.value(
                "SELECT max(pid) FROM pg_locks WHERE relation = 'public.note'::regclass AND mode = $1 "
                "AND NOT granted",
                wanted,
            )
        holding_of_ours = await session.value(
            "SELECT count(*) FROM pg_locks WHERE pid = $1 AND granted "
            "AND relation IN ('public.note'::regclass, 'public.member'::regclass)",
            waiting,
        )
        await session.run("ROLLBACK")
    (finding,) = (await measures).findings
    assert waiting is not None
    assert holding_of_ours == 0
    assert finding.fix is not None
    assert finding.fix.measured is not None
    assert finding.fix.measured.speeds is not None
