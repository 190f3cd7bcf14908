"""Expectations and assertions of a configuration, checked at both ends; and checks that are skipped."""

from __future__ import annotations

import pytest

from pilotage.config.records import AssertedOn, Assertion, Expectations
from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import UsageError
from pilotage.model.verdict import Asked, Check, Outcome, Verdict
from pilotage.verify import CHECKS, verify
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

SQL = """
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (id integer REFERENCES parent, price numeric);
INSERT INTO parent SELECT generate_series(1, 5);
INSERT INTO child SELECT id, 1.50 FROM parent;
"""


async def verified(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *assertions: Assertion,
    expect: Expectations | None = None,
    asked: Asked | None = None,
) -> Verdict:
    async with connect(source) as left, connect(target) as right:
        return await verify(left, right, expect=expect, assertions=assertions, asked=asked)


def check_of(verdict: Verdict, name: str) -> Check:
    (found,) = [check for check in verdict.checks if check.name == name]
    return found


def differences(check: Check) -> list[tuple[str, str, str, str]]:
    return [(each.object, each.fact, each.expected, each.found) for each in check.differences]


async def test_expectations_are_held_against_both_ends(new_database: Databases) -> None:
    source, target = new_database(18, sql=SQL), new_database(18, "target", sql=SQL)
    expect = Expectations(tables=2, foreign_keys=1, rows=10, rows_of={"child": 5, "nowhere": 1})
    run_psql(target, "DELETE FROM child WHERE id = 5")

    found = check_of(await verified(source, target, expect=expect), "expectations")

    assert (found.compared, found.outcome) == (10, Outcome.DIFFERENT)
    assert differences(found) == [
        ("nowhere", "expected of the source", "1", "no table in scope is called that"),
        ("rows", "expected of the target", "10", "9"),
        ("public.child", "expected of the target", "5", "4"),
        ("nowhere", "expected of the target", "1", "no table in scope is called that"),
    ]


async def test_assertions_compare_values_as_text(new_database: Databases) -> None:
    source, target = new_database(18, sql=SQL), new_database(18, "target", sql=SQL)
    run_psql(target, "UPDATE child SET price = 1.5 WHERE id = 1")
    both = [
        Assertion(name="rows", sql="SELECT count(*) FROM public.child;  ", expect="5"),
        Assertion(
            name="scale", sql="SELECT price FROM public.child WHERE id = 1 -- the first", expect="1.50"
        ),
        Assertion(name="same", sql="TABLE public.parent ORDER BY id DESC LIMIT 1"),
        Assertion(
            name="sum of text", sql="SELECT string_agg(price::text, ',') FROM public.child WHERE id = 1"
        ),
        Assertion(name="nothing", sql="SELECT 1 WHERE false", expect="NULL"),
        Assertion(name="empty", sql="SELECT ''", expect=""),
        Assertion(name="truth", sql="SELECT count(*) = 5 FROM public.child", expect="t"),
        Assertion(name="there", sql="SELECT 2", expect="1", on=AssertedOn.TARGET),
    ]

    found = check_of(await verified(source, target, *both), "assertions")

    assert found.not_checked == ()
    assert differences(found) == [
        ('assertion "scale"', "value at the target", "1.50", "1.5"),
        ('assertion "sum of text"', "value", "1.50", "1.5"),
        ('assertion "there"', "value at the target", "1", "2"),
    ]


HOSTILE = {
    "writes": ("INSERT INTO public.parent VALUES (99) RETURNING id", "syntax error"),
    "writes in a function": ("SELECT public.written()", "read-only transaction"),
    "ends the transaction": (
        "SELECT 1)) AS asserted (value); COMMIT; DELETE FROM public.child; SELECT 1 FROM (SELECT (SELECT 1",
        "multiple commands",
    ),
    "makes it writable": ("SELECT set_config('transaction_read_only', 'off', true)", "read-write mode"),
    "creates": ("SELECT 1 INTO public.made", "INTO"),
    "two rows": ("SELECT id FROM public.parent", "more than one row"),
    "two columns": ("SELECT 1, 2", "only one column"),
    "without a schema": ("SELECT count(*) FROM parent", "write names with their schema"),
    "sleeps": ("SELECT pg_sleep(60)", "statement timeout"),
}


async def test_an_assertion_that_does_what_it_should_not_proves_nothing_and_does_nothing(
    new_database: Databases,
) -> None:
    function = "CREATE FUNCTION written() RETURNS int LANGUAGE sql AS 'DELETE FROM public.child; SELECT 1';"
    source, target = new_database(18, sql=SQL + function), new_database(18, "target", sql=SQL + function)
    assertions = [
        Assertion(name=name, sql=sql, expect="1", on=AssertedOn.TARGET, seconds=1)
        for name, (sql, _) in HOSTILE.items()
    ]

    verdict = await verified(source, target, *assertions)

    found = check_of(verdict, "assertions")
    assert verdict.outcome is found.outcome is Outcome.INCOMPLETE
    for line, (name, (_, words)) in zip(found.not_checked, HOSTILE.items(), strict=True):
        assert line.startswith(f'assertion "{name}": the target refused the query: ')
        assert words in line
    assert (await verified(source, target)).outcome is Outcome.EQUAL


async def test_what_is_skipped_is_said_and_not_made(new_database: Databases) -> None:
    source, target = new_database(18, sql=SQL), new_database(18, "target")
    skipped = tuple(name for name in CHECKS if name != "schemas")

    verdict = await verified(
        source,
        target,
        Assertion(name="a", sql="SELECT 1"),
        expect=Expectations(rows=3),
        asked=Asked(skipped=skipped),
    )

    assert [check.name for check in verdict.checks] == ["schemas"]
    assert verdict.outcome is Outcome.EQUAL
    assert {f"{name}: left out, as was asked for (--skip)" for name in skipped} <= set(verdict.not_checked)
    with pytest.raises(
        UsageError, match=r'no check is called "row"; those that can be skipped: schemas, types'
    ):
        await verified(source, target, asked=Asked(skipped=("row",)))


async def test_expected_rows_are_not_held_against_what_was_not_counted(new_database: Databases) -> None:
    source, target = new_database(18, sql=SQL), new_database(18, "target", sql=SQL)

    found = check_of(
        await verified(source, target, expect=Expectations(rows=3, tables=2), asked=Asked(skipped=("rows",))),
        "expectations",
    )

    assert (found.compared, found.outcome) == (2, Outcome.EQUAL)
    assert found.not_checked == ("expected numbers of rows: rows were not counted",)
