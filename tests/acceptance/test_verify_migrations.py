"""What a migration's verdict says of rows that were left out, or are of an earlier moment than the source."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pilotage.catalog import read_catalog
from pilotage.config.records import Assertion, Expectations
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.model.names import QualifiedName
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome, Verdict
from pilotage.verify import CHECKS, verify
from pilotage.verify.ends import hold_end
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

SQL = """
CREATE TABLE kept (id integer PRIMARY KEY, word text);
CREATE TABLE pairs (a integer, b integer);
INSERT INTO kept SELECT n, 'word ' || n FROM generate_series(1, 9) AS n;
INSERT INTO pairs VALUES (1, 1), (1, 1), (2, 2), (3, 3);
"""
KEPT, PAIRS = QualifiedName("public", "kept"), QualifiedName("public", "pairs")
NOTHING: Mapping[QualifiedName, tuple[str, ...]] = {}


async def verdict_at_end(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    leaving_out: Mapping[QualifiedName, tuple[str, ...]] = NOTHING,
    older: bool = False,
) -> Verdict:
    """Verify as a migration does: with a catalog that was read, whose moment is held."""
    async with connect(source) as session, session.transaction(READ_ONLY):
        catalog = await read_catalog(session, Scope())
    async with hold_end(source) as held, connect(target) as session:
        return await verify(catalog, session, held=held, older=older, leaving_out=leaving_out)


def contents(verdict: Verdict) -> list[tuple[str, str, str]]:
    (check,) = [check for check in verdict.checks if check.name == "contents"]
    return [(each.object, each.fact, each.found) for each in check.differences]


async def test_rows_that_were_left_out_are_not_expected_and_all_others_are(new_database: Databases) -> None:
    source, target = new_database(18, sql=SQL), new_database(18, "target", sql=SQL)
    run_psql(target, "DELETE FROM kept WHERE id = 2; DELETE FROM pairs WHERE a = 1;")
    places = {KEPT: ("(0,2)",), PAIRS: ("(0,1)", "(0,2)")}

    assert contents(await verdict_at_end(source, target, leaving_out=places)) == []

    run_psql(target, "DELETE FROM kept WHERE id = 3; UPDATE pairs SET b = 7 WHERE a = 2;")
    verdict = await verdict_at_end(source, target, leaving_out=places)
    assert sorted(contents(verdict)) == [
        ("table public.kept", "row (id) = (3)", "missing"),
        ("table public.kept", "rows that differ", "1 missing, 0 extra, 0 changed"),
        ("table public.pairs", "row with ctid (0,3) in the source", "missing"),
        ("table public.pairs", "row with ctid (0,5) in the target", "present"),
        ("table public.pairs", "rows that differ", "1 missing, 1 extra, 0 changed"),
    ]
    assert [(each.table.name, each.missing, each.not_listed) for each in verdict.differing_rows] == [
        ("kept", 1, 0),
        ("pairs", 1, 0),
    ]


async def test_rows_of_an_earlier_moment_are_proved_where_nothing_has_changed_since(
    new_database: Databases,
) -> None:
    source, target = new_database(18, sql=SQL), new_database(18, "target", sql=SQL)
    assert (await verdict_at_end(source, target, older=True)).outcome is Outcome.EQUAL

    run_psql(source, "UPDATE kept SET word = 'another' WHERE id = 4")
    verdict = await verdict_at_end(source, target, older=True)

    assert (verdict.outcome, verdict.differences) == (Outcome.INCOMPLETE, ())
    assert verdict.source.snapshot is None
    (said,) = [line for line in verdict.not_checked if line.startswith("contents of public.kept: ")]
    assert "differ from what the source has now" in said
    assert not any(line.startswith("contents of public.pairs") for line in verdict.not_checked)


async def test_every_check_is_made_and_in_the_order_that_is_documented(new_database: Databases) -> None:
    source, target = new_database(18, sql=SQL), new_database(18, "target", sql=SQL)
    async with connect(source) as left, connect(target) as right:
        verdict = await verify(
            left,
            right,
            expect=Expectations(tables=2),
            assertions=(Assertion(name="one", sql="SELECT 1"),),
        )
    assert tuple(check.name for check in verdict.checks) == CHECKS
    assert verdict.outcome is Outcome.EQUAL
