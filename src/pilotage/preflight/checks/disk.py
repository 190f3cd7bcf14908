"""How much room the target needs. How much it has, no function of PostgreSQL's tells."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.catalog import Catalog
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, NotLookedAtError, Situation


async def _look(situation: Situation) -> Sequence[Problem]:
    catalog = situation.catalog
    largest = max((index.bytes for index in catalog.indexes), default=0)
    log = await situation.target.text("SELECT pg_catalog.current_setting('max_wal_size')")
    raise NotLookedAtError(
        "no function of PostgreSQL's tells how much is free. Tables and indexes in scope are "
        f"{_megabytes(_stored(catalog))} MB on the source; the target needs about that, {log} for its "
        f"write-ahead log (max_wal_size) and {_megabytes(largest)} MB for each job that sorts the largest "
        "index; compare with: df -h, on the target's server"
    )


def _stored(catalog: Catalog) -> int:
    tables = sum(table.bytes + table.index_bytes for table in catalog.tables)
    return tables + sum(view.bytes for view in catalog.views) + sum(b.bytes for b in catalog.large_objects)


def _megabytes(size: int) -> str:
    return f"{-(-size // 1024**2):,}"


CHECK = Check(
    name="disk",
    title="the target's disk has room",
    end=End.TARGET,
    look=_look,
)
