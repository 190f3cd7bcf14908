"""Verification: both ends read at once, compared, and the outcome put together as a Verdict.

Consumed by the command line and at the end of a migration. Nothing is written on either side: all is read in
READ ONLY transactions, each end in one snapshot.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from pilotage import __version__
from pilotage.catalog import read_catalog
from pilotage.catalog.orphans import OrphanCount, count_orphans
from pilotage.compare import read_facts
from pilotage.connection import Session
from pilotage.connection.snapshot import READ_ONLY
from pilotage.model.catalog import Catalog, Server
from pilotage.model.facts import Facts
from pilotage.model.names import quote_identifier
from pilotage.model.roles import RoleChoices
from pilotage.model.scope import Scope
from pilotage.model.verdict import Check, Outcome, Verdict
from pilotage.verify.catalogs import compare_catalogs
from pilotage.verify.checks.facts import check_facts
from pilotage.verify.checks.large_objects import compare_large_objects as count_large_objects
from pilotage.verify.checks.orphans import check_orphans
from pilotage.verify.large_objects import compare_large_objects
from pilotage.verify.roles import OWNERS_LEFT_OUT, SUPERUSERS_LEFT_OUT, with_roles_chosen

NEVER_CHECKED = (
    "row contents: rows are counted, not compared",
    "the roles themselves: their attributes and memberships, and what they have in all databases, such as "
    "settings and privileges on parameters; `pilotage diff` compares some of it",
    "owner, encoding and locale of the database: CREATE DATABASE sets them",
)
"""What no check speaks about, each a line of every verdict."""

_DATABASE_WIDE_LEFT_OUT = (
    "extensions and event triggers: they belong to the database, of which only some schemas are in scope"
)

_LARGE_OBJECTS_LEFT_OUT = "large objects: they belong to the database, and schemas were named"
_FACTS_LEFT_OUT = (
    "privileges, comments, defaults and all else that a baseline does not hold: the source was not read"
)


class _Reading(NamedTuple):
    """One end, as it was read; a catalog that was given took no time."""

    catalog: Catalog
    facts: Facts | None
    seconds: float = 0.0
    fact_seconds: float = 0.0
    orphans: tuple[OrphanCount, ...] = ()
    orphan_seconds: float = 0.0


async def verify(
    source: Session | Catalog,
    target: Session,
    scope: Scope | None = None,
    *,
    facts: Facts | None = None,
    large_objects: Check | None = None,
    roles: RoleChoices | None = None,
) -> Verdict:
    """Compare the target with the source.

    Args:
        source: a session outside any transaction; or a catalog that was read, its rows counted, before: that
            of the snapshot from which a migration copied, since the source may have moved on.
        target: a session outside any transaction.
        scope: the schemas to compare at both ends; that of the source's catalog, where one is given. Where it
            names any, extensions and event triggers are not compared. By default every user schema, so that
            one which only the target has is a difference.
        facts: what :func:`~pilotage.compare.read_facts` read in the same snapshot, where the source is a
            catalog; without it, facts that no catalog holds are not compared.
        large_objects: what :func:`~pilotage.verify.large_objects.compare_large_objects` found, where the
            source is a catalog; without it, only their number is compared.
        roles: what became of owners and roles; a role that it names is taken on at the target.

    Raises:
        RefusedError: a role cannot read what must be read; all of it is named.
        UsageError: the scope names schemas that the source, or none that the target has.
        ServerError: a server refused a query.
        ConnectionLostError: a connection broke.
    """
    scope = scope or Scope()
    roles = roles or RoleChoices()
    if roles.role:
        await target.run(f"SET ROLE {quote_identifier(roles.role)}")
    expected, found = await _read_both(source, facts, target, scope)
    wanted, arrived = with_roles_chosen(expected.catalog, found.catalog, roles)
    database_wide = not (scope.include or scope.exclude)
    checks = [
        # Reading is all but counting rows: the time is theirs.
        msgspec.structs.replace(check, seconds=check.seconds + max(expected.seconds, found.seconds))
        if check.name == "rows"
        else check
        for check in compare_catalogs(wanted, arrived, database_wide=database_wide)
    ]
    if expected.facts is not None and found.facts is not None:
        seconds = max(expected.fact_seconds, found.fact_seconds)
        checks.append(check_facts(expected.facts, found.facts, roles, seconds=seconds))
    if scope.include:
        pass  # as in a migration, large objects belong to no schema that was named
    elif large_objects is not None:
        checks.append(large_objects)
    elif isinstance(source, Catalog):
        checks.append(count_large_objects(expected.catalog, found.catalog))
    else:
        async with source.transaction(READ_ONLY), target.transaction(READ_ONLY):
            checks.append(await compare_large_objects(source, target, roles))
    checks.append(check_orphans(expected.catalog, found.catalog, found.orphans, seconds=found.orphan_seconds))
    return Verdict(
        pilotage=__version__,
        outcome=_outcome(checks),
        source=expected.catalog.server,
        target=found.catalog.server,
        scope=expected.catalog.scope,
        checks=tuple(checks),
        not_checked=(
            *(line for check in checks for line in check.not_checked),
            *_unlike_servers(expected.catalog.server, found.catalog.server),
            *(() if database_wide else (_DATABASE_WIDE_LEFT_OUT,)),
            *(() if roles.owners else (OWNERS_LEFT_OUT,)),
            *(() if roles.superuser else (SUPERUSERS_LEFT_OUT,)),
            *((_LARGE_OBJECTS_LEFT_OUT,) if scope.include else ()),
            *((_FACTS_LEFT_OUT,) if expected.facts is None else ()),
            *NEVER_CHECKED,
        ),
    )


async def _read_both(
    source: Session | Catalog, facts: Facts | None, target: Session, scope: Scope
) -> tuple[_Reading, _Reading]:
    """Read both ends at once; where one fails, stop the other."""
    try:
        async with asyncio.TaskGroup() as both:
            expected = both.create_task(_read_source(source, facts, scope))
            found = both.create_task(_read_target(target, scope))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    return expected.result(), found.result()


async def _read_source(source: Session | Catalog, facts: Facts | None, scope: Scope) -> _Reading:
    if isinstance(source, Catalog):
        return _Reading(source, facts)
    began = time.perf_counter()
    async with source.transaction(READ_ONLY):
        catalog = await read_catalog(source, scope)
        read = time.perf_counter()
        facts = await read_facts(source, scope)
    return _Reading(catalog, facts, read - began, time.perf_counter() - read)


async def _read_target(target: Session, scope: Scope) -> _Reading:
    began = time.perf_counter()
    async with target.transaction(READ_ONLY):
        catalog = await read_catalog(target, await _existing(target, scope))
        read = time.perf_counter()
        facts = await read_facts(target, scope, all_exist=False)
        fact_read = time.perf_counter()
        orphans = await count_orphans(target, catalog.foreign_keys)
        return _Reading(
            catalog, facts, read - began, fact_read - read, orphans, time.perf_counter() - fact_read
        )


async def _existing(target: Session, scope: Scope) -> Scope:
    """Return the scope without schemas that the target lacks: to lack one is a difference, not a mistake.

    Where it has none of those included, there is nothing to compare, and the scope stays as it is.
    """
    there = set(await target.value("SELECT array_agg(nspname::text) FROM pg_catalog.pg_namespace"))
    return Scope(
        include=tuple(schema for schema in scope.include if schema in there) or scope.include,
        exclude=tuple(schema for schema in scope.exclude if schema in there),
    )


def _outcome(checks: Iterable[Check]) -> Outcome:
    outcomes = {check.outcome for check in checks}
    for outcome in (Outcome.DIFFERENT, Outcome.INCOMPLETE):
        if outcome in outcomes:
            return outcome
    return Outcome.EQUAL


def _unlike_servers(source: Server, target: Server) -> Iterable[str]:
    """Say in what the databases themselves differ where it may change how text sorts or which text fits."""
    for fact, expected, found in (
        ("encoding", source.encoding, target.encoding),
        ("collation", source.collation, target.collation),
    ):
        if expected != found:
            yield f"{fact} of the database: source has {expected}, target {found}; CREATE DATABASE sets it"
