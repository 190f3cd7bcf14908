"""Targets repaired row by row on real servers: equal to the source afterwards, and nothing else has moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.catalog import read_catalog
from pilotage.connection import ConnectionParameters
from pilotage.errors import ProgramFailedError
from pilotage.model.scope import Scope
from pilotage.repair import Repair, write_repair
from pilotage.verify.checks.contents import compare_contents
from pilotage.verify.drilldown import describe_rows, find_differing_rows
from pilotage.verify.ends import hold_end
from tests.servers_at_hand import Databases, run_psql

TABLES = Path(__file__).with_name("repair.sql")
SPOIL = Path(__file__).with_name("repair_spoil.sql")


async def _compared(
    source: ConnectionParameters, target: ConnectionParameters, script: Path | None = None
) -> tuple[list[str], Repair | None]:
    """Return the rows that differ, and write a script where one is asked for."""
    async with hold_end(source) as ours, hold_end(target) as theirs:
        async with ours.session() as expected, theirs.session() as found:
            catalogs = await read_catalog(expected, Scope()), await read_catalog(found, Scope())
        contents = await compare_contents(ours, theirs, *catalogs)
        rows = await find_differing_rows(ours, theirs, contents.differing)
        repair = None
        if script is not None:
            repair = await write_repair(
                script, ours, theirs, rows, source_catalog=catalogs[0], target_catalog=catalogs[1]
            )
    differences = [line for each in rows for line in describe_rows(each.difference)]
    return [f"{line.object}: {line.fact}: {line.found}" for line in differences], repair


def _differing(source: ConnectionParameters, target: ConnectionParameters) -> list[str]:
    return asyncio.run(_compared(source, target))[0]


def _repair(source: ConnectionParameters, target: ConnectionParameters, script: Path) -> Repair:
    repair = asyncio.run(_compared(source, target, script))[1]
    assert repair is not None
    return repair


@pytest.mark.parametrize("version", [15, 18])
def test_a_spoiled_target_becomes_equal_and_stays_what_it_is(
    version: int,
    new_database: Databases,
    data_dump: Callable[[ConnectionParameters], list[str]],
    schema_dump: Callable[[ConnectionParameters], str],
    tmp_path: Path,
) -> None:
    """Rows go, come and change under foreign keys, triggers, rules and policies, which end as they were."""
    source = new_database(version, file=TABLES)
    target = new_database(role="target", file=TABLES)
    schema = schema_dump(target)
    run_psql(target, SPOIL)
    assert _differing(source, target)
    repair = _repair(source, target, tmp_path / "repair.sql")
    assert repair.left_out == ()
    run_psql(target, tmp_path / "repair.sql")
    assert _differing(source, target) == []
    assert data_dump(target) == data_dump(source)
    assert schema_dump(target) == schema
    with pytest.raises(ProgramFailedError, match=r"no longer|there already"):
        run_psql(target, tmp_path / "repair.sql")
