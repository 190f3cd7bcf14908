"""Traps that real databases hold: each arrives whole, by ``migrate`` and by files that psql runs.

The traps are scripts in ``traps``, one a file, whose first line says what it holds. What needs a server or
an option of its own is a test below.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.compare import compare_databases
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.execute import Limits
from pilotage.migrate import migrate
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome, Verdict
from pilotage.programs import find_installations
from pilotage.verify import verify
from tests.generated_files import forward_files, run_files, write_files
from tests.servers_at_hand import Databases

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

TRAPS = sorted((Path(__file__).parent / "traps").glob("*.sql"))

ROUTES = [
    "migrate",
    "schema-first files",
    # The zoo, pagila and random schemas take this one as well.
    pytest.param("bulk files as INSERT", marks=pytest.mark.thorough),
]

PRINTED_DIFFERENTLY = {"printed_differently", "unset_defaults"}
"""Traps of which pg_dump itself prints another text after pg_dump and psql have moved them."""

COMPUTED_ANEW = {
    "hidden_calls": {"table a.measured", "expression of generated column made on table a.measured"}
}
"""Objects with a generated column whose function only claims to be immutable: each end computes its own,
and verification tells of it, here and nowhere else."""


async def bring(
    route: str, source: ConnectionParameters, target: ConnectionParameters, folder: Path
) -> Verdict:
    """Bring a database to a target by one route, and verify it."""
    if route == "migrate":
        migration = await migrate(
            source,
            target,
            scope=Scope(),
            installations=find_installations(),
            limits=Limits(jobs=2),
            on_event=lambda _: None,
        )
        assert migration.verdict is not None
        return migration.verdict
    configuration = (
        Configuration()
        if route == "schema-first files"
        else Configuration(layout=Layout.BULK, data_format=DataFormat.INSERT)
    )
    await write_files(source, folder, configuration)
    run_files(target, forward_files(folder))
    async with connect(source) as left, connect(target) as right:
        return await verify(left, right)


@pytest.mark.servers(18)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("trap", TRAPS, ids=lambda path: path.stem)
async def test_a_trap_arrives_whole(
    trap: Path,
    route: str,
    new_database: Databases,
    schema_dump: Dump,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    source, target = new_database(18, file=trap), new_database(18, "target")

    verdict = await bring(route, source, target, tmp_path)

    differing = COMPUTED_ANEW.get(trap.stem, set())
    assert {each.object for each in verdict.differences} == differing
    assert verdict.outcome is (Outcome.DIFFERENT if differing else Outcome.EQUAL)
    async with connect(source) as left, connect(target) as right:
        assert (await compare_databases(left, right, Scope())).differences == ()
    if trap.stem not in PRINTED_DIFFERENTLY:
        assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)
