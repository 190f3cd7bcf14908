"""What ``pilotage lint --measure`` says of a database with much to mend: ``python bench/lint.py [ROWS]``.

An embedded server of PostgreSQL 18 gets tables whose policies call a function for each row, in SQL and in
PL/pgSQL, one with several permissive policies, one whose foreign key has no index, and a partitioned one with
the same. What is printed for each is the product's own line, for three runs of it; then the wall time of all.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

from pilotage.connection import ConnectionParameters, connect
from pilotage.lint import chosen_rules, lint_database
from pilotage.lint.measuring import measure_fixes
from pilotage.lint.proof import prove_fixes
from pilotage.model.scope import Scope
from pilotage.programs import find_installations
from pilotage.report.lint_speeds import measured_line
from pilotage.servers import EmbeddedServer

RULES = ("auth_rls_initplan", "multiple_permissive_policies", "unindexed_foreign_keys")
RUNS = 3

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


async def measure(database: ConnectionParameters, rows: int) -> None:
    async with connect(database) as session:
        await session.run("SET search_path = public")
        await session.run(APPLICATION.format(rows=rows, people=max(1, rows // 40)))
        await session.run("VACUUM ANALYZE")
    for _ in range(RUNS):
        async with connect(database) as session:
            linting = await lint_database(session, Scope(), chosen_rules(RULES, ()))
        began = time.perf_counter()
        proved = await prove_fixes(database, linting)
        between = time.perf_counter()
        linting = await measure_fixes(database, proved)
        end = time.perf_counter()
        for finding in linting.fixable:
            if finding.fix is not None and finding.fix.measured is not None:
                print(
                    f"{finding.name} on {finding.metadata['name']}: {measured_line(finding.fix.measured)[0]}"
                )
        print(f"proved in {between - began:.1f} s, measured in {end - between:.1f} s\n")


if __name__ == "__main__":
    newest = next(
        each for each in find_installations(os.environ.get("PATH")) if each.has_server and each.major == 18
    )
    with EmbeddedServer.start(newest) as server:
        asyncio.run(measure(server.parameters(), int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
