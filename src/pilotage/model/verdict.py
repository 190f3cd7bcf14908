"""The outcome of verification, as data.

Made by :mod:`pilotage.verify`, consumed by reports and by whoever signs.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pilotage.model.catalog import Server
from pilotage.model.row_differences import TableDifference

VERDICT_FORMAT = 2
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
        scope: what of the databases it is about, where that is not the schemas in scope at both ends.
        method: how it was compared.
        compared: how many objects were compared.
        seconds: wall time.
        not_checked: what this check left out, each with the reason.
    """

    name: str
    title: str
    scope: str = "the schemas in scope, at both ends"
    method: str
    compared: int
    outcome: Outcome
    differences: tuple[Difference, ...]
    seconds: float
    not_checked: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification was asked to do.

    Attributes:
        skipped: names of the checks that were left out.
        jobs: connections to each end that read rows.
        max_rate: bytes a second that are read at each end; None for as fast as it goes.
        sample: the share of the ranges of keys of large tables that is compared, above 0 and at most 1.
        show_values: whether differing rows are told with their values, which may be private.
        drill_down: whether differing tables are narrowed down to their rows.
    """

    skipped: tuple[str, ...] = ()
    jobs: int = 2
    max_rate: int | None = None
    sample: float = 1.0
    show_values: bool = False
    drill_down: bool = True

    def wants(self, check: str) -> bool:
        """Whether a check is to be made."""
        return check not in self.skipped


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two databases, at the moment at which it was read.

    Attributes:
        snapshot: as ``pg_export_snapshot()`` named it; None where the rows of a migration are older than any
            snapshot that is still held.
        fingerprint: of all that the catalog holds but rows, sizes and the positions of sequences.
    """

    server: Server
    snapshot: str | None
    fingerprint: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Every check with what was expected and found, and what was not checked.

    Attributes:
        pilotage: its version.
        began, ended: UTC, as ISO 8601 writes it, in whole seconds.
        scope: the schemas that were compared.
        differing_rows: of each table whose rows differ, where single rows were looked for; the differences of
            the checks tell the same in words.
        fixed: what the target has as chosen fixes of the plan make it, and so otherwise than the source.
        not_checked: what this verdict does not speak about, each with the reason; the checks' own included.
        sha256: of the canonical form of all else, 64 hexadecimal digits.
    """

    format: int = VERDICT_FORMAT
    pilotage: str
    outcome: Outcome
    began: str
    ended: str
    source: Side
    target: Side
    scope: tuple[str, ...]
    asked: Asked
    checks: tuple[Check, ...]
    differing_rows: tuple[TableDifference, ...] = ()
    fixed: tuple[str, ...] = ()
    not_checked: tuple[str, ...]
    sha256: str = ""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All differences, in the order of the checks."""
        return tuple(difference for check in self.checks for difference in check.differences)
