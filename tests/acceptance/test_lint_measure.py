"""What fixes gain is measured on the database: figures where there are some, reasons else, and no trace."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.lint import chosen_rules, lint_database, measuring_policies
from pilotage.lint.measuring import measure_fixes
from pilotage.model.lint import Linting, Measurement, Proof
from pilotage.model.scope import Scope
from tests.acceptance.test_lint import command
from tests.servers_at_hand import Databases, run_psql

Dump = Callable[[ConnectionParameters], str]

APPLICATION = """
DO $$ BEGIN CREATE ROLE measured_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE lint_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE FUNCTION uid() RETURNS int LANGUAGE plpgsql STABLE
    AS $$ BEGIN RETURN nullif(pg_catalog.current_setting('app.user', true), '')::int; END $$;
CREATE TABLE person (id int PRIMARY KEY);
INSERT INTO person SELECT generate_series(1, 500);
CREATE TABLE message (id int PRIMARY KEY, person int, flag bool, body text);
INSERT INTO message SELECT i, i % 500 + 1, i % 3 = 0, repeat('x', 50) FROM generate_series(1, 20000) AS i;
CREATE TABLE found (LIKE message INCLUDING ALL); INSERT INTO found TABLE message;
CREATE INDEX ON found (person);
CREATE TABLE several (LIKE message INCLUDING ALL); INSERT INTO several TABLE message;
CREATE TABLE few (LIKE message INCLUDING ALL); INSERT INTO few SELECT * FROM message LIMIT 10;
CREATE TABLE bare (LIKE message INCLUDING ALL);
CREATE TABLE put (LIKE message INCLUDING ALL); INSERT INTO put SELECT * FROM message LIMIT 10;
CREATE POLICY own ON message FOR SELECT USING (person = uid());
CREATE POLICY more ON message FOR INSERT WITH CHECK (person = uid());
CREATE POLICY own ON found USING (person = uid());
CREATE POLICY a ON several USING (flag); CREATE POLICY b ON several FOR SELECT USING (person = 7);
CREATE POLICY own ON few USING (person = uid());
CREATE POLICY own ON bare USING (person = uid());
CREATE POLICY own ON put FOR INSERT WITH CHECK (person = uid());
DO $$ DECLARE each text; BEGIN
    FOREACH each IN ARRAY ARRAY['message', 'found', 'several', 'few', 'bare', 'put'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', each);
        EXECUTE format('GRANT ALL ON %I TO measured_user', each);
    END LOOP;
END $$;
CREATE TABLE visit (id int PRIMARY KEY, person int REFERENCES person, page text, at date);
INSERT INTO visit SELECT i, i % 500 + 1, repeat('x', 50) FROM generate_series(1, 20000) AS i;
CREATE INDEX one ON visit (at); CREATE INDEX two ON visit (at);
CREATE TABLE event (id int, person int REFERENCES person) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10000) PARTITION BY RANGE (id);
CREATE TABLE event_11 PARTITION OF event_1 FOR VALUES FROM (0) TO (10000);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10000) TO (20000);
INSERT INTO event SELECT i, i % 500 + 1 FROM generate_series(1, 19999) AS i;
CREATE TABLE nothing (id int PRIMARY KEY, person int REFERENCES person);
VACUUM ANALYZE;
"""

RULES = ("auth_rls_initplan", "multiple_permissive_policies", "unindexed_foreign_keys", "duplicate_index")

FREES = "what gets cheaper is writing, and nothing is written here; on disk, it frees"


def of_tables(linting: Linting) -> dict[tuple[str, str], Measurement]:
    return {
        (finding.metadata["name"], finding.metadata.get("policy_name", finding.name)): finding.fix.measured
        for finding in linting.findings
        if finding.fix is not None and finding.fix.measured is not None
    }


def speeds_of(measured: Measurement) -> tuple[int, bool]:
    """Return the rows of a measurement whose figures agree, and whether it says how many times as fast."""
    speeds = measured.speeds
    assert speeds is not None, measured
    assert speeds.rows_per_second_before == pytest.approx(speeds.rows / speeds.seconds_before, rel=0.05)
    assert speeds.rows_per_second_after == pytest.approx(speeds.rows / speeds.seconds_after, rel=0.05)
    assert (speeds.times is None) == (measured.doubt is not None)
    return speeds.rows, speeds.times is not None


@pytest.mark.parametrize("major", [18, 15])
def test_each_fix_has_a_figure_or_a_reason(
    new_database: Databases, schema_dump: Dump, data_dump: Dump, tmp_path: Path, major: int
) -> None:
    database = new_database(major, sql=APPLICATION)
    before = schema_dump(database), data_dump(database)
    rules = [word for rule in RULES for word in ("-r", rule)]
    printed = command(database.redacted_uri(), *rules, "--measure", "--json", folder=tmp_path)
    assert (printed.returncode, printed.stderr) == (1, "")
    found = of_tables(msgspec.json.decode(printed.stdout, type=Linting))
    assert (schema_dump(database), data_dump(database)) == before

    as_user = "as role measured_user, one tenant, one user"
    message = found.pop(("message", "own"))
    assert speeds_of(message)[0] == 20_000
    assert message.what == f"reading all 20,000 rows of public.message {as_user}"
    several = found.pop(("several", "multiple_permissive_policies"))
    assert speeds_of(several)[0] == 20_000
    for table in ("visit", "event"):
        key = found.pop((table, "unindexed_foreign_keys"))
        assert speeds_of(key)[0] == 20
        assert key.what.startswith(f"looking up which rows of public.{table}, of ")
    few = found.pop(("few", "own"))
    assert speeds_of(few) == (10, False)
    assert few.doubt == "too few rows to tell: the table has fewer than 1,000"
    freed = found.pop(("visit", "duplicate_index"))
    assert freed.what.startswith(f"{FREES} ")
    assert {key: measured.what for key, measured in found.items()} == {
        ("message", "more"): "its policies decide about writing, and nothing is written here",
        ("put", "own"): "its policies decide about writing, and nothing is written here",
        ("bare", "own"): "table public.bare has no rows",
        (
            "found",
            "own",
        ): "for role measured_user, one tenant, one user, the server finds the rows of public.found "
        "by an index, and does not look at each",
        ("nothing", "unindexed_foreign_keys"): "table public.nothing has no rows to look up",
    }


def test_text_and_files_tell_what_was_measured(new_database: Databases, tmp_path: Path) -> None:
    dsn = new_database(18, sql=APPLICATION).redacted_uri()
    rule = ("-r", "duplicate_index")
    printed = command(dsn, *rule, "--measure", "--fix", "fixes", folder=tmp_path)
    assert f"    not measured: {FREES} " in printed.stdout
    assert f"\n-- Not measured: {FREES} " in (tmp_path / "fixes" / "fixes.sql").read_text()
    refused = command(dsn, *rule, "--measure", "--no-proof", "--fix", "other", folder=tmp_path)
    assert refused.returncode == 2
    assert "--measure tries fixes, and --no-proof tries nothing; leave one of them out" in refused.stderr


async def test_where_nothing_can_be_changed_it_says_so(new_database: Databases) -> None:
    database = new_database(18, sql=APPLICATION)
    run_psql(database, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO lint_reader")
    reader = dataclasses.replace(database, user="lint_reader")
    key = ("unindexed_foreign_keys",)
    linting = await found_in(database, *key)
    by_reader = of_tables(await measure_fixes(reader, linting))
    assert {each.what for each in by_reader.values()} == {
        f"only the owner of table public.{table} may create an index on it"
        for table in ("visit", "event", "nothing")
    }
    proved = as_proved(await found_in(database, "auth_rls_initplan"))
    of_reader = of_tables(await measure_fixes(reader, proved))
    assert of_reader["message", "own"].what == "permission denied for table message"
    async with connect(database) as other, other.transaction():
        await other.run("LOCK TABLE public.visit IN ROW EXCLUSIVE MODE")
        used = of_tables(await measure_fixes(database, linting))
        assert used["visit", key[0]].what == (
            "the table was in use for 2 s, or another that is read with it at that moment"
        )
        assert used["event", key[0]].speeds is not None
    run_psql(database, 'ALTER DATABASE :"DBNAME" SET default_transaction_read_only = on')
    assert {each.what for each in of_tables(await measure_fixes(database, linting)).values()} == {
        "nothing can be changed on trial: the database or the role is read-only"
    }


SLOW = """
DO $$ BEGIN CREATE ROLE measured_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE FUNCTION slow() RETURNS int LANGUAGE plpgsql STABLE
    AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN 1; END $$;
CREATE TABLE one (id int); INSERT INTO one VALUES (1);
ALTER TABLE one ENABLE ROW LEVEL SECURITY; GRANT ALL ON one TO measured_user;
CREATE POLICY p ON one USING (id = slow());
"""


async def test_what_is_interrupted_or_takes_too_long_leaves_nothing(
    new_database: Databases, schema_dump: Dump
) -> None:
    database = new_database(18, sql=SLOW)
    before = schema_dump(database)
    linting = await found_in(database, "auth_rls_initplan")
    proved = as_proved(linting)
    async with connect(database) as watching:
        task = asyncio.create_task(measure_fixes(database, proved))
        await locked(watching)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert schema_dump(database) == before
        task = asyncio.create_task(measure_fixes(database, proved))
        await watching.value("SELECT pg_terminate_backend($1)", await locked(watching))
        assert "the connection was lost" in of_tables(await task)["one", "p"].what
        assert schema_dump(database) == before
        assert await watching.value(LOCKED) is None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring_policies, "LONGEST", 0.01)
        assert of_tables(await measure_fixes(database, proved))["one", "p"].what == (
            "reading the only row of public.one as role measured_user, nothing set, takes more than 0.01 s"
        )


LOCKED = """
SELECT pid FROM pg_locks
WHERE relation = to_regclass('public.one') AND mode = 'AccessExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def locked(session: Session) -> int:
    """Wait until somebody has changed the policy, and return who."""
    async with asyncio.timeout(20):
        while (pid := await session.value(LOCKED)) is None:
            await asyncio.sleep(0.01)
        return int(pid)


def as_proved(linting: Linting) -> Linting:
    """Return what was found, with all fixes as if they had been tried."""
    replace = msgspec.structs.replace
    proof = Proof(proved=True, reason="not asked for here")
    return replace(
        linting,
        findings=tuple(
            replace(finding, fix=replace(finding.fix, proof=proof)) if finding.fix is not None else finding
            for finding in linting.findings
        ),
    )


async def found_in(database: ConnectionParameters, rule: str) -> Linting:
    async with connect(database) as session:
        return await lint_database(session, Scope(), chosen_rules((rule,), ()))
