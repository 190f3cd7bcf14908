"""Random single changes to a faithful copy: each is found, told of the right object, and nothing else is."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator, Mapping
from itertools import chain

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel
from pilotage.model.names import quote_identifier
from pilotage.model.row_differences import RowKind, TableDifference
from pilotage.model.verdict import Outcome, Verdict
from tests.commands import pilotage
from tests.servers_at_hand import Clusters, Databases, run_psql
from tests.verdict_mutations import (
    AWKWARD,
    Made,
    is_about,
    is_named,
    make_some,
    possible_mutations,
    read_consequences,
)
from tests.zoo import create_zoo

pytestmark = pytest.mark.servers(18)

SHARES = {"awkward": 0.45, "hotel": 0.35, "zoo": 0.2}
"""How many of the changes are made to which database."""

AT_ONCE = 25
"""Changes, each to another table, that one verification has to tell apart."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """A database, and one that was made in the same way on another server.

    Attributes:
        found: the differences that verification tells of a copy of ``pristine``.
    """

    name: str
    clusters: Clusters
    source: ConnectionParameters
    pristine: ConnectionParameters

    def another(self) -> ConnectionParameters:
        """Make one more copy, in place of the one before."""
        return _copied(self.clusters, self.pristine, "target")


def _copied(clusters: Clusters, original: ConnectionParameters, role: str) -> ConnectionParameters:
    """Return a database that the server copied, file by file; what belongs to the cluster is not in it."""
    server, name = clusters.get(18, role), f"{original.database}_copy"
    run_psql(
        server.parameters(),
        f"DROP DATABASE IF EXISTS {quote_identifier(name)} WITH (FORCE);\n"
        f"CREATE DATABASE {quote_identifier(name)} TEMPLATE {quote_identifier(str(original.database))};\n",
        installation=server.installation,
    )
    return server.parameters(name)


async def _hotel(database: ConnectionParameters) -> None:
    async with connect(database) as session:
        await create_hotel(session)


def _made(name: str, databases: Databases, role: str) -> ConnectionParameters:
    if name == "zoo":
        return create_zoo(databases, 18, role, optional=("large-objects",))
    if name == "awkward":
        return databases(18, role, file=AWKWARD)
    database = databases(18, role)
    asyncio.run(_hotel(database))
    return database


@pytest.fixture(scope="module", params=SHARES)
def copies(request: pytest.FixtureRequest, clusters: Clusters) -> Iterator[Copies]:
    databases = Databases(clusters)
    source, pristine = (_made(request.param, databases, role) for role in ("source", "target"))
    yield Copies(
        name=request.param,
        clusters=clusters,
        source=_copied(clusters, source, "source"),
        pristine=pristine,
    )
    for role, original in (("source", source), ("target", pristine)):
        run_psql(
            clusters.get(18, role).parameters(),
            f"DROP DATABASE IF EXISTS {quote_identifier(f'{original.database}_copy')} WITH (FORCE);\n",
        )
    databases.drop()


def verdict_of(source: ConnectionParameters, target: ConnectionParameters) -> Verdict:
    finished = pilotage("verify", source.redacted_uri(), target.redacted_uri(), "--json", "--quiet")
    assert finished.stdout, finished.stderr
    verdict = msgspec.json.decode(finished.stdout, type=Verdict)
    assert finished.returncode == (verdict.outcome is not Outcome.EQUAL)
    return verdict


def test_copies_are_equal(copies: Copies) -> None:
    verdict = verdict_of(copies.source, copies.another())

    assert (verdict.differences, verdict.differing_rows) == ((), ())
    assert verdict.outcome is Outcome.EQUAL


async def _changed(copies: Copies, mutations: int, seed: int) -> list[str]:
    """Change a copy again and again, and return what verification did not tell as it should."""
    async with connect(copies.pristine) as session:
        waiting = await possible_mutations(session, seed)
        consequences = await read_consequences(session)
    wrong: list[str] = []
    while mutations > 0:
        target = copies.another()
        async with connect(target) as session:
            made = await make_some(session, waiting, min(mutations, AT_ONCE))
        assert made, f"the {copies.name} allows no more changes"
        mutations -= len(made)
        verdict = verdict_of(copies.source, target)
        wrong += [*_not_found(made, verdict), *_not_made(made, verdict, consequences)]
    return wrong


def _not_found(made: list[Made], verdict: Verdict) -> Iterator[str]:
    rows = {str(each.table): each for each in verdict.differing_rows}
    for each in made:
        told = [found for found in verdict.differences if is_about(each.mutation, found.object)]
        if not any(is_named(each.mutation, found.object, found.fact) for found in told):
            yield f"not found: {each}; of what it touches, there is told: {told}"
        elif each.mutation.kind is not None:
            yield from _wrong_rows(each, rows[each.mutation.touches[0]])


def _not_made(
    made: list[Made], verdict: Verdict, consequences: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    for check in verdict.checks:
        for found in check.differences:
            for each in made:
                seen = (consequences.get(name, ()) for name in each.mutation.touches)
                besides = chain.from_iterable(seen) if check.name == "access" else ()
                if is_about(each.mutation, found.object, besides=besides):
                    break
            else:
                yield f"found, and not made: {check.name}: {found}"


def _wrong_rows(made: Made, found: TableDifference) -> Iterator[str]:
    """Say what is not told of the rows as it should be: all of them, no others, each by its key."""
    kind = made.mutation.kind
    told = [(each.kind, tuple(each.key[column] for column in found.key)) for each in found.rows]
    if found.key:
        agrees = sorted(told) == sorted((kind, key) for key in made.keys)
    elif kind == "changed":  # without a key, the row is missing, and there is another one
        agrees = found.missing == found.extra == len(made.keys)
    else:
        agrees = len(made.keys) == found.missing + found.extra and {each.kind for each in found.rows} == {
            kind
        }
    if not agrees:
        yield f"rows of {made}: told are {found.rows}"
    for each in found.rows:
        if each.kind is RowKind.CHANGED and made.mutation.column not in each.columns:
            yield f"columns of {made}: told are {each.columns}"


def test_every_change_is_found_and_nothing_else(copies: Copies, request: pytest.FixtureRequest) -> None:
    mutations, seed = (request.config.getoption(each) for each in ("--mutations", "--mutation-seed"))

    wrong = asyncio.run(_changed(copies, round(mutations * SHARES[copies.name]), seed))

    assert not wrong, "\n".join(wrong)
