from __future__ import annotations

import pytest
from bench.migration.figures import (
    CONTENTS,
    MD5,
    OURS,
    PARALLEL,
    PIPE,
    VERIFIED,
    Goal,
    Run,
    Summary,
    goals,
    ratio,
    summary,
)
from bench.migration.results import Results, comparisons_table, markdown, number, table, ways_table


def a_run(wall: float, *, servers: float = 4.0, client: float = 0.5, others: float = 0.0) -> Run:
    return Run(wall=wall, source=servers / 4, target=servers * 3 / 4, client=client, peak=50e6, others=others)


def a_summary(wall: float, *, servers: float = 4.0, client: float = 0.5, others: float = 0.0) -> Summary:
    return summary([a_run(wall, servers=servers, client=client, others=others)])


def found_for(what: list[Goal], database: str, against: str) -> Goal:
    (goal,) = [each for each in what if (each.database, each.against) == (database, against)]
    return goal


def test_each_figure_has_its_own_median() -> None:
    middle = summary([a_run(9.0, client=0.1), a_run(2.0, client=0.3), a_run(3.0, client=0.2)])
    assert (middle.runs, middle.wall, middle.client) == (3, 3.0, 0.2)


def test_the_floor_is_what_the_servers_did_shared_by_the_cores() -> None:
    assert a_summary(5.0, servers=6.0).floor(2) == pytest.approx(3.0)
    assert a_summary(5.0, servers=6.0).servers == pytest.approx(6.0)


def test_a_ratio_is_ours_over_theirs() -> None:
    measured = {"mixed": {OURS: a_summary(2.0), PARALLEL: a_summary(5.0)}}
    assert ratio(measured, "mixed", PARALLEL) == pytest.approx(0.4)


def test_nothing_is_said_of_what_was_not_measured() -> None:
    measured = {"mixed": {PARALLEL: a_summary(5.0)}}
    assert ratio(measured, "mixed", PARALLEL) is None
    assert ratio(measured, "hotel", PIPE) is None
    assert {goal.outcome for goal in goals(measured, {}, 2)} == {"not measured"}


def test_a_number_is_reached_at_its_limit_and_missed_above() -> None:
    measured = {
        "mixed": {OURS: a_summary(4.5), PARALLEL: a_summary(10.0)},
        "hotel": {OURS: a_summary(7.6), PIPE: a_summary(10.0)},
    }
    found = goals(measured, {}, 2)
    assert found_for(found, "mixed", PARALLEL).outcome == "reached"
    assert found_for(found, "hotel", PIPE).outcome == "missed"


def test_floor_and_client_are_held_to_their_numbers_on_every_database() -> None:
    measured = {
        "mixed": {OURS: a_summary(5.0, servers=8.0, client=1.2)},
        "giant": {OURS: a_summary(5.0, servers=7.0, client=1.2)},
    }
    found = goals(measured, {}, 2)
    assert found_for(found, "mixed", "wall / floor").found == pytest.approx(1.25)
    assert found_for(found, "giant", "wall / floor").outcome == "missed"
    assert found_for(found, "mixed", "client's CPU / servers' CPU").outcome == "reached"
    assert found_for(found, "giant", "client's CPU / servers' CPU").outcome == "missed"


def test_comparing_is_held_against_copying() -> None:
    results = Results(
        about={},
        cores=2,
        sizes={"mixed": 1_000_000},
        measured={"mixed": {OURS: a_summary(10.0)}},
        compared={"mixed": {CONTENTS: a_summary(4.0), MD5: a_summary(8.0)}},
        missing=[],
    )
    assert (
        found_for(goals(results.measured, results.compared, 2), "mixed", f"{CONTENTS} / {OURS}").found == 0.4
    )
    rows = [line.split("|") for line in markdown(results).splitlines() if line.startswith(f"| {MD5}")]
    assert [cell.strip() for cell in rows[0][4:6]] == ["0.80", "0.50"]


def test_what_is_left_of_a_database_that_is_not_compared_is_no_table() -> None:
    results = Results(about={}, cores=2, sizes={}, measured={}, compared={"many": {}}, missing=[])
    assert comparisons_table(results, "many") == comparisons_table(results, "hotel") == ""


def test_a_name_with_a_bar_does_not_end_its_cell() -> None:
    assert table(("way",), [("a | b",)]) == "| way    |\n| ------ |\n| a \\| b |\n"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.154, "0.15"), (9.994, "9.99"), (9.996, "10.0"), (99.96, "100"), (None, "")]
)
def test_figures_have_three_digits_that_count(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_a_wall_time_that_others_made_longer_is_marked() -> None:
    quiet = ways_table({PIPE: a_summary(10.0, others=0.9)}, 2)
    busy = ways_table({PIPE: a_summary(10.0, others=1.1)}, 2)
    assert "\\*" not in quiet
    assert "| 10.0\\* |" in busy
    assert "this wall time is too long" in busy


def test_what_verifies_is_compared_with_nobody() -> None:
    lines = ways_table(
        {OURS: a_summary(2.0), VERIFIED: a_summary(4.0), PARALLEL: a_summary(8.0)}, 2
    ).splitlines()
    assert [line.split("|")[4].strip() for line in lines[2:]] == ["", "", "0.25"]


def test_the_page_tells_what_is_missing_and_why() -> None:
    page = markdown(
        Results(
            about={"machine": "2 cores"},
            cores=2,
            sizes={"many": 12_345_678},
            measured={"many": {OURS: a_summary(2.0), PIPE: a_summary(2.0)}},
            compared={},
            missing=["chinook: its file is not there"],
        )
    )
    assert "## many, 12 MB" in page
    assert "- machine: 2 cores\n" in page
    assert "- chinook: its file is not there\n" in page
    assert [line.split("|")[-2].strip() for line in page.splitlines() if line.startswith("| many ")] == [
        "reached",
        "reached",
        "reached",
    ]
