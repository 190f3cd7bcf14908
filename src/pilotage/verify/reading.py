"""Both ends read at once, each in its snapshot: catalogs, facts, and orphans of the target.

Consumed by verification, before anything is compared.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import NamedTuple

from pilotage.catalog import read_catalog
from pilotage.catalog.orphans import OrphanCount, count_orphans
from pilotage.compare import read_facts
from pilotage.connection import Session
from pilotage.errors import first_error
from pilotage.model.catalog import Catalog
from pilotage.model.facts import Facts
from pilotage.model.names import QualifiedName
from pilotage.model.scope import Scope
from pilotage.model.verdict import Asked
from pilotage.verify.checks.contents import with_rows


class Reading(NamedTuple):
    """One end, as it was read; a catalog that was given took no time."""

    catalog: Catalog
    facts: Facts | None
    seconds: float = 0.0
    fact_seconds: float = 0.0
    orphans: tuple[OrphanCount, ...] = ()
    orphan_seconds: float = 0.0

    def with_rows(self, rows: Mapping[QualifiedName, int]) -> Reading:
        """Return the same with rows as somebody else has counted them."""
        return self._replace(catalog=with_rows(self.catalog, rows))


async def read_both(
    source: Session | Catalog,
    facts: Facts | None,
    target: Session,
    scope: Scope,
    asked: Asked,
    *,
    count_rows: bool,
) -> tuple[Reading, Reading]:
    """Read both ends, each session inside a transaction; where one fails, stop the other.

    Args:
        facts: of the source, where its catalog is given.
        asked: what is skipped is not read.
        count_rows: whether nobody else counts them.
    """
    try:
        async with asyncio.TaskGroup() as both:
            expected = both.create_task(_read_source(source, facts, scope, asked, count_rows))
            found = both.create_task(_read_target(target, scope, asked, count_rows))
    except ExceptionGroup as group:
        raise first_error(group) from group
    return expected.result(), found.result()


async def _read_source(
    source: Session | Catalog, facts: Facts | None, scope: Scope, asked: Asked, count_rows: bool
) -> Reading:
    if isinstance(source, Catalog):
        return Reading(source, facts)
    began = time.perf_counter()
    catalog = await read_catalog(source, scope, count_rows=count_rows)
    read = time.perf_counter()
    if asked.wants("facts"):
        facts = await read_facts(source, scope)
    return Reading(catalog, facts, read - began, time.perf_counter() - read)


async def _read_target(target: Session, scope: Scope, asked: Asked, count_rows: bool) -> Reading:
    began = time.perf_counter()
    catalog = await read_catalog(target, await _existing(target, scope), count_rows=count_rows)
    read = time.perf_counter()
    facts = await read_facts(target, scope, all_exist=False) if asked.wants("facts") else None
    fact_read = time.perf_counter()
    orphans = await count_orphans(target, catalog.foreign_keys) if asked.wants("orphans") else ()
    return Reading(catalog, facts, read - began, fact_read - read, orphans, time.perf_counter() - fact_read)


async def _existing(target: Session, scope: Scope) -> Scope:
    """Return the scope without schemas that the target lacks: to lack one is a difference, not a mistake.

    Where it has none of those included, there is nothing to compare, and the scope stays as it is.
    """
    there = set(await target.value("SELECT array_agg(nspname::text) FROM pg_catalog.pg_namespace"))
    return Scope(
        include=tuple(schema for schema in scope.include if schema in there) or scope.include,
        exclude=tuple(schema for schema in scope.exclude if schema in there),
    )
