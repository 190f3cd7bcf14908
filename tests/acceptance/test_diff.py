"""Two databases compared fact by fact, on real servers of every version."""

from __future__ import annotations

import pytest

from pilotage.compare import compare_databases
from pilotage.connection import ConnectionParameters, connect
from pilotage.model.facts import Comparison
from pilotage.model.scope import Scope
from pilotage.programs import run_program_sync
from tests.servers_at_hand import Databases, newest, run_psql
from tests.zoo import create_zoo, prepare_target


async def compare(
    source: ConnectionParameters, target: ConnectionParameters, scope: Scope | None = None
) -> Comparison:
    async with connect(source) as one, connect(target) as other:
        return await compare_databases(one, other, scope or Scope())


def found(comparison: Comparison) -> list[tuple[str, str, str, str | None, str | None]]:
    return [(each.kind, each.object, each.fact, each.source, each.target) for each in comparison.differences]


def restore(source: ConnectionParameters, target: ConnectionParameters) -> None:
    """Bring a whole database over with pg_dump and psql."""
    dump = run_program_sync(newest("pg_dump"), [], environment=source.libpq_environment())
    run_psql(target, dump.decode())


@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_a_restored_zoo_is_equal_on_every_version(new_database: Databases, major: int) -> None:
    source = create_zoo(new_database, major)
    target = prepare_target(new_database, 18)
    restore(source, target)
    comparison = await compare(source, target)
    assert found(comparison) == []
    assert comparison.compared > 300
