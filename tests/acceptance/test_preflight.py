"""Preflight: everything that would stop a migration is found at once, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters
from pilotage.execute import Limits
from pilotage.migrate import Migration, migrate
from pilotage.model.choices import OrphanChoice
from pilotage.model.plan import HazardKind
from pilotage.model.preflight import Preflight, Problem, Severity
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome
from pilotage.preflight import hold_examination
from tests import servers_at_hand
from tests.servers_at_hand import Databases, run_psql


async def preflight(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    include: tuple[str, ...] = (),
    jobs: int = 2,
    orphans: OrphanChoice | None = OrphanChoice.STOP,
) -> Preflight:
    async with hold_examination(
        source,
        target,
        scope=Scope(include=include),
        installations=servers_at_hand.installations(),
        jobs=jobs,
        orphans=orphans,
    ) as examination:
        return examination.preflight


def found_by(check: str, preflight: Preflight) -> list[Problem]:
    return [problem for problem in preflight.problems if problem.check == check]


@pytest.mark.servers(18)
async def test_nothing_is_in_the_way_of_a_good_pair(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")

    found = await preflight(source, new_database(18, "target"))

    assert found.stops == ()
    # The servers of the tests do without, to be fast.
    assert {problem.object for problem in found.warnings} == {"setting fsync", "setting full_page_writes"}
    assert [each.check for each in found.not_checked] == ["disk"]


# --- orphans ---------------------------------------------------------------------------------------------

CHAIN = """
CREATE TABLE port (id int PRIMARY KEY);
CREATE TABLE ship (id int PRIMARY KEY, home int CONSTRAINT home REFERENCES port);
CREATE TABLE sailor (id int PRIMARY KEY, ship int CONSTRAINT sails REFERENCES ship, name text);
CREATE TABLE letter (id int PRIMARY KEY, sailor int CONSTRAINT writes REFERENCES sailor);
INSERT INTO port VALUES (1);
SET session_replication_role = replica;
INSERT INTO ship VALUES (1, 1), (2, 77), (3, NULL), (4, 78);
INSERT INTO sailor VALUES (1, 1, 'Anna'), (2, 2, E'tab\\tand\\\\'), (3, 99, 'lost');
INSERT INTO letter VALUES (1, 1), (2, 2), (3, 3);
"""


@pytest.mark.servers(18)
async def test_orphans_are_counted_with_examples_before_anything_is_copied(new_database: Databases) -> None:
    found = await preflight(new_database(18, sql=CHAIN), new_database(18, "target"))

    sails, home = found_by("orphans", found)
    assert home.severity is Severity.STOP
    assert home.object == "foreign key home on public.ship"
    assert home.found == "2 rows reference nothing in public.port, for instance with (home) = ('77'), ('78')"
    assert sails.found == "1 row references nothing in public.ship, for instance with (ship) = ('99')"
    assert "--orphans quarantine" in home.remedy


@pytest.mark.servers(18)
async def test_the_query_of_a_remedy_finds_the_orphans(new_database: Databases) -> None:
    source = new_database(18, sql=CHAIN)
    found = await preflight(source, new_database(18, "target"))

    query = found_by("orphans", found)[1].remedy.rpartition("on the source: ")[2]
    assert run_psql(source, query) == "2|77\n4|78\n"


@pytest.mark.servers(18)
async def test_orphans_are_not_looked_for_where_nobody_wants_that(new_database: Databases) -> None:
    found = await preflight(new_database(18, sql=CHAIN), new_database(18, "target"), orphans=None)

    assert not found_by("orphans", found)
    assert "--skip-orphans" in {each.check: each.reason for each in found.not_checked}["orphans"]


async def migrated(
    source: ConnectionParameters, target: ConnectionParameters, choice: OrphanChoice, folder: Path
) -> Migration:
    return await migrate(
        source,
        target,
        scope=Scope(),
        installations=servers_at_hand.installations(),
        limits=Limits(jobs=2),
        on_event=lambda _event: None,
        orphans=choice,
        quarantine=folder / "quarantine.sql",
    )


@pytest.mark.servers(18)
async def test_orphans_in_quarantine_stay_behind_with_all_that_references_them(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=CHAIN), new_database(18, "target")

    migration = await migrated(source, target, OrphanChoice.QUARANTINE, tmp_path)

    assert run_psql(target, "TABLE ship; TABLE sailor; TABLE letter;") == "1|1\n3|\n1|1|Anna\n1|1\n"
    assert run_psql(target, "SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f';") == "t\n"
    assert migration.verdict is not None
    assert migration.verdict.outcome is Outcome.EQUAL
    assert any("left out" in line and "6 rows" in line for line in migration.verdict.not_checked)
    assert {hazard.object for step in migration.plan.steps for hazard in step.hazards} >= {
        "table public.ship",
        "table public.sailor",
        "table public.letter",
    }


@pytest.mark.servers(18)
async def test_the_quarantine_brings_its_rows_once_they_are_mended(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=CHAIN), new_database(18, "target")
    await migrated(source, target, OrphanChoice.QUARANTINE, tmp_path)
    file = tmp_path / "quarantine.sql"
    text = file.read_text()
    assert "-- 2 rows of public.ship break foreign key home on public.ship\n" in text
    assert "-- 1 rows of public.sailor reference rows that are left out, by foreign key sails" in text

    run_psql(target, "INSERT INTO port VALUES (77), (78); INSERT INTO ship VALUES (99);")
    run_psql(target, file)

    rows = "SELECT * FROM sailor ORDER BY id; SELECT * FROM letter ORDER BY id;"
    assert run_psql(target, rows) == run_psql(source, rows)
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.servers(18)
async def test_orphans_come_along_under_keys_that_are_not_valid(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=CHAIN), new_database(18, "target")

    migration = await migrated(source, target, OrphanChoice.NOT_VALID, tmp_path)

    assert run_psql(target, "TABLE ship") == run_psql(source, "TABLE ship")
    states = "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' ORDER BY 1;"
    assert run_psql(target, states) == "home|f\nsails|f\nwrites|t\n"
    hazards = {hazard.object: hazard.kind for step in migration.plan.steps for hazard in step.hazards}
    assert hazards["foreign key home on public.ship"] is HazardKind.UNVALIDATED
    # The target is not what the source says it is, and the verdict says so.
    assert migration.verdict is not None
    assert migration.verdict.outcome is Outcome.DIFFERENT
