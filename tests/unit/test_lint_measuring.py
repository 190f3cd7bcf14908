"""Figures of what a fix gains: which are told, and how."""

from __future__ import annotations

import pytest

from pilotage.lint.measuring import reason_against
from pilotage.lint.measuring_keys import unused
from pilotage.lint.timing import Runs, measured, nodes
from pilotage.model.lint import Category, Facing, Finding, Fix, Level, Measurement, Proof, Speeds
from pilotage.report.lint_speeds import measured_line, shortened

MANY = 20_000


def told(before: list[float], after: list[float], *, table_rows: int = MANY) -> str:
    line, _ = measured_line(measured("reading", 1000, Runs(before, after), table_rows=table_rows))
    return line


def test_the_fastest_runs_count() -> None:
    assert told([0.3, 0.2, 0.25], [0.02, 0.01]) == (
        "measured: reading: 5,000 rows/s before, 100,000 rows/s after: 20 times as fast"
    )


def test_what_gets_slower_is_called_slower() -> None:
    assert told([0.1, 0.11], [0.2, 0.21]).endswith(": slower, 0.5 times as fast")


@pytest.mark.parametrize(
    ("before", "after", "table_rows", "doubt"),
    [
        ([0.3, 0.2], [0.19, 0.2], MANY, "no difference that can be told from chance"),
        ([0.3, 0.2], [0.1, 0.25], MANY, "no difference that can be told from chance"),
        ([0.0009], [0.0001], MANY, "too quick to tell: each run takes less than 1 ms"),
        ([0.0009], [0.0], MANY, "too quick to tell"),
        ([0.009], [0.002], 999, "too few rows to tell: the table has fewer than 1,000"),
    ],
)
def test_a_quotient_that_says_nothing_is_not_told(
    before: list[float], after: list[float], table_rows: int, doubt: str
) -> None:
    result = measured("reading", 1000, Runs(before, after), table_rows=table_rows)
    assert result.doubt is not None
    assert result.doubt.startswith(doubt)
    assert result.speeds is not None
    assert result.speeds.times is None
    line, is_faster = measured_line(result)
    assert doubt in line
    assert "times as fast" not in line
    assert not is_faster


def test_few_rows_that_take_long_tell_something() -> None:
    assert told([0.2], [0.02], table_rows=10).endswith(": 10 times as fast")


def test_an_index_that_is_not_used_gains_nothing() -> None:
    speeds = Speeds(
        rows=20,
        seconds_before=1,
        seconds_after=0.5,
        rows_per_second_before=20,
        rows_per_second_after=40,
        times=2,
    )
    result = Measurement(what="looking up", speeds=speeds)
    line, is_faster = measured_line(unused(result, is_young=False))
    assert line.endswith("the server does not use the index for these rows: it takes other ways for quicker")
    assert not is_faster
    assert measured_line(unused(result, is_young=True))[0].startswith("not measured: rows of the table were ")


@pytest.mark.parametrize(
    ("name", "category", "proof", "reason"),
    [
        ("auth_rls_initplan", Category.PERFORMANCE, Proof(proved=False, reason="x"), "what is not proved"),
        ("auth_rls_initplan", Category.PERFORMANCE, Proof(proved=True, reason="x"), None),
        ("unindexed_foreign_keys", Category.PERFORMANCE, None, None),
        ("sequence_near_end", Category.MIGRATION, None, "it is not about speed"),
        ("a_rule_to_come", Category.PERFORMANCE, None, "no access is known here that it makes faster"),
    ],
)
def test_what_is_not_measured_has_a_reason(
    name: str, category: Category, proof: Proof | None, reason: str | None
) -> None:
    finding = Finding(
        name=name,
        title="",
        level=Level.WARN,
        facing=Facing.EXTERNAL,
        categories=(category,),
        description="",
        detail="",
        remediation="",
        metadata={},
        cache_key="",
        kind="table",
        object="t",
        fix=Fix(statements=("x",), reverse=("y",), proof=proof),
    )
    found = reason_against(finding)
    assert (found is None) == (reason is None)
    assert (found or "").startswith(reason or "")


def test_subqueries_of_an_expression_are_not_looked_at_for_indexes() -> None:
    plan = {
        "Node Type": "Aggregate",
        "Plans": [
            {"Node Type": "Index Scan", "Parent Relationship": "SubPlan", "Index Name": "a"},
            {"Node Type": "Append", "Parent Relationship": "Outer", "Plans": [{"Node Type": "Seq Scan"}]},
            {"Node Type": "Result", "Parent Relationship": "InitPlan"},
        ],
    }
    assert [node["Node Type"] for node in nodes(plan)] == ["Aggregate", "Append", "Seq Scan"]


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (0.8674, "0.867"),
        (19.46, "19.5"),
        (1_236_543.2, "1,240,000"),
        (10.0, "10"),
        (0.0, "0"),
        (0.0012, "0.0012"),
    ],
)
def test_figures_have_as_many_digits_as_they_are_worth(figure: float, text: str) -> None:
    assert shortened(figure) == text
