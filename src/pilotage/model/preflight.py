"""What preflight finds, as data.

Made by :mod:`pilotage.preflight`, consumed by reports and by whoever must mend what was found.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

PREFLIGHT_FORMAT = 1
"""Version of the JSON form of a preflight."""


class End(StrEnum):
    """Which end a check is about."""

    SOURCE = "source"
    TARGET = "target"
    BOTH = "both"
    """How the two ends fit together."""


class Severity(StrEnum):
    """What a problem means for the migration."""

    STOP = "stop"
    """It is refused until this is mended."""
    WARNING = "warning"
    """It runs; a person should know this first."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that would stop a migration or hurt it.

    Attributes:
        check: the name of the check that found it; docs/preflight.md explains each.
        object: what it is about, as SQL names it, with its kind: ``table public.hotels``.
        found: what is there, one clause.
        wanted: what should be there, one clause.
        remedy: a command or SQL statements where there are any that help; else what to do, in words.
    """

    check: str
    severity: Severity
    end: End
    object: str
    found: str
    wanted: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.object}: {self.found}; wanted: {self.wanted}; remedy: {self.remedy}"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A check that looked at all that it is for, whatever it found.

    Attributes:
        title: what holds where it found nothing.
        problems: how many it found.
        seconds: wall time that it took.
    """

    check: str
    end: End
    title: str
    problems: int
    seconds: float


class NotChecked(msgspec.Struct, frozen=True, kw_only=True):
    """A check, or a part of one, that could not be made or was not asked for, and why."""

    check: str
    end: End
    title: str
    reason: str


class Preflight(msgspec.Struct, frozen=True, kw_only=True):
    """All problems at once, and what was looked at.

    Attributes:
        source: where the rows are read, without a password; empty where SQL files are applied.
        target: where they are to go, without a password.
        problems: stops first, each in the order of the checks.
    """

    format: int = PREFLIGHT_FORMAT
    pilotage: str
    source: str
    target: str
    problems: tuple[Problem, ...]
    checked: tuple[Checked, ...]
    not_checked: tuple[NotChecked, ...]

    @property
    def stops(self) -> tuple[Problem, ...]:
        """What the migration would be refused for."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.STOP)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What a person should know first."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)
