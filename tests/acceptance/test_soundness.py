"""A target that is not what its catalogs claim: every broken promise is found, and nothing where all hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pilotage.catalog import read_catalog
from pilotage.connection import ConnectionParameters, connect
from pilotage.model.roles import RoleChoices
from pilotage.model.scope import Scope
from pilotage.model.verdict import Asked, Check, Outcome
from pilotage.servers import EmbeddedServer
from pilotage.verify import verify
from pilotage.verify.checks.sequence_positions import check_sequence_positions
from pilotage.verify.soundness.every_check import NAMES
from pilotage.verify.soundness.sequences import read_standings
from pilotage.verify.verification import CHECKS
from tests.servers_at_hand import require_server, run_psql

NewDatabase = Callable[..., ConnectionParameters]

MAJORS = [pytest.param(major, marks=pytest.mark.servers(major)) for major in (15, 18)]
SOUND = Path(__file__).with_name("soundness.sql")
UNSOUND = Path(__file__).with_name("unsound.sql")
ONLY_THESE = Asked(skipped=tuple(name for name in CHECKS if name not in NAMES))


async def checks(source: ConnectionParameters, target: ConnectionParameters) -> Mapping[str, Check]:
    """Make the checks of soundness and no others, so that nothing else finds what they must find."""
    async with connect(source) as source_session, connect(target) as target_session:
        verdict = await verify(source_session, target_session, asked=ONLY_THESE)
    return {check.name: check for check in verdict.checks}


def differences(check: Check) -> list[tuple[str, str, str, str]]:
    return sorted((each.object, each.fact, each.expected, each.found) for each in check.differences)


@pytest.mark.parametrize("major", MAJORS)
async def test_what_holds_is_found_to_hold(major: int, new_database: NewDatabase) -> None:
    source = new_database(major, sql="CREATE EXTENSION amcheck;", file=SOUND)
    made = await checks(source, source)
    assert {name: differences(made[name]) for name in NAMES} == {name: [] for name in NAMES}
    assert {name: made[name].outcome for name in NAMES} == dict.fromkeys(NAMES, Outcome.EQUAL)
    assert made["conditions"].not_checked == (
        "constraints of domain public.positive in column pair of table public.kept: they are of values "
        "inside the column's values",
    )
    assert made["sequence-positions"].not_checked == (
        "sequence public.overtaken: 4 comes next, and 7 is in use in public.overtaking.id; the source's is "
        "as far behind",
        "values in use of sequence public.shared in public.drawing_too.label: it is of type text",
    )
    assert made["loops"].not_checked == (
        "loops of table public.looped: rows on them, or to which they lead: 3, as many as at the source",
    )
    assert made["loops"].compared == 3


@pytest.mark.parametrize("major", MAJORS)
async def test_every_broken_promise_is_found(major: int, new_database: NewDatabase) -> None:
    source = new_database(major, file=SOUND)
    target = new_database(major, sql="CREATE EXTENSION amcheck;", file=SOUND)
    run_psql(target, UNSOUND)
    made = await checks(source, target)

    assert differences(made["conditions"]) == [
        (f"{broken} on table public.{table}", "rows that break it", "0", rows)
        for broken, table, rows in (
            ("NOT NULL of column code", "kept", "1"),
            ("NOT NULL of domain public.small in column value", "kept", "1"),
            ("check constraint amount_positive", "kept", "2"),
            ("constraint above of domain public.positive in column list", "kept", "2"),
            ("constraint above of domain public.positive in column value", "kept", "1"),
            ("expression of generated column made", "kept", "1"),
            ("partition bounds", "parted_low_odd", "1"),
            ("partition bounds", "parted_rest", "2"),
        )
    ]
    assert "check constraint share_divides on table public.kept: division by zero (SQLSTATE 22012)" in (
        made["conditions"].not_checked
    )
    assert differences(made["sequence-positions"]) == [
        (f"sequence public.{sequence}", "next value", f"beyond {value}, in use in public.{column}", following)
        for sequence, value, column, following in (
            ("numbered_also_seq", "-5", "numbered.also", "-5"),
            ("numbered_id_seq", "5", "numbered.id", "5"),
            ("shared", "18", "drawing.one", "18"),
        )
    ]
    assert differences(made["loops"]) == [
        (f"table public.{table}", "rows on loops", "0", rows)
        for table, rows in (("anyhow", "2"), ("tree", "3"))
    ]
    found = {(each.object, each.fact): each.found for each in made["index-contents"].differences}
    assert found.pop(("index public.found_both", "ready")) == "no"
    assert 'heap tuple (5,76) from table "found" lacks matching index tuple' in found.pop(
        ("index public.found_id", "contents")
    )
    if major >= 17:
        assert 'index uniqueness is violated for index "found_name"' in found.pop(
            ("index public.found_name", "contents")
        )
    else:
        assert made["index-contents"].not_checked[-1].startswith("duplicates in unique indexes: ")
    assert found == {}


@pytest.mark.servers(18)
async def test_what_no_difference_explains_is_told(new_database: NewDatabase) -> None:
    later = """
        CREATE TABLE t (id integer PRIMARY KEY, n integer, made integer);
        INSERT INTO t VALUES (1, -1), (2, NULL);
        ALTER TABLE t ADD CONSTRAINT plain CHECK (n > 0) NOT VALID;
        ALTER TABLE t ADD CONSTRAINT n_is_there NOT NULL n NOT VALID;
        ALTER TABLE t ADD CONSTRAINT never CHECK (id < 0) NOT ENFORCED;
        CREATE FUNCTION allowed(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        ALTER TABLE t ADD CONSTRAINT by_function CHECK (allowed(id));
        CREATE OR REPLACE FUNCTION allowed(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 1';
    """
    source, target = new_database(sql=later), new_database(sql=later)
    made = await checks(source, target)
    assert differences(made["conditions"]) == []
    assert made["conditions"].outcome is Outcome.EQUAL
    assert made["conditions"].not_checked == (
        "NOT NULL of column n on table public.t: rows that break it: 1; it is NOT VALID at both ends, so "
        "they may be the source's own",
        "check constraint by_function on table public.t: rows that break it now: 1, and as many at "
        "the source",
        "check constraint plain on table public.t: rows that break it: 1; it is NOT VALID at both ends, so "
        "they may be the source's own",
        "check constraint never on table public.t: it is NOT ENFORCED",
    )
    assert made["index-contents"].not_checked == (
        "contents of indexes (1): amcheck is not installed in the target",
    )
    run_psql(source, "DELETE FROM t WHERE id = 1;")
    made = await checks(source, target)
    assert differences(made["conditions"]) == [
        ("check constraint by_function on table public.t", "rows that break it", "0", "1")
    ]


@pytest.mark.servers(18)
async def test_what_the_server_refuses_to_answer_is_no_proof(new_database: NewDatabase) -> None:
    database = new_database(
        sql="CREATE TABLE drawing (id serial, other int DEFAULT 1); INSERT INTO drawing DEFAULT VALUES;"
    )
    async with connect(database) as session, session.transaction():
        catalog = await read_catalog(session, Scope(), count_rows=False)
        await session.run("SET LOCAL ROLE pg_monitor")
        standings = await read_standings(session, catalog.sequences, ["public"])
    check = check_sequence_positions(standings)
    assert check.outcome is Outcome.INCOMPLETE
    assert check.compared == 0
    assert check.not_checked == (
        "values in use of sequence public.drawing_id_seq in public.drawing.id: permission denied for table "
        "drawing",
    )


@pytest.mark.servers(18)
async def test_the_role_that_is_taken_on_is_put_off_again(new_database: NewDatabase) -> None:
    database = new_database(sql="CREATE TABLE t (id int)")
    only = Asked(skipped=tuple({*CHECKS} - {"schemas"}))
    async with connect(database) as source, connect(database) as target:
        before = await target.value("SELECT current_user::text")
        verdict = await verify(source, target, roles=RoleChoices(role="pg_read_all_data"), asked=only)
        assert verdict.outcome is Outcome.EQUAL
        assert await target.value("SELECT current_user::text") == before


@pytest.mark.parametrize("major", MAJORS)  # data checksums are on by default since 18 only
async def test_an_index_that_its_disk_has_damaged_is_found(major: int) -> None:
    with EmbeddedServer.start(require_server(major)) as server:
        target = server.parameters()
        run_psql(
            target,
            """
            CREATE EXTENSION amcheck;
            CREATE TABLE t (n integer);
            INSERT INTO t SELECT n FROM generate_series(1, 5000) AS n;
            CREATE INDEX flipped ON t (n);
            CREATE INDEX zeroed ON t (n);
            CREATE INDEX whole ON t (n);
            CREATE INDEX missing ON t (n);
            """,
        )
        btrees = run_psql(
            target,
            "SELECT relname, pg_relation_filepath(i.indexrelid) FROM pg_index AS i "
            "JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass;",
        )
        files = {name: server.data / path for name, path in (line.split("|") for line in btrees.splitlines())}
        run_psql(target, "CHECKPOINT;")  # nothing is left to be written again after the crash
        server.kill()
        page = 8192  # a B-tree's page 0 is its metapage, and 1 its first leaf
        flipped = bytearray(files["flipped"].read_bytes())
        # before the 16 bytes that end a page: the key of an entry, and padding
        flipped[2 * page - 16 - 8] ^= 0x40
        files["flipped"].write_bytes(flipped)
        zeroed = bytearray(files["zeroed"].read_bytes())
        zeroed[page : 2 * page] = bytes(page)
        files["zeroed"].write_bytes(zeroed)
        files["missing"].unlink()
        server.restart()
        check = (await checks(target, target))["index-contents"]
    found = {
        each.object: re.split(" for index | of relation |: ", each.found)[0] for each in check.differences
    }
    assert found == {
        "index public.flipped": "item order invariant violated" if major == 15 else "invalid page in block 1",
        "index public.missing": 'index "missing" lacks a main relation fork',
        "index public.zeroed": 'index "zeroed" contains unexpected zero page at block 1',
    }
    assert check.compared == 4
