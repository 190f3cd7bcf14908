"""Where schemas are left out that extensions and types live in, a migration works or is refused untouched."""

from __future__ import annotations

import pytest

from pilotage.connection import ConnectionParameters
from tests.acceptance.test_careless_users import uri
from tests.commands import pilotage
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

IN_PUBLIC = "CREATE EXTENSION vector; CREATE SCHEMA s; CREATE TABLE s.t (v vector(3), vs vector[]);"
ENUM = "CREATE TYPE public.mood AS ENUM ('calm'); ALTER TABLE s.t ADD m public.mood[];"
ELSEWHERE = (
    "CREATE SCHEMA e; CREATE EXTENSION vector SCHEMA e; CREATE SCHEMA s; CREATE TABLE s.t (v e.vector(3));"
)


def relations(parameters: ConnectionParameters) -> str:
    return run_psql(parameters, "SELECT nspname FROM pg_namespace WHERE nspname IN ('s', 'e')")


def test_an_extension_in_a_schema_that_is_left_out_comes_along(new_database: Databases) -> None:
    source, target = new_database(18, sql=IN_PUBLIC), new_database(18, "target")

    assert pilotage("migrate", "-N", "public", uri(source), uri(target), "-q").returncode == 0
    assert "vector" in run_psql(target, "SELECT extname FROM pg_extension")


@pytest.mark.parametrize(
    ("sql", "scope", "said"),
    [
        (IN_PUBLIC + ENUM, ["-N", "public"], "type public.mood: is outside the scope"),
        (IN_PUBLIC + ENUM, ["-n", "s"], "CREATE EXTENSION vector SCHEMA public;"),
        (ELSEWHERE, ["-N", "e"], "CREATE SCHEMA e;"),
        (ELSEWHERE, ["-n", "s"], "CREATE EXTENSION vector SCHEMA e;"),
    ],
)
def test_what_nobody_brings_is_told_before_anything_is_changed(
    sql: str, scope: list[str], said: str, new_database: Databases
) -> None:
    source, target = new_database(18, sql=sql), new_database(18, "target")

    refused = pilotage("migrate", *scope, uri(source), uri(target), "-q")

    assert refused.returncode == 3
    assert said in " ".join(refused.stderr.split())
    assert relations(target) == ""


def test_a_user_type_of_a_schema_that_is_left_out_may_be_there_already(new_database: Databases) -> None:
    source = new_database(18, sql=IN_PUBLIC + ENUM)
    target = new_database(18, "target", sql="CREATE TYPE public.mood AS ENUM ('calm')")

    assert pilotage("migrate", "-N", "public", uri(source), uri(target), "-q").returncode == 0
