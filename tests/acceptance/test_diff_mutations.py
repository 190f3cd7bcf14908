"""Every change to one fact of the zoo is found, named by its object and fact, and nothing else is."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import pytest

from pilotage.compare import compare_facts, read_facts
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.model.facts import Facts
from pilotage.model.scope import Scope
from tests.mutations import OPTIONAL, Mutation, all_mutations, one_of_each_fact, rounds
from tests.servers_at_hand import Clusters, Databases, run_psql
from tests.zoo import create_zoo, end_cluster_settings

pytestmark = pytest.mark.servers(18)

Changed = tuple[str, str, str]


@pytest.fixture(scope="module")
def changed_by(clusters: Clusters) -> Iterator[Callable[[Sequence[Mutation]], list[Changed]]]:
    """What differs between two zoos while these mutations are made to one of them."""
    databases = Databases(clusters)
    source = create_zoo(databases, 18, optional=OPTIONAL)
    target = create_zoo(databases, 18, "target", optional=OPTIONAL)
    expected = asyncio.run(_facts(source))
    yield lambda mutations: _differences(expected, asyncio.run(_facts_after(target, mutations)))
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


def _differences(expected: Facts, found: Facts) -> list[Changed]:
    return [(each.kind, each.object, each.fact) for each in compare_facts(expected, found).differences]


def test_the_zoos_do_not_differ_before(changed_by: Callable[[Sequence[Mutation]], list[Changed]]) -> None:
    assert changed_by([]) == []


@pytest.mark.parametrize("mutation", one_of_each_fact(), ids=lambda mutation: mutation.id)
def test_one_change_is_named_and_nothing_else(
    mutation: Mutation, changed_by: Callable[[Sequence[Mutation]], list[Changed]]
) -> None:
    assert changed_by([mutation]) == [mutation.changed]


@pytest.mark.parametrize("subject", all_mutations())
def test_many_changes_at_once_are_each_named_once(
    subject: str, changed_by: Callable[[Sequence[Mutation]], list[Changed]]
) -> None:
    for mutations in rounds(all_mutations()[subject]):
        assert sorted(changed_by(mutations)) == sorted(mutation.changed for mutation in mutations)


def test_every_change_has_an_id_of_its_own() -> None:
    ids = [mutation.id for of_file in all_mutations().values() for mutation in of_file]
    assert len(ids) == len(set(ids))
    assert len(one_of_each_fact()) >= 60


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
    finished = subprocess.run(
        [sys.executable, "-m", "pilotage", "diff", source.redacted_uri(), target.redacted_uri(), "--json"],
        capture_output=True,
        check=False,
    )
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
