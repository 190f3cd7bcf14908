"""A preflight as people read it: what stops, what to know, what is fine, and what was not looked at.

Consumed by the command line. What is looked at is decided in :mod:`pilotage.preflight`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from pilotage.model.preflight import End, NotChecked, Preflight, Problem
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted
from pilotage.report.layout import heading

PROBLEMS_SHOWN = 20
"""Objects of one problem that are shown; --json tells all."""


def preflight_screen(preflight: Preflight) -> RenderableType:
    """Return the whole of it, stops first."""
    parts: list[RenderableType] = [_sentence(preflight)]
    if preflight.stops:
        parts += [Text(), heading(f"Stops ({count(len(preflight.stops))})"), *_problems(preflight.stops)]
    if preflight.warnings:
        parts += [
            Text(),
            heading(f"Warnings ({count(len(preflight.warnings))})"),
            *_problems(preflight.warnings),
        ]
    fine = [checked for checked in preflight.checked if not checked.problems]
    if fine:
        parts += [Text(), heading(f"Checked and fine ({count(len(fine))})")]
        parts += [_line(f"{_where(checked.end)}: {checked.title}") for checked in fine]
    if preflight.not_checked:
        parts += [Text(), heading(f"Not checked ({count(len(preflight.not_checked))})")]
        parts += _left_out(preflight.not_checked)
    return Group(*parts)


def _sentence(preflight: Preflight) -> Text:
    stops, warnings = len(preflight.stops), len(preflight.warnings)
    line = Text("Preflight: ")
    if stops:
        line.append("would be refused", style="bold red")
    else:
        line.append("nothing is in the way", style="green")
    line.append(f". {counted(stops, 'problem')} to mend first, " if stops else ". ")
    line.append(f"{counted(warnings, 'warning')}, " if warnings else "no warnings, ")
    line.append(f"{counted(len(preflight.checked), 'check')} made")
    if preflight.not_checked:
        line.append(f", {count(len(preflight.not_checked))} not made")
    return line.append(f". From {terminal_text(preflight.source)} to {terminal_text(preflight.target)}.")


def _problems(problems: Sequence[Problem]) -> Iterator[RenderableType]:
    """Yield each problem; those that differ only in their object and its remedy together."""
    alike: dict[tuple[str, End, str, str], list[Problem]] = {}
    for check in dict.fromkeys(problem.check for problem in problems):
        for problem in problems:
            if problem.check == check:
                alike.setdefault((check, problem.end, problem.found, problem.wanted), []).append(problem)
    for (check, end, found, wanted), together in alike.items():
        alone = len(together) == 1
        what = terminal_text(together[0].object) if alone else counted(len(together), "object")
        yield Text(f"- {_where(end)}, {what} [{check}]")
        yield from _said("found", found)
        yield from _said("wanted", wanted)
        if alone:
            yield from _said("remedy", together[0].remedy)
            continue
        for problem in together[:PROBLEMS_SHOWN]:
            yield Text(f"  {terminal_text(problem.object)}")
            yield from _said("remedy", problem.remedy, indent="    ")
        if len(together) > PROBLEMS_SHOWN:
            yield Text(f"  and {count(len(together) - PROBLEMS_SHOWN)} more; --json tells all")


def _said(label: str, text: str, indent: str = "  ") -> Iterator[RenderableType]:
    for number, line in enumerate(text.splitlines() or [""]):
        yield Text(f"{indent}{label + ':' if not number else '':8}{terminal_text(line)}")


def _line(text: str) -> RenderableType:
    return Text(f"- {terminal_text(text)}")


def _left_out(not_checked: Sequence[NotChecked]) -> Iterator[RenderableType]:
    """Yield what was not looked at; what was left out for one reason together."""
    by_reason: dict[str, list[NotChecked]] = {}
    for each in not_checked:
        by_reason.setdefault(each.reason, []).append(each)
    for reason, together in by_reason.items():
        if len(together) == 1:
            yield _line(f"{_where(together[0].end)}, whether {together[0].title}: {reason}")
            continue
        yield _line(f"{count(len(together))} checks: {reason}")
        yield from (Text(f"  {_where(each.end)}, whether {terminal_text(each.title)}") for each in together)


def _where(end: End) -> str:
    return "both ends" if end is End.BOTH else end.value
