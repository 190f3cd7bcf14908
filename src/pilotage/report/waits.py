"""What a run waits for, in words; consumed by the screen and the lines that show a run."""

from __future__ import annotations

from typing import assert_never

from pilotage.model.run import Wait, WaitReason
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted, elapsed
from pilotage.report.steps import step_object
from pilotage.report.tally import Tally


def wait_at_work(wait: Wait, tally: Tally) -> str:
    """Return for whom a step waits that has begun: ``waits 12 s for a lock on …; in the way is …``."""
    seconds = f" {elapsed(wait.seconds)}" if wait.seconds is not None and wait.seconds >= 1 else ""
    holders = [*(_named(step, tally) for step in wait.by), *map(terminal_text, wait.sessions)]
    are = "are" if len(holders) > 1 else "is"
    return (
        f"waits{seconds} for a lock on {terminal_text(wait.object)}; in the way {are} "
        f"{' and '.join(holders) or 'somebody who cannot be seen'}"
    )


def wait_to_come(wait: Wait, tally: Tally) -> str:
    """Return for what steps wait that have not begun: ``12 steps until table public.a is done``."""
    steps = counted(wait.steps, "step")
    by = _named(wait.by[0], tally) if wait.by else "another step"
    is_are, has = "is", "has"
    if len(wait.by) > 1:
        by += f" and {count(len(wait.by) - 1)} more"
        is_are, has = "are", "have"
    match wait.reason:
        case WaitReason.LOCK | WaitReason.TABLE:
            said = f"{steps} until {by} {is_are} done, which {has} locked {terminal_text(wait.object)}"
        case WaitReason.STEP:
            said = f"{steps} until {by} {is_are} done"
        case WaitReason.COPIES:
            said = f"{steps} until one of the copies at work is done{_at_a_time(tally.jobs)}"
        case WaitReason.BUILDS:
            said = f"{steps} until one of the builds and checks at work is done{_at_a_time(tally.index_jobs)}"
        case WaitReason.CONNECTIONS:
            said = f"{steps} until a connection is free{_at_a_time(tally.connections)}"
        case _:
            assert_never(wait.reason)
    return said


def _at_a_time(number: int) -> str:
    return f" ({count(number)} at a time)" if number else ""


def _named(step: str, tally: Tally) -> str:
    known = tally.step(step)
    return step_object(known) if known is not None else terminal_text(step)
