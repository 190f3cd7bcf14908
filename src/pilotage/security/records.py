"""What the probes are made of: roles, relations and their policies, as one database has them.

Made by :mod:`pilotage.security.reading`, consumed by the rest of this room.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pilotage.model.names import QualifiedName


class RoleToProbe(msgspec.Struct, frozen=True, kw_only=True):
    """A role that something in scope names, or that is a member of such a one.

    Attributes:
        named: whether something in scope names the role itself.
        settable: whether our session may ``SET ROLE`` to it.
        owner: whether it owns something in scope.
        settings: that it has by ``ALTER ROLE … SET`` or ``ALTER DATABASE … SET``, as far as they decide what
            its queries mean: ``search_path`` and those of applications, which have a dot in their names.
    """

    name: str
    superuser: bool
    named: bool
    settable: bool
    owner: bool
    settings: Mapping[str, str]


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What a role's privileges let it do with a relation, whatever policies say (``has_*_privilege``).

    Attributes:
        reads: ``all``, the names of the columns that it may read, or None.
        restricted: whether policies apply to it.
    """

    reads: str | tuple[str, ...] | None
    inserts: bool
    updates: bool
    deletes: bool
    restricted: bool


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column, and its type as SQL reads it."""

    name: str
    type: str
    domain: bool


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A table, partition, view or materialized view.

    Attributes:
        kind: as ``pg_identify_object()`` calls it.
        guarded: whether rows in it are under row level security, in some way: it has it itself, it has
            partitions, parents or children that have, or it is a view that reads what has.
        foreign: whether reading it reads another server.
        populated: false of a materialized view that holds nothing.
        distrusted: whether our session is a superuser's and its owner is none, who may write its policies.
        invoker: whether it is a view that reads as who asks.
        key: columns of the primary key, if their order does not depend on a collation.
        rows: at most so many, as far as the size of its files tells, or its statistics.
        reach: by role.
    """

    name: QualifiedName
    kind: str
    guarded: bool
    foreign: bool
    populated: bool
    invoker: bool
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: int
    reach: Mapping[str, Reach]
    distrusted: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class AppliedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy, as the server prints its expressions, and whom it applies to.

    Attributes:
        command: ``all``, ``select``, ``insert``, ``update``, ``delete``.
        applies_to: those of the probed roles that are one of its roles, or inherit from one.
    """

    table: QualifiedName
    name: str
    command: str
    permissive: bool
    using: str | None
    with_check: str | None
    applies_to: frozenset[str]

    @property
    def expressions(self) -> tuple[str, ...]:
        """What it has of USING and WITH CHECK; one that stands in both, once."""
        both = dict.fromkeys((self.using, self.with_check))
        return tuple(each for each in both if each is not None)


class Routine(msgspec.Struct, frozen=True, kw_only=True):
    """A function that policies or views may call.

    Attributes:
        trusted: whether its language lets it do no more than its caller may (``pg_language.lanpltrusted``).
        distrusted: whether a superuser of ours would run it, and no superuser owns it: our rights are within
            its reach, since a session that was a superuser's can take that role on again.
        hidden: whether something may call it without its name standing in a text: an operator, for instance.
        extension: that it came with; None for one that a user wrote.
    """

    name: QualifiedName
    language: str
    trusted: bool
    distrusted: bool = False
    hidden: bool = False
    body: str
    extension: str | None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A view's definition, as the server prints it."""

    name: QualifiedName
    definition: str
