"""What ``pilotage lint --measure`` says of a database with much to mend: ``python bench/lint.py [ROWS]``.

An embedded server of PostgreSQL 18 gets tables whose policies call a function for each row, in SQL and in
PL/pgSQL, one with several permissive policies, one whose foreign key has no index, and a partitioned one with
the same. What is printed is the command's own text, of three runs of it, each with its wall time.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pilotage.connection import ConnectionParameters, connect
from pilotage.programs import find_installations
from pilotage.servers import EmbeddedServer

RULES = ("auth_rls_initplan", "multiple_permissive_policies", "unindexed_foreign_keys")
RUNS = 3
ASKING = """
[[identity]]
name = "one user"

[identity.settings]
"request.jwt.claims" = '{"sub": "c4ca4238-a0b9-2382-0dcc-509a6f75849b", "role": "authenticated"}'
"app.tenant" = "7"
"""

APPLICATION = """
CREATE ROLE authenticated;
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO authenticated;
-- as Supabase has it
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
    )::uuid
$$;
CREATE FUNCTION current_tenant() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN nullif(current_setting('app.tenant', true), '')::int;
END $$;

CREATE TABLE person (id uuid PRIMARY KEY);
INSERT INTO person SELECT md5(n::text)::uuid FROM generate_series(1, {people}) AS n;

CREATE TABLE message (id int PRIMARY KEY, person uuid, body text);
INSERT INTO message
    SELECT n, md5((n % {people} + 1)::text)::uuid, repeat('x', 80) FROM generate_series(1, {rows}) AS n;
ALTER TABLE message ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON message USING (person = auth.uid());

CREATE TABLE invoice (id int PRIMARY KEY, tenant int, body text);
INSERT INTO invoice SELECT n, n % 50, repeat('x', 80) FROM generate_series(1, {rows}) AS n;
ALTER TABLE invoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants ON invoice USING (tenant = current_tenant());

CREATE TABLE document (id int PRIMARY KEY, tenant int, public bool, body text);
INSERT INTO document SELECT n, n % 50, n % 7 = 0, repeat('x', 80) FROM generate_series(1, {rows}) AS n;
ALTER TABLE document ENABLE ROW LEVEL SECURITY;
CREATE POLICY shared ON document FOR SELECT USING (public);
CREATE POLICY tenants ON document
    USING (tenant = (SELECT nullif(current_setting('app.tenant', true), '')::int));

CREATE TABLE visit (id int PRIMARY KEY, person uuid REFERENCES person, page text);
INSERT INTO visit
    SELECT n, md5((n % {people} + 1)::text)::uuid, repeat('x', 40) FROM generate_series(1, {rows}) AS n;
CREATE TABLE event (id int, person uuid REFERENCES person, kind text) PARTITION BY HASH (id);
CREATE TABLE event_0 PARTITION OF event FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE event_1 PARTITION OF event FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO event
    SELECT n, md5((n % {people} + 1)::text)::uuid, repeat('x', 40) FROM generate_series(1, {rows}) AS n;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO authenticated;
"""


async def make(database: ConnectionParameters, rows: int) -> None:
    async with connect(database) as session:
        await session.run("SET search_path = public")
        await session.run(APPLICATION.format(rows=rows, people=max(1, rows // 40)))
        await session.run("VACUUM ANALYZE")


def measure(database: ConnectionParameters) -> None:
    rules = [word for rule in RULES for word in ("--rule", rule)]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pilotage.toml").write_text(ASKING)
        for _ in range(RUNS):
            began = time.perf_counter()
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pilotage",
                    "lint",
                    database.redacted_uri(),
                    *rules,
                    "--measure",
                    "--exit-zero",
                ],
                cwd=folder,
                check=True,
            )
            print(f"in {time.perf_counter() - began:.1f} s\n", flush=True)


if __name__ == "__main__":
    newest = next(
        each for each in find_installations(os.environ.get("PATH")) if each.has_server and each.major == 18
    )
    with EmbeddedServer.start(newest) as server:
        asyncio.run(make(server.parameters(), int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
        measure(server.parameters())
