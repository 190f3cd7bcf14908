"""What several policies decide together in one statement, before and after they are merged: the same."""

from __future__ import annotations

import pytest

from pilotage.connection import Session, connect
from pilotage.errors import ServerError
from pilotage.lint.combining import combined_fixes
from pilotage.lint.proving import table_of
from pilotage.lint.reading import Api, Reading
from pilotage.lint.rules.auth_rls_initplan import RULE as WRAPPING
from pilotage.lint.rules.multiple_permissive_policies import RULE as MERGING
from pilotage.model.lint import Finding
from pilotage.model.names import QualifiedName
from tests.servers_at_hand import Databases

TABLES = """
DO $$ BEGIN CREATE ROLE stated_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE stated_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE stated_other; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE item (id int PRIMARY KEY, tenant text, open bool) PARTITION BY RANGE (id);
CREATE TABLE item_1 PARTITION OF item FOR VALUES FROM (0) TO (100);
ALTER TABLE item OWNER TO stated_owner; ALTER TABLE item_1 OWNER TO stated_owner;
INSERT INTO item SELECT i, CASE i % 3 WHEN 0 THEN 'a' WHEN 1 THEN 'b' END, i % 2 = 0
    FROM generate_series(1, 9) AS i;
ALTER TABLE item ENABLE ROW LEVEL SECURITY; ALTER TABLE item FORCE ROW LEVEL SECURITY;
ALTER TABLE item_1 ENABLE ROW LEVEL SECURITY;
GRANT ALL ON item, item_1 TO stated_user, stated_other;
CREATE POLICY own ON item USING (tenant = current_setting('app.tenant', true));
CREATE POLICY shown ON item FOR SELECT TO stated_user USING (open);
CREATE POLICY closing ON item FOR UPDATE TO stated_user USING (open) WITH CHECK (NOT open);
CREATE POLICY adding ON item FOR INSERT TO stated_user, stated_owner WITH CHECK (id > 50);
CREATE POLICY never ON item AS RESTRICTIVE FOR DELETE USING (id <> 6);
CREATE POLICY own ON item_1 USING (tenant = current_setting('app.tenant', true));
CREATE POLICY adding ON item_1 FOR INSERT TO stated_other WITH CHECK (open);
CREATE VIEW as_owner AS SELECT * FROM item; ALTER VIEW as_owner OWNER TO stated_owner;
CREATE VIEW as_asker WITH (security_invoker = true) AS SELECT * FROM item;
GRANT ALL ON as_owner, as_asker TO stated_user, stated_other;
"""

STATEMENTS = (
    "SELECT id FROM {0}",
    "INSERT INTO {0} VALUES (60, 'b', true)",
    "INSERT INTO {0} VALUES (60, 'b', true) RETURNING id",
    "INSERT INTO {0} VALUES (60, 'b', false) RETURNING id",
    "INSERT INTO {0} VALUES (40, 'a', false) RETURNING id",
    "INSERT INTO {0} VALUES (3, 'a', true) ON CONFLICT (id) DO UPDATE SET open = false RETURNING id",
    "INSERT INTO {0} VALUES (2, 'b', true) ON CONFLICT (id) DO UPDATE SET open = false RETURNING id",
    "INSERT INTO {0} VALUES (52, 'b', true) ON CONFLICT (id) DO NOTHING RETURNING id",
    "UPDATE {0} SET open = false RETURNING id",
    "UPDATE {0} SET open = true WHERE id = 3 RETURNING id",
    "UPDATE {0} SET tenant = 'b' WHERE id < 5",
    "DELETE FROM {0} RETURNING id",
    "DELETE FROM {0} WHERE open",
    "MERGE INTO {0} AS t USING generate_series(1, 3) AS i ON t.id = i "
    "WHEN MATCHED THEN UPDATE SET open = false",
    "MERGE INTO {0} AS t USING generate_series(59, 60) AS i ON t.id = i "
    "WHEN NOT MATCHED THEN INSERT VALUES (i, 'b', true)",
    "MERGE INTO {0} AS t USING generate_series(1, 9) AS i ON t.id = i WHEN MATCHED THEN DELETE",
)


async def answers(session: Session) -> dict[tuple[str, str, str], str]:
    """Return what each role gets for each statement, which is taken back."""
    found: dict[tuple[str, str, str], str] = {}
    for role in ("stated_owner", "stated_user", "stated_other"):
        for tenant in ("a", "b", ""):
            for name in ("item", "item_1", "as_owner", "as_asker"):
                for statement in STATEMENTS:
                    await session.run(
                        f"SAVEPOINT stated; SET LOCAL app.tenant = '{tenant}'; SET LOCAL ROLE {role}"
                    )
                    asked = statement.format(f"public.{name}")
                    if "RETURNING" in asked or asked.startswith("SELECT"):
                        asked = (
                            f"WITH done AS ({asked}) SELECT string_agg(id::text, ',' ORDER BY id) FROM done"
                        )
                    try:
                        said = str(await session.value(asked)) if asked.startswith("WITH") else ""
                        if not said:
                            await session.run(asked)
                            await session.run("SET LOCAL ROLE NONE")
                            said = str(
                                await session.value(
                                    "SELECT string_agg(i::text, ' ' ORDER BY id) FROM public.item AS i"
                                )
                            )
                    except ServerError as error:
                        said = str(error)
                    found[role, tenant, asked] = said
                    await session.run("ROLLBACK TO SAVEPOINT stated; RELEASE SAVEPOINT stated")
    return found


@pytest.mark.parametrize("major", [18, 16])
async def test_every_kind_of_statement_gives_the_same_after_the_merge(
    new_database: Databases, major: int
) -> None:
    database = new_database(major, sql=TABLES)
    async with connect(database) as session, session.transaction():
        await session.run("SET LOCAL row_security = on")
        reading = Reading(session, ["public"], Api(schemas=(), roles=()))
        findings: dict[QualifiedName, list[Finding]] = {}
        for rule in (WRAPPING, MERGING):
            for each in map(rule.finding, await rule.find(reading)):
                findings.setdefault(table_of(each), []).append(each)
        fixes = await combined_fixes(reading, findings)
        assert {table.name for table in fixes} == {"item", "item_1"}
        before = await answers(session)
        for fix in fixes.values():
            await session.run("; ".join(fix.statements))
        after = await answers(session)
        assert {key: (said, after[key]) for key, said in before.items() if said != after[key]} == {}
        # what is refused, permitted and hidden are all among them
        assert len(set(before.values())) > 20
        for fix in fixes.values():
            await session.run("; ".join(fix.reverse))
        assert await answers(session) == before
