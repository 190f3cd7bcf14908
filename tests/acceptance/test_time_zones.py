"""Two ends in time zones of their own, each of which prints every constant with a time in another way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters
from tests.commands import pilotage
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

SOURCE = """
CREATE TABLE event (
    id int, at timestamptz NOT NULL DEFAULT '2020-01-01 12:00Z', mood text,
    CHECK (at > '2000-01-01Z'), PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE event_24 PARTITION OF event FOR VALUES FROM ('2024-01-01Z') TO ('2025-01-01Z');
CREATE INDEX late ON event (id) WHERE at > '2024-06-01Z';
ALTER TABLE event ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON event USING (at > '2024-03-01Z');
CREATE STATISTICS early ON (at < '2024-02-01Z'), id FROM event;
CREATE TYPE feeling AS ENUM ('good');
CREATE TABLE as_text (id int PRIMARY KEY, at timestamptz, feels feeling);
CREATE VIEW seen AS SELECT id FROM event WHERE at < '2024-09-01Z';
CREATE FUNCTION f(at timestamptz DEFAULT '2024-01-01Z') RETURNS int LANGUAGE sql
    BEGIN ATOMIC SELECT count(*)::int FROM event AS e WHERE e.at > '2024-05-01Z'; END;
CREATE FUNCTION notes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t BEFORE UPDATE ON event FOR EACH ROW WHEN (OLD.at < '2024-04-01Z') EXECUTE FUNCTION notes();
CREATE RULE r AS ON UPDATE TO as_text WHERE NEW.at < '2024-04-01Z' DO INSTEAD NOTHING;
INSERT INTO event
    SELECT i, '2024-01-01Z'::timestamptz + i * interval '25 hours' FROM generate_series(1, 99) AS i;
INSERT INTO as_text SELECT id, at, 'good' FROM event WHERE id < 9;
"""
DAYS = """
CREATE MATERIALIZED VIEW days AS SELECT id, date_trunc('day', at)::timestamp AS day FROM event;
"""
DAY_BY_DAY = "SELECT string_agg(day::text, ',' ORDER BY id) FROM days"
AS_ITS_OWN = "SELECT string_agg(date_trunc('day', at)::timestamp::text, ',' ORDER BY id) FROM event"

ZONES = ("--no-database-settings",)
"""Each end keeps the time zone that it has; else the source's would come with the database."""


def moved(database: ConnectionParameters, zone: str) -> str:
    """Have a database's sessions in a time zone, and return how to reach it."""
    run_psql(database, f"ALTER DATABASE \"{database.database}\" SET timezone = '{zone}'")
    return database.redacted_uri()


def test_a_time_zone_is_no_difference(new_database: Databases, tmp_path: Path) -> None:
    source, target = new_database(18, sql=SOURCE), new_database(18, "target")
    here = moved(source, "Asia/Tokyo")
    there = moved(target, "America/New_York")
    for command in ("migrate", "verify"):
        done = pilotage(command, here, there, *ZONES, "-q", cwd=tmp_path)
        assert done.returncode == 0, (command, done.stdout + done.stderr)
    told = json.loads(pilotage("diff", here, there, "--json", cwd=tmp_path).stdout)
    assert [each["fact"] for each in told["differences"]] == ["setting TimeZone"]


def test_a_materialized_view_is_filled_in_the_targets_own_zone(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=SOURCE), new_database(18, "target")
    here, there = moved(source, "Asia/Tokyo"), moved(target, "America/New_York")
    run_psql(source, DAYS)
    done = pilotage("migrate", here, there, *ZONES, "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    filled = run_psql(target, DAY_BY_DAY)
    assert filled == run_psql(target, AS_ITS_OWN)
    assert filled != run_psql(source, DAY_BY_DAY)


@pytest.mark.parametrize("layout", ["schema-first", "bulk"])
def test_files_may_be_written_and_run_in_other_zones(
    new_database: Databases, tmp_path: Path, layout: str
) -> None:
    source, target = new_database(18, sql=SOURCE), new_database(18, "target")
    planned = pilotage("plan", source.redacted_uri(), "-o", "m", "--layout", layout, *ZONES, cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    here, there = moved(source, "Asia/Tokyo"), moved(target, "America/New_York")
    for command in (
        ("generate", "m", "--source", here),
        ("apply", "m", there),
        ("verify", here, there, "--plan", "m", *ZONES),
    ):
        done = pilotage(*command, "-q", cwd=tmp_path)
        assert done.returncode == 0, (command, done.stdout + done.stderr)
