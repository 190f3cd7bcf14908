"""Nothing is found that is no difference: databases of all kinds, migrated between the versions at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel, create_hotel_roles
from pilotage.execute import Limits
from pilotage.migrate import migrate
from pilotage.model.choices import Allowable
from pilotage.model.roles import RoleChoices
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome, Verdict
from pilotage.programs import find_installations
from tests.commands import pilotage
from tests.servers_at_hand import Databases, require_server, run_psql
from tests.verdict_mutations import AWKWARD
from tests.zoo import create_zoo, prepare_target

RealData = Callable[[str], Path]

MAJORS = (15, 16, 17, 18)
WITH_VECTOR = (16, 18)
REAL = ("pagila", "chinook")


class Case(NamedTuple):
    """A database that goes from one version to another."""

    name: str
    old: int
    new: int
    options: tuple[str, ...] = ()


FEW = [
    Case("awkward", 18, 18, ("--no-owner",)),
    Case("zoo", 16, 18, ("--no-owner",)),
    Case("pagila", 16, 17),
    Case("hotel", 18, 16, ("--no-privileges",)),
]
"""Those of them that are always migrated; other tests migrate the same databases, and verify them too."""

CHOICES = [("--no-owner",), ("--no-privileges",), ("--no-owner", "--no-privileges")]


def every_case() -> Iterator[Case]:
    yield from (Case(name, old, new) for name in REAL for old in MAJORS for new in MAJORS)
    yield from (Case("hotel", old, new) for old in WITH_VECTOR for new in WITH_VECTOR)
    # pg_dump writes the inherited constraints of the zoo in words that only PostgreSQL 18 understands.
    yield from (Case("zoo", old, 18) for old in MAJORS)
    yield from (Case("zoo", old, 18, ("--no-owner",)) for old in MAJORS)
    yield Case("awkward", 18, 18)
    yield from (Case(name, 18, 18, options) for name in ("hotel", "awkward") for options in CHOICES)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = list(every_case()) if metafunc.config.getoption("--every-pair") else FEW
        metafunc.parametrize(
            "case", cases, ids=["-".join(map(str, (*case[:3], *case.options))) for case in cases]
        )


async def _ends(
    case: Case, new_database: Databases, real_data: RealData
) -> tuple[ConnectionParameters, ConnectionParameters]:
    if case.name == "zoo":
        source = create_zoo(new_database, case.old, target_major=case.new, optional=("large-objects",))
        return source, prepare_target(new_database, case.new)
    source, target = new_database(case.old), new_database(case.new, "target")
    if case.name == "hotel":
        async with connect(source) as session:
            await create_hotel(session)
        async with connect(target) as session:
            await create_hotel_roles(session)
    elif case.name == "awkward":
        run_psql(source, AWKWARD)
    else:
        run_psql(source, real_data(f"{case.name}.sql"))
    return source, target


def test_there_are_fifty() -> None:
    assert len(list(every_case())) >= 50


async def test_a_migration_is_verified_as_equal(
    case: Case, new_database: Databases, real_data: RealData
) -> None:
    for major in (case.old, case.new):
        require_server(major)
    source, target = await _ends(case, new_database, real_data)

    migration = await migrate(
        source,
        target,
        scope=Scope(),
        roles=RoleChoices(
            owners="--no-owner" not in case.options,
            privileges="--no-privileges" not in case.options,
            create=True,
        ),
        installations=find_installations(),
        limits=Limits(jobs=2),
        on_event=lambda _: None,
        allowed=[Allowable.OLDER_SERVER] if case.new < case.old else [],
        verification=None,
    )
    assert migration.verdict is None
    verdict = verdict_of(source, target, case.options)

    assert (verdict.differences, verdict.differing_rows) == ((), ())
    assert verdict.outcome is Outcome.EQUAL


def verdict_of(
    source: ConnectionParameters, target: ConnectionParameters, options: tuple[str, ...]
) -> Verdict:
    finished = pilotage("verify", source.redacted_uri(), target.redacted_uri(), "--json", "--quiet", *options)
    assert finished.stdout, finished.stderr
    return msgspec.json.decode(finished.stdout, type=Verdict)
