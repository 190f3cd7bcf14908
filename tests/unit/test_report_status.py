"""Where a migration stands, on a screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotage.connection.patience import Holder
from pilotage.execute.processes import Process
from pilotage.model.copied import Moment
from pilotage.model.journal import Attempt, Begun, Done, Failure, Journal, PlannedStep
from pilotage.model.run import Unit
from pilotage.report.status import State, StatusReport, status_report, status_screen
from tests.unit.screens import expect_transcript, screen

DATABASE = "me@new:5432/shop"
HOLDER = "pilotage of me from 10.0.0.7, since 2026-11-22 10:00:00 UTC (server process 77)"
MOMENT = Moment(xmin=700, lineage="", running_since="", flushed=True)


def planned(place: int, id_: str, stage: str, kind: str, *, table: str = "", rows: int = 0) -> PlannedStep:
    return PlannedStep(
        place=place,
        id=id_,
        stage=stage,
        kind=kind,
        group="wave-0" if table else "",
        table=table,
        rows=rows,
        bytes=rows * 100,
        weight=100 + rows,
    )


def journal(outcome: str = "", message: str = "", *, complete: bool = False) -> Journal:
    """A small table is in; of a large one, the first of two parts, under the snapshot of an earlier run."""
    done = [
        Done(step="define a", attempt=1),
        Done(step="define b", attempt=1),
        Done(step="table a", rows=10, bytes=900, attempt=1),
        Done(step="table b", end_block=50, rows=600, bytes=60_000, attempt=1 if complete else 2),
    ]
    if complete:
        done += [
            Done(step="table b", first_block=50, rows=400, bytes=40_000, attempt=2),
            Done(step="index b", attempt=2),
        ]
    return Journal(
        begun=Begun(
            format=1,
            pilotage="0.1.0",
            fingerprint="f",
            source="me@old:5432/shop",
            source_identity="i",
            choices="{}",
            started="2026-11-22 09:00:00 UTC",
        ),
        attempts=(
            Attempt(
                number=1,
                snapshot="00000003-1",
                moment=MOMENT,
                started="2026-11-22 09:00:00 UTC",
                ended="2026-11-22 09:10:00 UTC",
                outcome="interrupted",
            ),
            Attempt(
                number=2,
                snapshot="00000005-1",
                moment=MOMENT,
                started="2026-11-22 10:00:00 UTC",
                ended="2026-11-22 10:05:00 UTC" if outcome else "",
                outcome=outcome,
                message=message,
            ),
        ),
        steps=(
            planned(0, "define a", "structure", "run-ddl"),
            planned(1, "define b", "structure", "run-ddl"),
            planned(2, "table a", "data", "load-table", table="public.a", rows=10),
            planned(3, "table b", "data", "load-table", table="public.b", rows=1000),
            planned(4, "index b", "data", "build-index"),
        ),
        done=tuple(done),
        failures=(
            ()
            if complete
            else (
                Failure(attempt=1, step="define b", message="mended since", at="2026-11-22 09:01:00 UTC"),
                Failure(
                    attempt=1,
                    step="index b",
                    message='step "index b" failed: too\x1b[2Jlong\nDetail: that it is',
                    at="2026-11-22 09:09:00 UTC",
                ),
            )
        ),
    )


def process(application: str, *, lock: str = "") -> Process:
    holder = Holder(
        pid=9, user="alice", application="psql", state="active", seconds=5.0, query="LOCK TABLE b"
    )
    return Process(
        pid=78,
        application=application,
        phase="COPY FROM",
        done=250,
        total=None,
        unit=Unit.ROWS,
        relation="public.b",
        query="COPY public.b",
        seconds=12.5,
        lock=lock,
        holders=(holder,) if lock else (),
    )


def found(name: str) -> StatusReport:
    match name:
        case "running":
            processes = (process("pilotage step 3", lock="relation public.b"), process("pilotage"))
            return status_report(DATABASE, holder=HOLDER, journal=journal(), processes=processes)
        case "failed":
            return status_report(
                DATABASE, holder="", journal=journal("failed", "the disk is full\nDetail: all")
            )
        case "killed":
            return status_report(
                DATABASE, holder="", journal=journal(), processes=(process("pilotage step 3"),)
            )
        case _:
            return status_report(DATABASE, holder="", journal=journal("finished", complete=True))


@pytest.mark.parametrize("name", ["running", "failed", "killed", "finished"])
def test_the_screen_says_where_it_stands_and_what_to_do(name: str, tmp_path: Path) -> None:
    status = found(name)
    assert status.state == State(name)
    expect_transcript(f"status-{name}.txt", screen(status_screen(status), 100), tmp_path)


def test_a_table_of_which_a_part_is_in_is_not_done() -> None:
    status = found("running")
    assert [(table.table, table.done, table.copied_rows) for table in status.tables] == [
        ("public.a", True, 10),
        ("public.b", False, 600),
    ]
    assert status.left == ("table b", "index b")
    assert status.share == pytest.approx(310 / 1510)


def test_what_failed_and_is_done_by_now_is_no_failure_any_more() -> None:
    assert [failure.step for failure in found("failed").failures] == ["index b"]


def test_a_session_that_waits_for_work_is_not_at_work() -> None:
    assert [each.step for each in found("running").at_work] == ["table b"]


def test_where_somebody_holds_the_lock_and_nothing_is_recorded_a_run_begins_or_ends() -> None:
    status = status_report(DATABASE, holder=HOLDER, journal=None)
    assert status.state is State.RUNNING
    assert "has recorded nothing yet" in screen(status_screen(status), 100)
