"""What a preflight came to, and the refusal that it may end in."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage import __version__
from pilotage.errors import RefusedError
from pilotage.model.preflight import Checked, End, NotChecked, Preflight, Problem, Severity
from pilotage.model.visible import visible_text
from pilotage.preflight.running import Found

SHOWN = 20
"""Problems of one check that a message tells; the error carries all of them."""


class NotReadyError(RefusedError):
    """Preflight found what stops the migration; nothing was changed.

    Attributes:
        preflight: all that it found.
    """

    def __init__(self, preflight: Preflight) -> None:
        super().__init__(refusal(preflight))
        self.preflight = preflight

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the migration is refused for."""
        return self.preflight.stops


def report_of(found: Iterable[Found], *, source: str, target: str) -> Preflight:
    """Put together what the checks came to, stops before warnings."""
    answers = tuple(found)
    problems = [problem for of_check, _ in answers for problem in of_check]
    return Preflight(
        pilotage=__version__,
        source=source,
        target=target,
        problems=tuple(sorted(problems, key=lambda problem: problem.severity is not Severity.STOP)),
        checked=tuple(outcome for _, outcome in answers if isinstance(outcome, Checked)),
        not_checked=tuple(outcome for _, outcome in answers if isinstance(outcome, NotChecked)),
    )


def refuse_unready(preflight: Preflight) -> None:
    """Refuse to go on where something stops the migration.

    Raises:
        NotReadyError: with all of it.
    """
    if preflight.stops:
        raise NotReadyError(preflight)


def refusal(preflight: Preflight) -> str:
    """Return the message of a refusal: every stop with its remedy, grouped by check."""
    stops = preflight.stops
    things = "1 problem stops" if len(stops) == 1 else f"{len(stops)} problems stop"
    lines = [f"{things} the migration, and nothing was changed:"]
    for check in dict.fromkeys(problem.check for problem in stops):
        of_check = [problem for problem in stops if problem.check == check]
        for problem in of_check[:SHOWN]:
            lines += _indented("  - ", f"{_where(problem)}, {problem.object}: {problem.found}")
            lines += _indented("    wanted: ", problem.wanted)
            lines += _indented("    remedy: ", problem.remedy)
        if len(of_check) > SHOWN:
            lines.append(
                f"  - and {len(of_check) - SHOWN} more of {check}; pilotage preflight --json tells all"
            )
    return "\n".join(lines)


def _indented(label: str, text: str) -> list[str]:
    """Return the lines of a text below their label, each of them visible."""
    first, *more = map(visible_text, text.splitlines() or [""])
    return [label + first, *(" " * len(label) + line for line in more)]


def _where(problem: Problem) -> str:
    return "both ends" if problem.end is End.BOTH else problem.end.value
