"""Names in bodies that have to be of something, and that need no schema only where the server has them."""

from __future__ import annotations

import pytest

from pilotage.lint.bodies import words_of
from pilotage.lint.missing_names import missing_name
from pilotage.lint.routines import Named

KNOWN = ("count", "unnest", "now", "pg_class", "new_rows", "timestamptz", "jsonb_to_recordset", "date_part")
NAMES = {
    word: (Named(kind="known", schema="pg_catalog", name=word, oid=0, types=(), shadowed=False),)
    for word in KNOWN
}


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("SELECT count(*) FROM nightly", "nightly"),
        ("SELECT 1 FROM public.t, nightly", "nightly"),
        ("SELECT 1 FROM public.t AS t JOIN Nightly n ON n.id = t.id", "nightly"),
        ("SELECT 1 FROM public.t JOIN LATERAL (SELECT 1 FROM ONLY nightly) x ON true", "nightly"),
        ("INSERT INTO nightly (a) VALUES (1)", "nightly"),
        ("INSERT INTO nightly VALUES (1)", "nightly"),
        ("UPDATE nightly SET a = 1", "nightly"),
        ("DELETE FROM public.t USING nightly", "nightly"),
        ("TRUNCATE nightly", "nightly"),
        ("TRUNCATE TABLE nightly", "nightly"),
        ("LOCK TABLE nightly", "nightly"),
        ("SELECT later(2)", "later"),
        ("SELECT 1 FROM data", "data"),
        ("WITH x AS (SELECT 1 FROM nightly) SELECT * FROM x", "nightly"),
    ],
)
def test_a_name_that_is_nothing_now_is_told(body: str, missing: str) -> None:
    assert missing_name(words_of(body), NAMES) == missing


@pytest.mark.parametrize(
    "body",
    [
        "SELECT count(*), now()::timestamptz(3) FROM public.t AS t, unnest(t.a) AS u (b)",
        "WITH x AS (SELECT 1), y (a) AS MATERIALIZED (SELECT 2) SELECT * FROM x, y JOIN x AS z USING (a)",
        "SELECT extract(year FROM made), a IS DISTINCT FROM b, substring(a FROM 2) FROM public.t",
        "BEGIN SELECT a INTO found FROM pg_class; IF NEW.a IS DISTINCT FROM old_a THEN NULL; END IF; END",
        "BEGIN FOR r IN SELECT * FROM new_rows LOOP UPDATE public.t SET a = r.a; END LOOP; END",
        "INSERT INTO public.t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a RETURNING a",
        "SELECT * FROM jsonb_to_recordset(a) AS r (b int, c text) WHERE b IN (1, 2) FOR UPDATE OF r",
        "SELECT coalesce(a, b), greatest(a, b) FROM public.t WHERE EXISTS (SELECT 1) GROUP BY a, b",
        "SELECT a FROM (VALUES (1), (2)) AS v (a), public.t ORDER BY a, lower.b",
    ],
)
def test_what_a_body_defines_and_what_the_server_has_is_not(body: str) -> None:
    assert missing_name(words_of(body), NAMES) is None
