"""A verdict as people read it: the checks, then every difference, then what was not checked.

Consumed by the command line and by the screen of a migration. What is compared is decided in
:mod:`pilotage.verify`; here it is only shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pilotage.model.verdict import Check, Difference, Outcome, Side, Verdict
from pilotage.report.escape import elided, terminal_text, visible_identifier
from pilotage.report.figures import count, counted, duration
from pilotage.report.layout import MIDDLE_DOT, facts, heading, plain_table

DIFFERENCES_SHOWN = 50
_VALUE_WIDTH = 72
_STYLES = {Outcome.EQUAL: "green", Outcome.DIFFERENT: "bold red", Outcome.INCOMPLETE: "yellow"}


def verdict_table(verdict: Verdict, *, limit: int = DIFFERENCES_SHOWN) -> RenderableType:
    """Return the verdict: the outcome, one line a check, at most ``limit`` differences, what was not checked.

    How each check compares is in the verdict's document.
    """
    parts: list[RenderableType] = [verdict_line(verdict), _ends(verdict), Text(), _checks(verdict.checks)]
    if verdict.differences:
        parts += [Text(), heading(f"Differences ({count(len(verdict.differences))})")]
        parts += [differences_table(verdict.differences, limit=limit)]
    if verdict.fixed:
        parts += [Text(), heading(f"As chosen fixes of the plan make it ({count(len(verdict.fixed))})")]
        parts += [_fixed(verdict.fixed, limit=limit)]
    if verdict.not_checked:
        parts += [Text(), heading("Not checked"), not_checked(verdict)]
    return Group(*parts)


def _ends(verdict: Verdict) -> RenderableType:
    rows: list[tuple[str, RenderableType]] = [
        ("source", side_line(verdict.source)),
        ("target", side_line(verdict.target)),
        ("from", f"{verdict.began} to {verdict.ended}"),
    ]
    if verdict.sha256:
        rows.append(("SHA-256", verdict.sha256))
    return facts(rows)


def side_line(side: Side) -> str:
    """Return which database one of the two was, and at what moment."""
    moment = f"snapshot {side.snapshot}" if side.snapshot is not None else "of a snapshot that is gone"
    server = side.server
    return terminal_text(
        f"{visible_identifier(server.database)}, PostgreSQL {server.version}, {server.encoding}, "
        f"{server.collation}, {moment}"
    )


def verdict_line(verdict: Verdict) -> Text:
    """Return the verdict in a sentence: the outcome, and how much it rests on."""
    line = Text("Verdict: ").append(verdict.outcome.value, style=_STYLES[verdict.outcome])
    compared = sum(check.compared for check in verdict.checks)
    line.append(f". {counted(len(verdict.checks), 'check')} over {counted(compared, 'object')}, ")
    line.append(counted(len(verdict.differences), "difference") if verdict.differences else "no differences")
    incomplete = sum(check.outcome is Outcome.INCOMPLETE for check in verdict.checks)
    if incomplete:
        line.append(f", {counted(incomplete, 'check')} incomplete")
    return line.append(".")


def differences_table(differences: Sequence[Difference], *, limit: int) -> RenderableType:
    """Return the first ``limit`` differences, long values elided, and how many there are besides."""
    table = plain_table("object", "what", "expected", "found")
    for difference in differences[:limit]:
        table.add_row(
            Text(terminal_text(difference.object)),
            Text(terminal_text(difference.fact)),
            Text(_value(difference.expected)),
            Text(_value(difference.found)),
        )
    if len(differences) <= limit:
        return table
    return Group(table, Text(f"and {count(len(differences) - limit)} more; --json lists all"))


def not_checked(verdict: Verdict) -> RenderableType:
    """Return what the verdict does not speak about, a bullet each."""
    return _bullets(verdict.not_checked)


def _fixed(objects: Sequence[str], *, limit: int) -> RenderableType:
    shown = _bullets(objects[:limit])
    if len(objects) <= limit:
        return shown
    return Group(shown, Text(f"and {count(len(objects) - limit)} more; --json lists all"))


def _bullets(sentences: Sequence[str]) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for sentence in sentences:
        grid.add_row(Text(MIDDLE_DOT), Text(terminal_text(sentence)))
    return Padding(grid, (0, 0, 0, 1))


def _checks(checks: Sequence[Check]) -> Table:
    table = plain_table("check", "compared>", "outcome", "time>")
    for check in checks:
        outcome = Text(check.outcome.value, style=_STYLES[check.outcome])
        if check.differences:
            outcome.append(f" ({count(len(check.differences))})")
        table.add_row(
            Text(terminal_text(check.title)),
            Text(count(check.compared)),
            outcome,
            Text(duration(check.seconds)),
        )
    return table


def _value(text: str) -> str:
    return elided(terminal_text(text), _VALUE_WIDTH)
