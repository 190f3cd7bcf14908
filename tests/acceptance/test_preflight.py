"""Preflight: everything that would stop a migration is found at once, on real servers."""

from __future__ import annotations

import pytest

from pilotage.connection import ConnectionParameters
from pilotage.model.preflight import Preflight, Problem, Severity
from pilotage.model.scope import Scope
from pilotage.preflight import hold_examination
from tests import servers_at_hand
from tests.servers_at_hand import Databases


async def preflight(
    source: ConnectionParameters, target: ConnectionParameters, *, include: tuple[str, ...] = (), jobs: int = 2
) -> Preflight:
    async with hold_examination(
        source,
        target,
        scope=Scope(include=include),
        installations=servers_at_hand.installations(),
        jobs=jobs,
    ) as examination:
        return examination.preflight


def found_by(check: str, preflight: Preflight) -> list[Problem]:
    return [problem for problem in preflight.problems if problem.check == check]


@pytest.mark.servers(18)
async def test_nothing_is_in_the_way_of_a_good_pair(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")

    found = await preflight(source, new_database(18, "target"))

    assert found.stops == ()
    # The servers of the tests do without, to be fast.
    assert {problem.object for problem in found.warnings} == {"setting fsync", "setting full_page_writes"}
    assert [each.check for each in found.not_checked] == ["disk"]
