"""What a linter says of a database: findings, and what it could not look at.

Made by :mod:`pilotage.lint`, consumed by the command line and reports. Names, levels and fields are those of
Supabase's published linter (https://github.com/supabase/splinter), so that people recognise them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from pilotage.model.fixes import Effect, InMigration

FORMAT = 1
"""Of :class:`Linting` as JSON."""


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "ERROR"
    """Rows are exposed, or something fails."""
    WARN = "WARN"
    INFO = "INFO"

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return list(Level).index(self)


class Facing(StrEnum):
    """Whose concern a rule is; all of pilotage's are for those who own the database."""

    EXTERNAL = "EXTERNAL"


class Category(StrEnum):
    """What a rule is about."""

    PERFORMANCE = "PERFORMANCE"
    SECURITY = "SECURITY"
    MIGRATION = "MIGRATION"
    """What a migration, or what comes after it, would stumble over; Supabase's linter has no such rules."""


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof is about: no other policies than these may be changed by the fix.

    Attributes:
        table: theirs, as SQL names it.
        policies: the names of those that the fix alters, drops and creates.
        before, after: what they are, as hashes in the same order (``policy_hashes.sql``), joined by commas;
            empty for one that is not there.
        rights: who had rights on the table, as a hash (``table_rights.sql``), where policies for some roles
            come in the place of those for everybody; else empty.
    """

    table: str
    policies: tuple[str, ...]
    before: str
    after: str
    rights: str = ""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a fix of policies was tried and changed nothing of what anybody sees and may write.

    Attributes:
        proved: whether it may be run.
        reason: what was tried, or why it is not proved.
        change: what was tried; None where nothing is proved.
    """

    proved: bool
    reason: str
    change: PolicyChange | None = None


class Speeds(msgspec.Struct, frozen=True, kw_only=True):
    """How fast the same access was before and after a fix, by the server's own clock, in one process of its.

    Attributes:
        rows: that each run went through.
        seconds_before, seconds_after: of the fastest run.
        rows_per_second_before, rows_per_second_after: by these.
        times: the quotient of both; None where it would say nothing, see :attr:`Measurement.doubt`.
    """

    rows: int
    seconds_before: float
    seconds_after: float
    rows_per_second_before: float
    rows_per_second_after: float
    times: float | None = None


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What a fix gains, run on the database itself in a transaction that is rolled back.

    Attributes:
        what: what was run, and as whom; where there are no speeds, why nothing could be measured.
        speeds: None where nothing was measured.
        doubt: why the speeds cannot be held against each other; None where they can.
    """

    what: str
    speeds: Speeds | None = None
    doubt: str | None = None


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """What mends a finding, and what takes that back.

    Attributes:
        statements: in order; each is its own transaction, as CONCURRENTLY asks, unless they are together.
        reverse: after these, the database is defined as it was before; none where nothing is to be taken
            back.
        together: whether the statements are one transaction, and so is their reverse: they keep others out
            for a moment, so that what waits for its lock for long is not done. Those of policies always are.
        proof: of a fix that could change what somebody sees; None for one that cannot.
        in_migration: what does the same inside of a migration; None where these do.
        effect: what it makes of its objects; None where that is told only when it is made.
        measured: what it gains; None where nobody asked.
    """

    statements: tuple[str, ...]
    reverse: tuple[str, ...]
    together: bool = False
    proof: Proof | None = None
    in_migration: InMigration | None = None
    effect: Effect | None = None
    measured: Measurement | None = None

    @property
    def applies(self) -> bool:
        """Whether it may be run; otherwise it is a suggestion."""
        return self.proof is None or self.proof.proved


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One object that a rule has found.

    Attributes:
        name, title, level, facing, categories: of the rule.
        description: what the rule finds and what that costs.
        detail: what was found of this object.
        remediation: what to do.
        metadata: schema, name and type of the object that it is about, and what else the rule knows.
        cache_key: the same in every run for as long as the finding is the same.
        kind, object: the object as ``pg_identify_object()`` names it; what waivers are written for.
        fix: SQL that mends it; None where a person has to decide.
        decide: what a person has to decide; None where there is a fix.
        waived: the reason for which the finding does not count; None where it does.
    """

    name: str
    title: str
    level: Level
    facing: Facing
    categories: tuple[Category, ...]
    description: str
    detail: str
    remediation: str
    metadata: Mapping[str, Any]
    cache_key: str
    kind: str
    object: str
    fix: Fix | None = None
    decide: str | None = None
    waived: str | None = None

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells it from every other; in the key alone, ``a_b`` and ``c`` are ``a`` and ``b_c``."""
        return self.name, self.kind, self.object, self.cache_key


class Linting(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found.

    Attributes:
        format: of this record as JSON.
        database: its name.
        rules: the names of the rules that were asked for.
        findings: sorted by level, rule and object; those that are waived among them.
        in_baseline: how many more there are that the baseline has too.
        not_checked: what could not be looked at, and why.
        unused_waivers: waivers of rules that were asked for, and that no finding needed.
    """

    format: int = FORMAT
    database: str
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    in_baseline: int = 0
    not_checked: tuple[str, ...] = ()
    unused_waivers: tuple[str, ...] = ()

    @property
    def counting(self) -> int:
        """How many findings are not waived."""
        return sum(finding.waived is None for finding in self.findings)

    @property
    def fixable(self) -> tuple[Finding, ...]:
        """The findings that count and can be mended by SQL."""
        return tuple(
            finding for finding in self.findings if finding.waived is None and finding.fix is not None
        )
