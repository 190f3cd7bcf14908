"""Every change to one fact of the zoo is found, named by its object and fact, and nothing else is."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator, Sequence

import pytest

from pilotage.compare import compare_facts, read_facts
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.model.facts import Facts
from pilotage.model.scope import Scope
from tests.commands import pilotage
from tests.mutations import OPTIONAL, Mutation, all_mutations, name_of, rounds, some_of_each_subject
from tests.servers_at_hand import Clusters, Databases, run_psql
from tests.zoo import create_zoo, end_cluster_settings

pytestmark = pytest.mark.servers(18)

Changed = tuple[str, str, str]


@dataclasses.dataclass(frozen=True)
class Zoos:
    """Two that are alike, and what was found in the one that stays as it is."""

    expected: Facts
    target: ConnectionParameters

    def changed_by(self, mutations: Sequence[Mutation]) -> list[Changed]:
        """Return what differs while these mutations are made to the other."""
        found = asyncio.run(_facts_after(self.target, mutations))
        return [
            (each.kind, each.object, each.fact) for each in compare_facts(self.expected, found).differences
        ]


@pytest.fixture(scope="module")
def zoos(clusters: Clusters) -> Iterator[Zoos]:
    """Made once for all mutations."""
    databases = Databases(clusters)
    source = create_zoo(databases, 18, optional=OPTIONAL)
    target = create_zoo(databases, 18, "target", optional=OPTIONAL)
    yield Zoos(expected=asyncio.run(_facts(source)), target=target)
    for zoo in (source, target):
        end_cluster_settings(zoo)
    databases.drop()


async def _facts(database: ConnectionParameters) -> Facts:
    async with connect(database) as session, session.transaction(READ_ONLY):
        return await read_facts(session, Scope())


async def _facts_after(database: ConnectionParameters, mutations: Sequence[Mutation]) -> Facts:
    # What is not committed is undone when the connection closes.
    async with connect(database) as session:
        await session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        await session.run("SET LOCAL event_triggers = off; SET LOCAL allow_system_table_mods = on")
        for mutation in mutations:
            await session.run(mutation.sql)
        return await read_facts(session, Scope())


def test_the_zoos_do_not_differ_before(zoos: Zoos) -> None:
    assert zoos.changed_by([]) == []


# In rounds, below, each of all changes is named, and nothing else; alone, the command names five, at the end.
@pytest.mark.thorough
@pytest.mark.parametrize("mutation", some_of_each_subject(), ids=lambda mutation: mutation.id)
def test_one_change_is_named_and_nothing_else(mutation: Mutation, zoos: Zoos) -> None:
    assert zoos.changed_by([mutation]) == [mutation.changed]


@pytest.mark.parametrize("subject", all_mutations())
def test_many_changes_at_once_are_each_named_once(subject: str, zoos: Zoos) -> None:
    for mutations in rounds(all_mutations()[subject]):
        assert sorted(zoos.changed_by(mutations)) == sorted(mutation.changed for mutation in mutations)


UNCHANGED = {
    "direct arguments": "stands in the arguments of an aggregate too",
    "lextypes": "without it, the mappings of configurations cannot be read",
    "reads": "stands in the query too",
}
"""Facts that do not change alone."""


def test_every_fact_of_the_zoo_is_changed_once(zoos: Zoos) -> None:
    described = [
        each
        for queries in (zoos.expected.objects, zoos.expected.additions)
        for found in queries.values()
        for each in found
    ]
    facts = {name_of(fact) for each in described for fact in each.facts}

    changed = {name_of(each.changed[2]) for of_file in all_mutations().values() for each in of_file}
    assert facts - changed == UNCHANGED.keys()


def test_every_change_has_an_id_of_its_own() -> None:
    ids = [mutation.id for of_file in all_mutations().values() for mutation in of_file]
    assert len(ids) == len(set(ids))
    assert len(some_of_each_subject()) >= 60


SHOP = """
CREATE SCHEMA shop;
CREATE TABLE shop.customer (id int PRIMARY KEY, name text);
CREATE FUNCTION shop.stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER stop BEFORE INSERT ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.stop();
ALTER TABLE shop.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.customer AS RESTRICTIVE USING (name = CURRENT_USER);
CREATE VIEW shop.names WITH (security_invoker = true) AS SELECT name FROM shop.customer;
"""

CHANGES = {
    "DROP POLICY own ON shop.customer; CREATE POLICY own ON shop.customer USING (name = CURRENT_USER)": {
        "kind": "policy",
        "object": "own on shop.customer",
        "fact": "kind",
        "source": "restrictive",
        "target": "permissive",
        "waived": None,
    },
    "ALTER TABLE shop.customer DISABLE TRIGGER stop": {
        "kind": "trigger",
        "object": "stop on shop.customer",
        "fact": "state",
        "source": "enabled",
        "target": "disabled",
        "waived": None,
    },
    "GRANT SELECT ON shop.customer TO pg_monitor": {
        "kind": "table",
        "object": "shop.customer",
        "fact": "privileges of pg_monitor",
        "source": None,
        "target": "SELECT",
        "waived": None,
    },
    "ALTER TABLE shop.customer ALTER COLUMN name SET STORAGE EXTERNAL": {
        "kind": "table column",
        "object": "shop.customer.name",
        "fact": "storage",
        "source": None,
        "target": "external",
        "waived": None,
    },
    "ALTER VIEW shop.names RESET (security_invoker)": {
        "kind": "view",
        "object": "shop.names",
        "fact": "options",
        "source": "security_invoker=true",
        "target": None,
        "waived": None,
    },
}


def _diff(source: ConnectionParameters, target: ConnectionParameters) -> tuple[int, list[dict[str, object]]]:
    finished = pilotage("diff", source.redacted_uri(), target.redacted_uri(), "--json")
    printed = json.loads(finished.stdout)
    assert printed["format"] == 1
    assert printed["equal"] is (finished.returncode == 0)
    return finished.returncode, printed["differences"]


def test_the_command_names_each_change_alone(new_database: Databases) -> None:
    source, target = new_database(18, sql=SHOP), new_database(18, "target", sql=SHOP)
    assert _diff(source, target) == (0, [])

    for change, difference in CHANGES.items():
        changed = new_database(18, "target", sql=f"{SHOP}{change};")
        assert _diff(source, changed) == (1, [difference]), change
        run_psql(target, change)

    code, differences = _diff(source, target)
    assert code == 1
    assert sorted(map(json.dumps, differences)) == sorted(map(json.dumps, CHANGES.values()))
