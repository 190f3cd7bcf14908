"""A database or role may read backslashes in strings as PostgreSQL did long ago; our own texts have some."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.test_command_line import pilotage, uri
from tests.servers_at_hand import Databases, run_psql, schema_dump, versions

SOURCE = """
CREATE TABLE t (id int PRIMARY KEY, owner text, at text DEFAULT 'back\\slash');
CREATE INDEX first ON t (owner);
CREATE INDEX second ON t (owner);
INSERT INTO t VALUES (1, 'a\\nb'), (2, NULL);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON t USING (owner = current_setting('app.user', true));
"""
OLD_STRINGS = """
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database());
END $$;
"""


@pytest.mark.parametrize("major", versions(15, thorough=(18,), besides=(18,)))
def test_everything_is_as_with_the_servers_own_setting(
    new_database: Databases, tmp_path: Path, major: int
) -> None:
    source, target = new_database(major, sql=SOURCE), new_database(18, "target")
    found = json.loads(pilotage("lint", uri(source), "--json", cwd=tmp_path).stdout)
    for each in (source, target):
        run_psql(each, OLD_STRINGS)
    again = json.loads(pilotage("lint", uri(source), "--json", cwd=tmp_path).stdout)
    assert {**again, "database": ""} == {**found, "database": ""}
    assert {"auth_rls_initplan", "duplicate_index"} <= {each["name"] for each in again["findings"]}

    before = schema_dump(source)
    pilotage("lint", uri(source), "--fix", "fixes", cwd=tmp_path)
    for file in ("fixes.sql", "reverse.sql"):
        run_psql(source, (tmp_path / "fixes" / file).read_text())
    assert schema_dump(source) == before

    for command in ("migrate", "verify"):
        done = pilotage(command, uri(source), uri(target), "-q", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    rows = "SELECT string_agg(encode(convert_to(owner, 'UTF8'), 'hex'), ',' ORDER BY id) FROM t;"
    assert run_psql(target, rows) == run_psql(source, rows)
