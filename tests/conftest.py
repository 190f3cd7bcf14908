"""Fixtures that every test may use; what they are made of is in ``servers_at_hand.py``."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters
from tests import servers_at_hand
from tests.servers_at_hand import REPOSITORY, Clusters, Databases


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let tests try more than a change has time for, or less."""
    parser.addoption(
        "--examples", type=int, metavar="N", help="try N random schemas, and other ones each time"
    )
    parser.addoption(
        "--same-examples",
        type=int,
        default=60,
        metavar="N",
        help="try N random schemas, always the same ones, about a second each (default: 60)",
    )
    parser.addoption(
        "--crashes", type=int, default=25, metavar="N", help="migrate N times with kills (default: 25)"
    )
    parser.addoption("--crash-seed", type=int, default=1, metavar="N", help="of the first of them")
    parser.addoption(
        "--mutations",
        type=int,
        default=200,
        metavar="N",
        help="make N random changes that verification has to find (default: 200)",
    )
    parser.addoption(
        "--every-pair",
        action="store_true",
        help="migrate each of our databases between all versions at hand, 50 times where all are",
    )
    parser.addoption("--mutation-seed", type=int, default=1, metavar="N", help="which ones")
    parser.addoption(
        "--brief",
        action="store_true",
        help="leave out the tests marked thorough: the same way through our code, in one more combination",
    )


def pytest_configure() -> None:
    """Let signals reach what tests start: in the background they may be ignored for us, and so for them."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


LONGEST = (
    "test_random_schemas", "test_generated_files", "test_crashes", "test_zoo", "test_verify", "test_versions",
    "test_traps", "test_traps_of_servers", "test_verdict_mutations", "test_policy_rule", "test_faults",
)  # fmt: skip
"""Modules that take half a minute and more: begun last, one process would work on them alone."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest; leave out what ``--brief`` leaves out."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))
    if config.getoption("brief"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("thorough")])
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


def pytest_report_header() -> str:
    """Name the servers that tests can run on."""
    at_hand = servers_at_hand.server_installations().values()
    return "PostgreSQL servers: " + (
        ", ".join(f"{each.version} ({each.origin})" for each in at_hand) or "none at hand"
    )


@pytest.fixture(autouse=True)
def _servers_marker(request: pytest.FixtureRequest) -> None:
    """Skip tests marked ``servers(*majors)`` where one of them is missing."""
    for marker in request.node.iter_markers("servers"):
        for major in marker.args:
            servers_at_hand.require_server(major)


@pytest.fixture(scope="session")
def clusters() -> Iterator[Clusters]:
    """Servers by major version and role: ``clusters.get(18, "target")``."""
    clusters = Clusters()
    yield clusters
    clusters.stop()


@pytest.fixture
def new_database(clusters: Clusters) -> Iterator[Databases]:
    """Databases that go away with the test: ``new_database(18, sql="CREATE TABLE …")``."""
    databases = Databases(clusters)
    yield databases
    databases.drop()


@pytest.fixture(scope="session")
def schema_dump() -> Callable[[ConnectionParameters], str]:
    """A database's schema as pg_dump prints it, comparable."""
    return servers_at_hand.schema_dump


@pytest.fixture(scope="session")
def data_dump() -> Callable[[ConnectionParameters], list[str]]:
    """A database's rows as pg_dump prints them, comparable."""
    return servers_at_hand.data_dump


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """A file of the third-party sample databases: ``real_data("pagila.sql")``."""
    return lambda name: _shared("real", name)


@pytest.fixture(scope="session")
def reference_data() -> Callable[[str], Path]:
    """A file of the reference case: ``reference_data("hotel-foreign-keys.tsv")``."""
    return lambda name: _shared("reference", name)


def _shared(folder: str, name: str) -> Path:
    path = REPOSITORY.parent / "shared" / folder / name
    if not path.parent.is_dir():
        pytest.skip(f"the folder shared/{folder} is not beside this checkout, so {name} is missing")
    return path
