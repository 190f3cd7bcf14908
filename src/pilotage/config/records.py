"""What a configuration says, as frozen records; every default is here.

Made by :mod:`pilotage.config.reader` or by a caller of the library, consumed by planning and files.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from pilotage.config.toml_text import visible
from pilotage.model.choices import DataFormat, Layout, OrphanChoice
from pilotage.model.identities import Identity
from pilotage.model.roles import RoleChoices
from pilotage.model.scope import Scope
from pilotage.model.waivers import RuleWaiver, Waiver


class Unlisted(StrEnum):
    """What becomes of a table in scope that no group lists."""

    ERROR = "error"
    INFER = "infer"
    """It goes where inference would put it, and the plan says so."""


class Position(msgspec.Struct, frozen=True):
    """Where in a configuration file something stands, for messages: ``pilotage.toml:12``."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{visible(self.file)}:{self.line}"


class TablePattern(msgspec.Struct, frozen=True, kw_only=True):
    """A table's name, or a pattern with ``*`` and ``?``, as a group lists it.

    Attributes:
        text: ``hotels``, ``public.hotels``, ``sire_*``; without a schema it means a table of any schema in
            scope.
    """

    text: str
    position: Position


class GroupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A group as the user asks for it.

    Attributes:
        schema_number, data_number: the number that begins its file's name, 1 to 99; None for "next".
    """

    name: str
    title: str
    purpose: str
    tables: tuple[TablePattern, ...]
    schema_number: int | None
    data_number: int | None
    position: Position


class Expectations(msgspec.Struct, frozen=True, kw_only=True):
    """What the user believes of the source; a difference is a finding.

    Attributes:
        rows_of: by table, as TablePattern.text writes it.
    """

    tables: int | None = None
    foreign_keys: int | None = None
    rows: int | None = None
    rows_of: Mapping[str, int] = MappingProxyType({})


class AssertedOn(StrEnum):
    """Where an assertion is asked."""

    SOURCE = "source"
    TARGET = "target"
    BOTH = "both"


DEFAULT_ASSERTION_SECONDS = 60
"""What an assertion's query may take."""


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """A query that gives one value, and what that is to be.

    Attributes:
        sql: one query, without arguments.
        expect: the value as text; None where it is to be the same at both ends.
        seconds: that the query may take.
    """

    name: str
    sql: str
    expect: str | None = None
    on: AssertedOn = AssertedOn.BOTH
    seconds: int = DEFAULT_ASSERTION_SECONDS


DEFAULT_SPLIT_BYTES = 64 * 1024 * 1024
"""Data files are split above this size: editors and reviewers still open such a file."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """All that ``pilotage.toml`` can say.

    Attributes:
        source: the source's DSN, often ``env:NAME``; None where the command names it.
        groups: in the order in which the user wants them; empty for inferred groups.
        orphans: what a direct migration does with rows that break foreign keys.
        split_bytes: the size of a data file above which the next row begins another.
        identities: under which roles are probed; none for those that the data suggests.
        waivers: differences that a comparison of two databases may show without counting them.
        rule_waivers: findings that the linter may show without counting them.
    """

    source: str | None = None
    scope: Scope = Scope()
    layout: Layout = Layout.SCHEMA_FIRST
    unlisted: Unlisted = Unlisted.ERROR
    groups: tuple[GroupRequest, ...] = ()
    expect: Expectations = Expectations()
    assertions: tuple[Assertion, ...] = ()
    identities: tuple[Identity, ...] = ()
    data_format: DataFormat = DataFormat.COPY
    orphans: OrphanChoice = OrphanChoice.STOP
    split_bytes: int = DEFAULT_SPLIT_BYTES
    waivers: tuple[Waiver, ...] = ()
    rule_waivers: tuple[RuleWaiver, ...] = ()
    roles: RoleChoices = RoleChoices()
