from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from pilotage.config.records import (
    Configuration,
    Expectations,
    GroupRequest,
    Position,
    TablePattern,
    Unlisted,
)
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import CopyFormat, Hazard, HazardKind, LoadTable, Plan
from pilotage.model.review import Finding, FindingKind
from pilotage.model.row_differences import TableDifference
from pilotage.model.verdict import Asked, Difference, Outcome
from pilotage.plan import make_plan
from pilotage.plan.order import order_tables
from pilotage.report.layout import FittingList
from pilotage.report.migration import migration_screen
from pilotage.report.migration_order import migration_order
from pilotage.report.plan import plan_summary
from pilotage.report.verdict import verdict_table
from pilotage.report.verdict_markdown import verdict_markdown
from pilotage.verify.seal import sealed
from tests.archives import archive_of
from tests.catalogs import catalog, harbour, table
from tests.unit.runs import check, plan_of, run_of, verdict_of
from tests.unit.screens import expect_transcript, screen

HAZARDS = (
    Hazard(kind=HazardKind.LONG_LOCK, object="index public.big", message="it blocks writers"),
    Hazard(
        kind=HazardKind.NOT_MIGRATED, object="subscription feed", message="it would bring rows of its own"
    ),
    Hazard(
        kind=HazardKind.NEEDS_SUPERUSER,
        object="event trigger audit",
        message="only a superuser creates one",
        must_allow=True,
    ),
)
DIFFERENCES = tuple(
    Difference(object=f"table public.t{number}", fact="rows", expected=str(number), found="0")
    for number in range(1, 74)
)
LONG = Difference(
    object="view public.v",
    fact="definition",
    expected="SELECT\n" + "a, " * 50 + "b",
    found="SELECT " + "a, " * 50,
)
HOSTILE = Difference(object='table public."[red]\x1b[2J"', fact="exists", expected="[bold]yes", found="no\r")


@pytest.mark.parametrize("width", [100, 80])
def test_a_migration_on_one_screen(width: int, tmp_path: Path) -> None:
    source = harbour()
    result = run_of(plan_of(source, order_tables(source), HAZARDS))
    verdict = verdict_of(
        check("rows", "Rows", 11),
        check("keys", "Foreign keys", 14),
        not_checked=("values: no checksums yet",),
    )
    shown = migration_screen(
        result, verdict, artifacts=[Path("migration/plan.json"), "migration/verdict.json"]
    )
    text = screen(shown, width)
    assert len(text.splitlines()) <= 45
    assert max(map(len, text.splitlines())) <= width
    expect_transcript(f"migration-{width}.txt", text, tmp_path)


def test_a_migration_that_was_not_verified_says_so() -> None:
    source = catalog([table("a", rows=1)])
    text = screen(migration_screen(run_of(plan_of(source, order_tables(source)))), 80)
    assert "Verdict: none. Source and target were not compared" in text


def test_a_migration_that_differs_shows_where() -> None:
    source = catalog([table("a", rows=1)])
    result = run_of(plan_of(source, order_tables(source)))
    text = screen(migration_screen(result, verdict_of(check("rows", "Rows", 73, DIFFERENCES))), 80)
    assert "Verdict: different. 1 check over 73 objects, 73 differences." in text
    assert "table public.t10 " in text
    assert "and 63 more; --json lists all" in text


def test_a_run_of_nothing_has_a_screen() -> None:
    empty = catalog()
    assert "0 tables, 0 rows and 0 bytes copied" in screen(
        migration_screen(run_of(plan_of(empty, order_tables(empty)))), 80
    )


def test_many_groups_are_summed_up() -> None:
    source = harbour()
    plan = plan_of(source, order_tables(source))
    many = type(plan)(
        **{name: getattr(plan, name) for name in plan.__struct_fields__ if name != "groups"},
        groups=plan.groups * 10,
    )
    text = screen(migration_screen(run_of(many)), 100)
    assert "25 more groups" in text
    assert len(text.splitlines()) <= 45


@pytest.mark.parametrize("width", [100, 80])
def test_a_plan_on_one_screen(width: int, tmp_path: Path) -> None:
    source = harbour()
    text = screen(plan_summary(plan_of(source, order_tables(source), HAZARDS)), width)
    expect_transcript(f"plan-{width}.txt", text, tmp_path)


def reviewed_harbour(layout: Layout = Layout.SCHEMA_FIRST) -> Plan:
    """A plan with files, for groups in an order that does not hold, and with numbers that are not true."""
    wanted = {
        "sea": ("ships", "crew", "voyages", "logbook"),
        "land": ("ports", "notes"),
        "money": ("tariff.*",),
    }
    position = Position("p.toml", 1)
    source = harbour()
    return make_plan(
        source,
        archive_of(source),
        Configuration(
            layout=layout,
            unlisted=Unlisted.INFER,
            groups=tuple(
                GroupRequest(
                    name=name,
                    title=name,
                    purpose="",
                    tables=tuple(TablePattern(text=text, position=position) for text in tables),
                    schema_number=number,
                    data_number=None,
                    position=position,
                )
                for number, (name, tables) in enumerate(wanted.items(), start=1)
            ),
            expect=Expectations(tables=8, rows=1_348_000, rows_of={"ports": 13, "quays": 1}),
        ),
    )


@pytest.mark.parametrize("width", [100, 80])
def test_a_plan_for_review_on_one_screen(width: int, tmp_path: Path) -> None:
    text = screen(plan_summary(reviewed_harbour()), width)
    assert len(text.splitlines()) <= 50
    assert max(map(len, text.splitlines())) <= width
    expect_transcript(f"plan-review-{width}.txt", text, tmp_path)


def test_findings_of_one_kind_are_counted() -> None:
    plan = reviewed_harbour()
    many = tuple(
        Finding(kind=kind, object=f"public.t{number}", message="said")
        for kind in (FindingKind.GROUP_MOVED, FindingKind.EMPTY_TABLE)
        for number in range(1_200)
    )
    text = screen(plan_summary(msgspec.structs.replace(plan, findings=many)), 100)
    assert "Findings (2,400)" in text
    assert re.search(r"group moved +and 1,196 more", text)
    assert "empty table (1,200)" in text
    assert len(text.splitlines()) <= 50


def with_text(plan: Plan, number: int) -> Plan:
    """The plan with so many tables that cannot travel as binary."""
    loads = [step for step in plan.steps if isinstance(step, LoadTable)][:number]
    reason = "column of: regclass travels in binary as an OID, which names another object on the target"
    as_text = {
        step.id: msgspec.structs.replace(step, format=CopyFormat.TEXT, format_reason=reason) for step in loads
    }
    return msgspec.structs.replace(plan, steps=tuple(as_text.get(step.id, step) for step in plan.steps))


def test_a_plan_says_which_tables_are_copied_as_text_and_why() -> None:
    source = harbour()
    plan = plan_of(source, order_tables(source))
    assert "text COPY" not in screen(plan_summary(plan), 200)
    text = screen(plan_summary(with_text(plan, 6)), 200)
    assert re.search(r"binary COPY +5 tables\n", text)
    assert len(re.findall(r"text COPY +\S+ \(column of: regclass travels in binary as an OID", text)) == 4
    assert re.search(r"text COPY +and 2 more, in plan.json\n", text)


def test_the_document_lists_all_tables_that_are_copied_as_text() -> None:
    source = harbour()
    order = order_tables(source)
    heading = "Tables copied as text"
    assert heading not in migration_order(plan_of(source, order), source, order)
    document = migration_order(with_text(plan_of(source, order), 6), source, order)
    assert f"## {heading} (6)\n" in document
    assert document.count("regclass travels in binary as an OID") == 6


def test_a_plan_without_findings_says_so() -> None:
    plan = msgspec.structs.replace(reviewed_harbour(Layout.BULK), findings=())
    assert "Findings (0)\nnone\n" in screen(plan_summary(plan), 100)


@pytest.mark.parametrize("width", [100, 80])
def test_a_verdict_with_differences(width: int, tmp_path: Path) -> None:
    verdict = verdict_of(
        check("rows", "Rows", 80, DIFFERENCES[:2]),
        check("views", "Views", 1, (LONG, HOSTILE)),
        check("keys", "Foreign keys", 14),
        check("sequences", "Sequences", 2, outcome=Outcome.INCOMPLETE),
        not_checked=("values of rows: no checksums yet", "large objects: there are none in scope"),
    )
    expect_transcript(f"verdict-{width}.txt", screen(verdict_table(verdict), width), tmp_path)


def test_the_document_of_a_verdict(tmp_path: Path) -> None:
    verdict = verdict_of(
        check("rows", "Rows", 80, DIFFERENCES[:2]),
        check("views", "Views", 1, (LONG, HOSTILE)),
        check("sequences", "Sequences", 2, outcome=Outcome.INCOMPLETE),
        not_checked=("<script>alert(1)</script>", "large objects: there are none in scope"),
    )
    asked = Asked(
        skipped=("contents",), max_rate=50 * 1024**2, sample=0.05, drill_down=False, show_values=True
    )
    rows = TableDifference(
        table=QualifiedName("public", "a|b"), key=("id", "`"), missing=1, extra=0, changed=2_000, rows=()
    )
    verdict = sealed(msgspec.structs.replace(verdict, asked=asked, differing_rows=(rows,)))
    text = verdict_markdown(verdict)
    expect_transcript("verdict.md", text, tmp_path)
    assert "<script" not in text


def test_no_more_than_a_thousand_differences_are_in_the_document() -> None:
    many = tuple(Difference(object=f"table t{n}", fact="rows", expected="1", found="0") for n in range(1200))
    text = verdict_markdown(
        verdict_of(check("rows", "Rows", 900, many[:900]), check("x", "X", 300, many[900:]))
    )
    assert "table t999 " in text
    assert "table t1000 " not in text
    assert "And 200 more, which are in `verdict.json`." in text


def test_no_more_than_fifty_differences_are_listed() -> None:
    text = screen(verdict_table(verdict_of(check("rows", "Rows", 80, DIFFERENCES))), 100)
    assert "table public.t50 " in text
    assert "table public.t51 " not in text
    assert "and 23 more; --json lists all" in text


def test_an_outcome_is_told_in_words_not_in_colours() -> None:
    text = screen(
        verdict_table(verdict_of(check("rows", "Rows", 1), check("x", "X", 1, DIFFERENCES[:1]))), 80
    )
    assert "equal" in text
    assert "different (1)" in text


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (30, "hotels, staff_users, policies"),
        (29, "hotels, staff_users, policies"),
        (28, "hotels, staff_users, +1"),
        (22, "hotels, +2"),
        (9, "hote…, +2"),
    ],
)
def test_a_list_shows_what_fits_and_counts_the_rest(width: int, line: str) -> None:
    assert FittingList(["hotels", "staff_users", "policies"]).fitted(width) == line


def test_a_list_counts_what_was_never_named() -> None:
    assert FittingList(["hotels"], besides=1_041).fitted(40) == "hotels, +1,041"


def test_loading_the_reports_does_not_load_rich() -> None:
    code = "import sys, pilotage.report.escape, pilotage.report.figures; print('rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
