"""Where a migration stands: what a target's journal and server processes say, as a record and on a screen.

Consumed by ``pilotage status``. Nothing of the source is asked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import assert_never

import msgspec
from rich.console import Group as Screen
from rich.console import RenderableType
from rich.text import Text

from pilotage.apply.journal import Record
from pilotage.execute.parts import is_complete
from pilotage.execute.processes import Process
from pilotage.model.journal import Attempt, Done, Failure, Journal, Outcome, PlannedStep
from pilotage.model.plan import Stage
from pilotage.model.run import Unit
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted, elapsed, size
from pilotage.report.layout import MIDDLE_DOT, facts, heading, plain_table
from pilotage.report.progress_screen import STAGES

STATUS_FORMAT = 1
"""Version of the JSON form of a status."""

_SHOWN = 20
_WORDS = 2
_STEP = re.compile(r" step ([0-9]+)\Z")
"""The end of the name that a session of a run has while it works: the step's place in the plan."""


class State(StrEnum):
    """How it stands."""

    NOTHING = "nothing"
    """No journal: nothing was begun, or all is done and the journal removed."""
    RUNNING = "running"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    KILLED = "killed"
    """The last run ended without a word of its own."""
    FINISHED = "finished"
    """All steps are done, and the journal is still there."""
    FILES = "files"
    """The journal is of SQL files that ``pilotage apply`` ran."""


class StageStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How many steps of a stage are done."""

    stage: Stage
    steps: int
    done: int


class CopiedRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a table that one run of the command copied, under its snapshot."""

    attempt: int
    rows: int


class TableStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a table's rows are.

    Attributes:
        rows: as the plan expects them.
        copied_rows, copied_bytes: that are in and recorded.
        by_attempt: which runs copied them; each run's snapshot is said with the run.
    """

    table: str
    group: str
    done: bool
    rows: int
    copied_rows: int
    copied_bytes: int
    by_attempt: tuple[CopiedRows, ...]


class AtWork(msgspec.Struct, frozen=True, kw_only=True):
    """A server process that works for the migration.

    Attributes:
        step: the plan's step, or the first of a batch.
        phase, done, total, unit: as the server tells them.
        waits_for: the lock that it waits for, and who is in the way; empty where it does not wait.
        seconds: since its statement began.
    """

    pid: int
    step: str
    phase: str
    done: int
    total: int | None
    unit: Unit
    waits_for: str
    seconds: float | None


class StatusReport(msgspec.Struct, frozen=True, kw_only=True):
    """What ``pilotage status --json`` prints.

    Attributes:
        holder: who is at work on the database and since when; empty where nobody is.
        share: of the work that is done, 0 to 1, by the plan's weights.
        left: ids of the steps that are not done, in the plan's order.
        failures: of steps that are not done now.
        files: those on record, where the journal is of files.
    """

    format: int = STATUS_FORMAT
    state: State
    database: str
    holder: str
    source: str = ""
    begun: str = ""
    pilotage: str = ""
    share: float = 0.0
    attempts: tuple[Attempt, ...] = ()
    stages: tuple[StageStatus, ...] = ()
    tables: tuple[TableStatus, ...] = ()
    at_work: tuple[AtWork, ...] = ()
    left: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    files: tuple[Record, ...] = ()


def status_report(
    database: str,
    *,
    holder: str,
    journal: Journal | None,
    processes: Sequence[Process] = (),
    files: Sequence[Record] = (),
) -> StatusReport:
    """Return what all that was found amounts to.

    Args:
        database: as people name it.
        holder: who holds the run's lock; empty where nobody does.
        processes: that hold the workers' lock.
        files: on record, by ``pilotage apply``.
    """
    if journal is None:
        state = State.FILES if files else State.RUNNING if holder else State.NOTHING
        return StatusReport(state=state, database=database, holder=holder, files=tuple(files))
    parts: Mapping[str, list[Done]] = _by_step(journal.done)
    done = {step for step, of_step in parts.items() if is_complete(of_step)}
    weight = sum(step.weight for step in journal.steps)
    weight_done = sum(step.weight for step in journal.steps if step.id in done)
    return StatusReport(
        state=_state(journal, holder),
        database=database,
        holder=holder,
        source=journal.begun.source,
        begun=journal.begun.started,
        pilotage=journal.begun.pilotage,
        share=weight_done / weight if weight else 0.0,
        attempts=journal.attempts,
        stages=tuple(_stages(journal.steps, done)),
        tables=tuple(
            _table(step, parts.get(step.id, ()), done=step.id in done) for step in journal.steps if step.table
        ),
        at_work=tuple(_at_work(processes, journal.steps)),
        left=tuple(step.id for step in journal.steps if step.id not in done),
        failures=tuple(failure for failure in journal.failures if failure.step not in done),
    )


def _by_step(done: Iterable[Done]) -> Mapping[str, list[Done]]:
    parts: defaultdict[str, list[Done]] = defaultdict(list)
    for each in done:
        parts[each.step].append(each)
    return parts


def _state(journal: Journal, holder: str) -> State:
    if holder:
        return State.RUNNING
    outcome = journal.attempts[-1].outcome if journal.attempts else ""
    return {
        Outcome.FINISHED.value: State.FINISHED,
        Outcome.FAILED.value: State.FAILED,
        Outcome.INTERRUPTED.value: State.INTERRUPTED,
    }.get(outcome, State.KILLED)


def _stages(steps: Sequence[PlannedStep], done: set[str]) -> Iterable[StageStatus]:
    for stage in Stage:
        of_stage = [step.id for step in steps if step.stage == stage.value]
        if of_stage:
            yield StageStatus(stage=stage, steps=len(of_stage), done=len(done.intersection(of_stage)))


def _table(step: PlannedStep, parts: Sequence[Done], *, done: bool) -> TableStatus:
    return TableStatus(
        table=step.table,
        group=step.group,
        done=done,
        rows=step.rows,
        copied_rows=sum(part.rows for part in parts),
        copied_bytes=sum(part.bytes for part in parts),
        by_attempt=tuple(
            CopiedRows(attempt=number, rows=sum(part.rows for part in parts if part.attempt == number))
            for number in sorted({part.attempt for part in parts})
        ),
    )


def _at_work(processes: Iterable[Process], steps: Sequence[PlannedStep]) -> Iterable[AtWork]:
    by_place = {step.place: step.id for step in steps}
    for process in processes:
        found = _STEP.search(process.application)
        if found is None:  # it waits for work
            continue
        holders = " and ".join(map(str, process.holders))
        yield AtWork(
            pid=process.pid,
            step=by_place.get(int(found[1]), ""),
            phase=process.phase or " ".join(process.query.split()[:_WORDS]),
            done=process.done,
            total=process.total,
            unit=process.unit,
            waits_for=f"{process.lock}, held by {holders or 'somebody'}" if process.lock else "",
            seconds=process.seconds,
        )


def status_screen(status: StatusReport) -> RenderableType:
    """Return a status, as one screen."""
    parts: list[RenderableType] = [_head(status)]
    if status.holder:
        parts.append(Text(f"At work: {terminal_text(status.holder)}"))
    if status.attempts:
        parts += [Text(), _stages_table(status)]
    if status.tables:
        parts += [Text(), _groups_table(status), *_unfinished(status)]
    if status.at_work:
        parts += [Text(), heading("Server processes at work"), *map(_process, status.at_work)]
    if status.attempts:
        parts += [Text(), _attempts_table(status)]
    if status.failures:
        parts += [Text(), heading("Failed and not done"), *_failures(status.failures)]
    if status.files:
        parts += [Text(), _files_table(status.files)]
    parts += [Text(), Text(_what_next(status))]
    return Screen(*parts)


def _head(status: StatusReport) -> Text:
    title = Text(terminal_text(status.database), style="bold")
    match status.state:
        case State.NOTHING:
            said = "no migration is on record here"
        case State.FILES:
            said = f"{counted(len(status.files), 'SQL file')} of a migration by files are on record"
        case State.RUNNING if not status.attempts:
            said = "a run is at work, and has recorded nothing yet"
        case State.RUNNING:
            said = "a migration is running"
        case State.FAILED:
            said = "a migration has failed and can go on"
        case State.INTERRUPTED:
            said = "a migration was interrupted and can go on"
        case State.KILLED:
            said = "a migration ended without a word, as when it is killed, and can go on"
        case State.FINISHED:
            said = "all steps of a migration are done, and its record is still here"
        case _:
            assert_never(status.state)
    title.append(f": {said}", style="not bold")
    if status.source:
        begun = (
            f", from {status.source}, begun {status.begun}; {_percent(status.share)} by the plan's weights"
        )
        title.append(terminal_text(begun), style="not bold")
    return title


def _percent(share: float) -> str:
    return f"{int(share * 100)}%"


def _stages_table(status: StatusReport) -> RenderableType:
    table = plain_table("stage", "done>", "left>", "steps>")
    for each in status.stages:
        table.add_row(STAGES[each.stage], count(each.done), count(each.steps - each.done), count(each.steps))
    return table


def _groups_table(status: StatusReport) -> RenderableType:
    table = plain_table("rows of", "tables in>", "tables>", "rows in>", "rows>", "copied>")
    groups: dict[str, list[TableStatus]] = {}
    for each in status.tables:
        groups.setdefault(each.group, []).append(each)
    for name, tables in [*list(groups.items())[:_SHOWN], ("all", list(status.tables))]:
        table.add_row(
            Text(terminal_text(name)),
            count(sum(each.done for each in tables)),
            count(len(tables)),
            count(sum(each.copied_rows for each in tables)),
            count(sum(each.rows for each in tables)),
            size(sum(each.copied_bytes for each in tables)),
        )
    return table


def _unfinished(status: StatusReport) -> list[RenderableType]:
    left = [each for each in status.tables if not each.done]
    if not left or len(left) == len(status.tables):
        return []
    lines: list[RenderableType] = [Text(), heading("Tables that are not in")]
    for each in left[:_SHOWN]:
        some = f", {count(each.copied_rows)} are in" if each.copied_rows else ""
        lines.append(Text(f"  {MIDDLE_DOT} {terminal_text(each.table)}: {counted(each.rows, 'row')}{some}"))
    if len(left) > _SHOWN:
        lines.append(Text(f"  and {count(len(left) - _SHOWN)} more; --json has all of them", style="dim"))
    return lines


def _process(process: AtWork) -> RenderableType:
    seconds = f", {elapsed(process.seconds)}" if process.seconds is not None else ""
    if process.total and process.done:
        far = f", {_percent(process.done / process.total)} of its {process.unit.value}"
    else:
        far = f", {count(process.done)} {process.unit.value}" if process.done else ""
    phase = f": {terminal_text(process.phase)}" if process.phase else ""
    waits = f"; waits for {terminal_text(process.waits_for)}" if process.waits_for else ""
    return Text(
        f"  {MIDDLE_DOT} {terminal_text(process.step) or 'a step'}{phase}{far}{seconds} "
        f"(server process {process.pid}){waits}"
    )


def _attempts_table(status: StatusReport) -> RenderableType:
    table = plain_table("run>", "begun (UTC)", "ended", "how", "snapshot", "tables>", "rows>")
    for attempt in status.attempts:
        copied = [
            part for each in status.tables for part in each.by_attempt if part.attempt == attempt.number
        ]
        is_last = attempt is status.attempts[-1]
        running = "at work" if is_last and status.state is State.RUNNING else "without a word"
        table.add_row(
            count(attempt.number),
            attempt.started.removesuffix(" UTC"),
            attempt.ended.removesuffix(" UTC") or MIDDLE_DOT,
            Text(terminal_text(attempt.outcome or running)),
            Text(terminal_text(attempt.snapshot)),
            count(len(copied)),
            count(sum(part.rows for part in copied)),
        )
    return table


def _failures(failures: Sequence[Failure]) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for failure in failures[-_SHOWN:]:
        said = " ".join(terminal_text(line.strip()) for line in failure.message.splitlines()[:3])
        lines.append(Text(f"  {MIDDLE_DOT} run {failure.attempt}, {failure.at}: {said}"))
    return lines


def _files_table(files: Sequence[Record]) -> RenderableType:
    return Screen(
        heading("Files on record"),
        facts(
            [(terminal_text(each.file), f"{counted(each.rows, 'row')}, {each.finished}") for each in files]
        ),
    )


def _what_next(status: StatusReport) -> str:
    give_up = "To give it up, empty the target database."
    last = terminal_text((status.attempts[-1].message.splitlines() or [""])[0]) if status.attempts else ""
    match status.state:
        case State.NOTHING:
            said = (
                "None was begun, or it is complete and its record was removed. "
                "`pilotage migrate SOURCE TARGET` begins one."
            )
        case State.RUNNING:
            said = "Wait for its end, or stop it with Ctrl-C where it runs; the same command goes on then."
        case State.FAILED:
            why = f"Run {status.attempts[-1].number} ended with: {last}\n" if last else ""
            said = (
                f"{why}Mend the cause and run the same command again: it goes on with what is left. {give_up}"
            )
        case State.INTERRUPTED:
            said = f"Run the same command again: it goes on with what is left. {give_up}"
        case State.KILLED:
            at_work = " What it left at work on the server is ended first." if status.at_work else ""
            said = f"Run the same command again: it goes on with what is left.{at_work} {give_up}"
        case State.FINISHED:
            said = (
                "`pilotage verify SOURCE TARGET` compares both ends; "
                "DROP SCHEMA pilotage CASCADE removes the record."
            )
        case State.FILES:
            said = (
                "`pilotage apply DIR TARGET` goes on with the files that are not here; "
                "`pilotage rollback TARGET --from DIR` takes them back."
            )
        case _:
            assert_never(status.state)
    return said
