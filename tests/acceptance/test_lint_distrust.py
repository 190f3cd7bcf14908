"""A superuser tries no policy by which somebody who is none could use a superuser's rights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import pilotage
from tests.servers_at_hand import Databases

pytestmark = pytest.mark.servers(18)

OWNED = """
DO $$ BEGIN CREATE ROLE distrusted LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE distrusted_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA m AUTHORIZATION distrusted; GRANT USAGE ON SCHEMA m TO distrusted_reader;
CREATE FUNCTION public.runs(what text) RETURNS bool LANGUAGE plpgsql
    AS $$ BEGIN EXECUTE what; RETURN true; END $$;
SET SESSION AUTHORIZATION distrusted;
CREATE TABLE m.t (id int PRIMARY KEY, owner text);
INSERT INTO m.t SELECT i, 'user ' || i % 2 FROM generate_series(1, 9) AS i;
ALTER TABLE m.t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON m.t TO distrusted_reader;
CREATE FUNCTION m.takes(a int, b int DEFAULT 1) RETURNS bool LANGUAGE plpgsql STABLE AS $$
DECLARE procedure text := 'RESET' || ' ROLE';
BEGIN
    EXECUTE procedure;
    RAISE EXCEPTION 'taken on: %', current_user;
END $$;
"""

WAYS = {
    "a name": ("", "m.takes(id)"),
    "an operator": (
        "CREATE OPERATOR m.### (LEFTARG = int, RIGHTARG = int, FUNCTION = m.takes);",
        "id OPERATOR(m.###) 1",
    ),
    "a cast": (
        """
        CREATE TYPE m.pair AS (a int);
        CREATE FUNCTION m.made(m.pair) RETURNS int LANGUAGE plpgsql STABLE
            AS $$ BEGIN PERFORM m.takes($1.a); RETURN 1; END $$;
        CREATE CAST (m.pair AS int) WITH FUNCTION m.made(m.pair);
        """,
        "ROW(id)::m.pair::int = 1",
    ),
    "a domain": ("CREATE DOMAIN m.checked AS int CHECK (m.takes(VALUE));", "id::m.checked = 1"),
    "an aggregate": (
        """
        CREATE FUNCTION m.next(int, int) RETURNS int LANGUAGE plpgsql
            AS $$ BEGIN PERFORM m.takes($1); RETURN 1; END $$;
        CREATE AGGREGATE m.total(int) (SFUNC = m.next, STYPE = int, INITCOND = '0');
        """,
        "(SELECT m.total(i) FROM generate_series(1, id) AS i) > 0",
    ),
    "a default": (
        """
        CREATE FUNCTION m.given(a int, b bool DEFAULT m.takes(1)) RETURNS bool LANGUAGE sql AS 'SELECT $2';
        """,
        "m.given(id)",
    ),
    "a superuser's function": ("", "public.runs('RESET' || ' ROLE')"),
    "a query as text": (
        "",
        "query_to_xml('SELECT set_con' || 'fig(''role'', ''none'', true)', true, true, '') IS NULL",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_could_take_a_superusers_rights_is_not_tried(
    new_database: Databases, tmp_path: Path, way: str
) -> None:
    made, condition = WAYS[way]
    policy = f"CREATE POLICY p ON m.t USING ({condition} AND owner = current_setting('app.user', true));"
    database = new_database(18, sql=OWNED + made + policy)
    told = pilotage(
        "lint", database.redacted_uri(), "-r", "auth_rls_initplan", "--fix", "f", "--json", cwd=tmp_path
    )
    (finding,) = json.loads(told.stdout)["findings"]
    proof = finding["fix"]["proof"]
    assert not proof["proved"]
    assert proof["reason"].endswith("which acts outside of the transaction"), proof["reason"]


def test_what_asks_nobody_for_more_is_tried(new_database: Databases, tmp_path: Path) -> None:
    policy = "CREATE POLICY p ON m.t USING (owner = current_setting('app.user', true));"
    database = new_database(18, sql=OWNED + policy)
    told = pilotage(
        "lint", database.redacted_uri(), "-r", "auth_rls_initplan", "--fix", "f", "--json", cwd=tmp_path
    )
    (finding,) = json.loads(told.stdout)["findings"]
    # a default of an argument is made of nothing that acts outside: m.takes() itself is called by name only
    assert finding["fix"]["proof"]["proved"], finding["fix"]["proof"]
