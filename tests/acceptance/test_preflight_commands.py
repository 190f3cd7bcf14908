"""Preflight as the commands make it: by itself, before a migration, before SQL files run."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import msgspec
import pytest

from pilotage.connection import ConnectionParameters
from pilotage.model.preflight import Preflight
from tests.commands import pilotage
from tests.pooler import Lends, pooler
from tests.servers_at_hand import Clusters, Databases, run_psql

ORPHANS = """
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
SET session_replication_role = replica;
INSERT INTO child VALUES (1, 77), (2, NULL);
"""


def uri(parameters: ConnectionParameters) -> str:
    return parameters.redacted_uri()


def tables_of(parameters: ConnectionParameters) -> str:
    return run_psql(parameters, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace;")


@pytest.mark.servers(18)
def test_what_preflight_finds_is_what_a_migration_is_refused_for(new_database: Databases) -> None:
    source = new_database(18, sql=ORPHANS)
    target = new_database(18, "target", sql="CREATE TABLE child (other int)")
    before = tables_of(target)

    shown = pilotage("preflight", uri(source), uri(target))
    told = pilotage("preflight", uri(source), uri(target), "--json", "--quiet")
    refused = pilotage("migrate", uri(source), uri(target))

    assert [run.returncode for run in (shown, told, refused)] == [3, 3, 3]
    assert told.stderr == ""
    found = msgspec.json.decode(told.stdout, type=Preflight)
    assert {problem.object for problem in found.stops} == {
        "foreign key child_parent_fkey on public.child",
        "table public.child",
    }
    assert "2 problems stop the migration, and nothing was changed" in refused.stderr
    assert "would be refused. 2 problems to mend first" in shown.stdout
    for problem in found.stops:
        for said in (problem.found, problem.wanted, problem.remedy):
            assert said in shown.stdout
            assert said in refused.stderr
    assert tables_of(target) == before


@pytest.mark.servers(18)
def test_a_good_pair_has_exit_code_0(new_database: Databases) -> None:
    finished = pilotage("preflight", uri(new_database(18, sql="CREATE TABLE t ()")), uri(new_database(18)))

    assert finished.returncode == 0
    assert "nothing is in the way" in finished.stdout
    assert "looking for orphans" not in finished.stdout


@pytest.mark.servers(18)
def test_orphans_are_brought_or_left_out_as_an_option_or_a_file_says(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=ORPHANS), new_database(18, "target")
    (tmp_path / "pilotage.toml").write_text('orphans = "quarantine"\n')

    nowhere = pilotage("migrate", uri(source), uri(target), cwd=tmp_path)
    assert nowhere.returncode == 2
    assert "-o DIR" in nowhere.stderr
    assert tables_of(target) == ""

    left = pilotage("migrate", uri(source), uri(target), "-o", "out", "--json", cwd=tmp_path)
    assert left.returncode == 0
    report = json.loads(left.stdout)
    assert [(each["key"], each["rows"], each["follows"]) for each in report["left_out"]] == [
        ("child_parent_fkey", 1, False)
    ]
    assert "1\t77\n" in (tmp_path / "out" / "quarantine.sql").read_text()
    assert run_psql(target, "TABLE child") == "2|\n"

    target = new_database(18, "target")
    brought = pilotage("migrate", uri(source), uri(target), "--orphans", "not-valid", cwd=tmp_path)
    assert brought.returncode == 1
    assert "NOT VALID" in brought.stderr
    assert run_psql(target, "TABLE child") == "1|77\n2|\n"


@pytest.mark.servers(18)
async def test_files_are_not_run_on_a_target_that_is_not_ready(
    new_database: Databases, clusters: Clusters, tmp_path: Path
) -> None:
    role, server = f"owner_{os.getpid()}", clusters.get(18).parameters()
    run_psql(server, f"CREATE ROLE {role};")
    try:
        source = new_database(18, sql=f"CREATE TABLE t (a int); ALTER TABLE t OWNER TO {role};")
        target = new_database(18, "target", sql="CREATE TABLE t (other int)")
        run_psql(target, f"ALTER DATABASE {target.database} SET default_transaction_read_only = on;")
        assert pilotage("plan", uri(source), "-o", tmp_path).returncode == 0
        assert pilotage("generate", tmp_path).returncode == 0

        refused = pilotage("apply", tmp_path, uri(target))

        assert refused.returncode == 3
        assert "3 problems stop the migration, and nothing was changed" in refused.stderr
        assert f"CREATE ROLE {role};" in refused.stderr
        assert "DROP TABLE public.t;" in refused.stderr
        assert "default_transaction_read_only = off" in refused.stderr
        assert tables_of(target) == "t\n"

        async with pooler(target, Lends.FOR_A_TRANSACTION_LAST_USED_FIRST) as through:
            process = await subprocess_of("apply", tmp_path, uri(through))
        assert process[0] == 3
        assert "pooler" in process[1]
    finally:
        new_database.drop()
        run_psql(server, f"DROP ROLE {role};")


async def subprocess_of(*arguments: str | Path) -> tuple[int, str]:
    """Run a command beside what runs in this process, such as a pooler."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pilotage", *map(str, arguments), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    return process.returncode or 0, errors.decode()
