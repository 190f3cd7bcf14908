"""What rules read of one database: their own queries, and facts that several of them look at.

Consumed by the rules. Each query is run once, in the caller's transaction and its snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from typing import TypeVar

import msgspec

from pilotage.catalog.facts import ForeignKeyFacts, IndexFacts
from pilotage.catalog.queries import Queries, query
from pilotage.connection import Session
from pilotage.connection.constants import Argument
from pilotage.model.names import QualifiedName

T = TypeVar("T")

_FOLDER = resources.files("pilotage.lint")
RULE_QUERIES = Queries(_FOLDER / "rules")
SHARED_QUERIES = Queries(_FOLDER / "queries")

_PLACE = "--found--"


class FunctionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A function that policies may call.

    Attributes:
        oid: by which a policy's stored expression names it.
        fewest, most: how many arguments a call of it may have; ``most`` is None for any number.
        volatility: ``immutable``, ``stable`` or ``volatile``.
        built_in: whether it came with the server.
        of_extension: whether it is a member of an extension.
        calling_defaults: whether defaults of its arguments call something.
    """

    oid: int
    schema: str
    name: str
    fewest: int
    most: int | None
    volatility: str
    leakproof: bool
    returns_set: bool
    built_in: bool
    of_extension: bool
    calling_defaults: bool = False


class PolicyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``policies.sql``.

    Attributes:
        identity: as ``pg_identify_object()`` names the policy.
        table: as SQL reads it.
        command: ``ALL``, ``SELECT``, ``INSERT``, ``UPDATE`` or ``DELETE``.
        roles: their names, sorted; ``public`` for all.
        unknown_roles: OIDs of roles that are not there.
        using, with_check: as the server prints them, every name qualified; None where there is none.
        functions: those that it calls and that did not come with the server.
        called: the OIDs of all functions that it calls.
        varies_unnamed: whether it calls a volatile function by an operator or a cast.
    """

    identity: str
    schema: str
    relation: str
    table: str
    name: str
    enabled: bool
    command: str
    permissive: bool
    roles: tuple[str, ...]
    unknown_roles: tuple[int, ...]
    using: str | None
    with_check: str | None
    comment: str | None
    functions: tuple[FunctionFacts, ...]
    called: tuple[int, ...]
    varies_unnamed: bool = False

    @property
    def expressions(self) -> tuple[tuple[str, str], ...]:
        """What the policy says, each with its clause."""
        both = (("USING", self.using), ("WITH CHECK", self.with_check))
        return tuple((clause, text) for clause, text in both if text is not None)


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``unread.sql``: how many of each the role may not read."""

    tables: int
    sequences: int


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``partitions.sql``: a partitioned table, or a partition.

    Attributes:
        root: the partitioned table, which is no partition itself.
        parent: of which it is a partition; None for the root.
        stores_rows: whether it is a table of its own; a foreign one stores none here.
        partitioned: whether it has partitions, or may have.
        level: how many tables stand above it.
    """

    root: QualifiedName
    table: QualifiedName
    parent: QualifiedName | None
    stores_rows: bool
    partitioned: bool
    level: int


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``public_buckets.sql``."""

    id: str
    name: str


class RestrainedRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role that no exemption frees from policies, which a policy of the table names, or with a right on it.

    Attributes:
        inherits: the other roles whose privileges it has.
        actions: what it has the right to do, with any column: ``SELECT``, ``INSERT``, ``UPDATE``, ``DELETE``.
        named: whether a policy of the table names it.
    """

    name: str
    inherits: tuple[str, ...]
    actions: tuple[str, ...]
    named: bool


class PolicyRoles(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a table's policies may restrain: a row of ``policy_roles.sql``.

    Attributes:
        granted_to_public: the actions that everybody has the right to.
    """

    table: QualifiedName
    roles: tuple[RestrainedRole, ...]
    granted_to_public: tuple[str, ...]


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """Who reaches the database through an HTTP interface: a row of ``api.sql``.

    Attributes:
        schemas: that the interface shows.
        roles: those of Supabase's and PostgREST's roles for visitors and users that exist.
    """

    schemas: tuple[str, ...]
    roles: tuple[str, ...]


class Reading:
    """One database at one moment.

    Args:
        services: schemas of the service that are left out; a rule that is about one of them looks there.

    Attributes:
        not_checked: what rules could not look at, and why.
    """

    def __init__(
        self, session: Session, schemas: Sequence[str], api: Api, services: Sequence[str] = ()
    ) -> None:
        self._session = session
        self._services = tuple(services)
        self._major = session.version_num // 10000
        self._wrapper = SHARED_QUERIES.text("identified", self._major)
        self._schemas = tuple(schemas)
        self._api = api
        self._foreign_keys: tuple[ForeignKeyFacts, ...] | None = None
        self._indexes: tuple[IndexFacts, ...] | None = None
        self._policies: tuple[PolicyFacts, ...] | None = None
        self.not_checked: list[str] = []

    async def rule(self, name: str, of: type[T]) -> tuple[T, ...]:
        """Run a rule's own query, whose objects get their names here."""
        text = RULE_QUERIES.text(name, self._major)
        return await self._records(self._wrapper.replace(_PLACE, text), of)

    async def plain(self, name: str, of: type[T], *, services: bool = False) -> tuple[T, ...]:
        """Run a rule's own query as it is, also for the service's schemas where it is about one of them."""
        return await self._records(RULE_QUERIES.text(name, self._major), of, services=services)

    async def foreign_keys(self) -> tuple[ForeignKeyFacts, ...]:
        """Return the foreign keys in scope."""
        if self._foreign_keys is None:
            self._foreign_keys = await self._records(query("foreign_keys", self._major), ForeignKeyFacts)
        return self._foreign_keys

    async def indexes(self) -> tuple[IndexFacts, ...]:
        """Return the indexes of tables in scope."""
        if self._indexes is None:
            self._indexes = await self._records(query("indexes", self._major), IndexFacts)
        return self._indexes

    async def policies(self) -> tuple[PolicyFacts, ...]:
        """Return the policies of tables in scope, whether or not row security is enabled."""
        if self._policies is None:
            self._policies = await self._records(SHARED_QUERIES.text("policies", self._major), PolicyFacts)
        return self._policies

    async def policies_of(self, schema: str, relation: str) -> tuple[PolicyFacts, ...]:
        """Return the policies of a table that may be in a schema of the service."""
        text = SHARED_QUERIES.text("policies", self._major)
        return tuple(
            policy
            for policy in await self._records(text, PolicyFacts, services=True)
            if (policy.schema, policy.relation) == (schema, relation)
        )

    async def public_buckets(self) -> tuple[Bucket, ...]:
        """Return the public buckets of Supabase's storage, which has to be there."""
        return await self._session.records(SHARED_QUERIES.text("public_buckets", self._major), Bucket)

    async def built_in_functions(self, names: Iterable[str]) -> tuple[FunctionFacts, ...]:
        """Return the server's own functions of these names."""
        text = SHARED_QUERIES.text("built_in_functions", self._major)
        return await self._session.records(text, FunctionFacts, sorted(names))

    async def existing_roles(self) -> frozenset[str]:
        """Return the names of all roles."""
        text = SHARED_QUERIES.text("role_names", self._major)
        return frozenset(role.name for role in await self._session.records(text, _Role))

    async def unread(self) -> Unread:
        """Return how much the role may not read of what is in scope."""
        (unread,) = await self._records(SHARED_QUERIES.text("unread", self._major), Unread)
        return unread

    async def shared(self, name: str, of: type[T], *arguments: Argument) -> tuple[T, ...]:
        """Run a query of :mod:`pilotage.lint` with arguments of its own."""
        return await self._session.records(SHARED_QUERIES.text(name, self._major), of, *arguments)

    def note(self, what: str) -> None:
        """Note, once, what could not be looked at, and why."""
        if what not in self.not_checked:
            self.not_checked.append(what)

    async def partitions(self) -> tuple[Partition, ...]:
        """Return the partitioned tables in scope with their partitions."""
        return await self._records(SHARED_QUERIES.text("partitions", self._major), Partition)

    async def policy_roles(self) -> tuple[PolicyRoles, ...]:
        """Return whom policies may restrain, for each table with several permissive ones."""
        return await self._records(SHARED_QUERIES.text("policy_roles", self._major), PolicyRoles)

    async def relation_names(self) -> frozenset[QualifiedName]:
        """Return the names of relations that begin as those of our indexes."""
        text = SHARED_QUERIES.text("relation_names", self._major)
        return frozenset(await self._records(text, QualifiedName))

    @property
    def api_roles(self) -> tuple[str, ...]:
        """Roles for visitors and users of an HTTP interface that exist."""
        return self._api.roles

    async def _records(self, text: str, of: type[T], *, services: bool = False) -> tuple[T, ...]:
        schemas = (*self._schemas, *self._services) if services else self._schemas
        arguments: tuple[Argument, ...] = (schemas, self._api.schemas, self._api.roles)
        return await self._session.records(text, of, *arguments)


class _Role(msgspec.Struct, frozen=True):
    name: str
