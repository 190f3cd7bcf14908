"""Whatever is killed, and when: the same command goes on, and everything arrives, once.

``pytest tests/acceptance/test_crashes.py --crashes 500`` kills in more of them; ``--crash-seed`` repeats one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pilotage.servers import EmbeddedServer
from tests.crashes import Crashes
from tests.servers_at_hand import require_server


@pytest.fixture
def servers() -> Iterator[tuple[EmbeddedServer, EmbeddedServer]]:
    """Two servers that nobody else uses, since they are killed."""
    installation, settings = require_server(18), {"autovacuum": "off"}
    with (
        EmbeddedServer.start(installation, settings=settings) as source,
        EmbeddedServer.start(installation, settings=settings) as target,
    ):
        yield source, target


@pytest.mark.servers(18)
def test_nothing_is_lost_doubled_or_stuck(
    servers: tuple[EmbeddedServer, EmbeddedServer], pytestconfig: pytest.Config
) -> None:
    crashes = Crashes(*servers)
    crashes.undisturbed()
    first = pytestconfig.getoption("crash_seed")
    for seed in range(first, first + pytestconfig.getoption("crashes")):
        crashes.told.clear()
        try:
            crashes.round(seed)
        except AssertionError as failure:
            told = "\n".join(crashes.told)
            raise AssertionError(f"--crash-seed {seed} --crashes 1:\n{told}\n{failure}") from failure
        print(f"seed {seed}: " + "; ".join(crashes.told))  # noqa: T201 - shown where it fails, or with -s
