"""The outcome of verification, as data.

Made by :mod:`pilotage.verify`, consumed by reports and by whoever signs.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pilotage.model.catalog import Server

VERDICT_FORMAT = 1
"""Version of the JSON form of a verdict."""


class Outcome(StrEnum):
    """Of one check, or of all."""

    EQUAL = "equal"
    DIFFERENT = "different"
    INCOMPLETE = "incomplete"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that is not the same at both ends.

    Attributes:
        object: as SQL names it, with its kind: ``table public.hotels``.
        fact: what differs: ``rows``, ``definition``, ``exists``…
        expected: what the source has.
        found: what the target has.
    """

    object: str
    fact: str
    expected: str
    found: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of comparison and what it found.

    Attributes:
        name: stable, for machines: ``rows``, ``foreign-keys``…
        title: for people.
        method: how it was compared.
        compared: how many objects were compared.
        seconds: wall time.
        not_checked: what this check left out, each with the reason.
    """

    name: str
    title: str
    method: str
    compared: int
    outcome: Outcome
    differences: tuple[Difference, ...]
    seconds: float
    not_checked: tuple[str, ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Every check with what was expected and found, and what was not checked.

    Attributes:
        not_checked: what this verdict does not speak about, each with the reason; the checks' own included.
    """

    format: int = VERDICT_FORMAT
    pilotage: str
    outcome: Outcome
    source: Server
    target: Server
    scope: tuple[str, ...]
    checks: tuple[Check, ...]
    not_checked: tuple[str, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All differences, in the order of the checks."""
        return tuple(difference for check in self.checks for difference in check.differences)
