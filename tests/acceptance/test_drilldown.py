"""From tables that differ to their rows, on real servers."""

from __future__ import annotations

import asyncio
import json
import time

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.verify.drilldown import FoundRows, describe_rows, find_differing_rows, rows
from pilotage.verify.ends import hold_end
from pilotage.verify.rows.relation import (
    SEEDS,
    ComparedColumn,
    ComparedRelation,
    DifferingBucket,
    DifferingRelation,
    Digest,
)
from tests.servers_at_hand import Databases


def _relation(
    table: str, columns: dict[str, str], key: tuple[str, ...] = (), conditions: tuple[str, ...] = ("true",)
) -> DifferingRelation:
    """Return a relation of which some ranges differ, its images being the values' text."""

    def hashes(expression: str) -> tuple[str, str]:
        first, second = (f"pg_catalog.hashtextextended({expression}, {seed})" for seed in SEEDS)
        return first, second

    compared = tuple(
        ComparedColumn(
            name=name,
            type=kind,
            hashes=hashes(f"coalesce('=' || {quote_identifier(name)}::text, '')"),
            how="text",
            text=f"{quote_identifier(name)}::text",
        )
        for name, kind in columns.items()
    )
    return DifferingRelation(
        relation=ComparedRelation(
            name=QualifiedName("public", table),
            rows=f"ONLY public.{quote_identifier(table)}",
            columns=compared,
            key=key,
            bucket="0",
            conditions=dict(enumerate(conditions)),
            by_key=bool(key),
            row_hashes=hashes(f"ROW({', '.join(map(quote_identifier, columns))})::text"),
        ),
        buckets=tuple(
            DifferingBucket(condition=condition, source=Digest(1), target=Digest(1))
            for condition in conditions
        ),
        source_rows=1000,
        target_rows=1000,
    )


def _find(
    source: ConnectionParameters,
    target: ConnectionParameters,
    differing: DifferingRelation,
    *,
    show_values: bool = False,
    limit: int = 1000,
) -> FoundRows:
    async def find() -> FoundRows:
        async with hold_end(source) as ours, hold_end(target) as theirs:
            (found,) = await find_differing_rows(
                ours, theirs, [differing], show_values=show_values, limit=limit
            )
            return found

    return asyncio.run(find())


def _lines(found: FoundRows) -> list[tuple[str, str, str]]:
    return [(line.fact, line.expected, line.found) for line in describe_rows(found.difference)]


ORDERS = """
CREATE TABLE orders (id int, line numeric, note text, total numeric, PRIMARY KEY (id, line));
INSERT INTO orders SELECT n, 1, 'note ' || n, n * 1.5 FROM generate_series(1, 3000) AS n;
"""


def test_missing_extra_and_changed_rows_are_told_by_key(new_database: Databases) -> None:
    """Keys are matched by equality, and contents by what is stored."""
    source = new_database(sql=ORDERS)
    target = new_database(
        role="target",
        sql=ORDERS + "DELETE FROM orders WHERE id = 7; INSERT INTO orders VALUES (-10, 1, 'secret', NULL);"
        "UPDATE orders SET note = 'secret', total = NULL WHERE id = 1000;"
        "UPDATE orders SET line = 1.00 WHERE id = 30;",
    )
    columns = {"id": "integer", "line": "numeric", "note": "text", "total": "numeric"}
    found = _find(source, target, _relation("orders", columns, ("id", "line")))
    assert _lines(found) == [
        ("row (id, line) = (-10, 1)", "missing", "present"),
        ("row (id, line) = (7, 1)", "present", "missing"),
        ("row (id, line) = (30, 1)", "present", "present, but changed: line"),
        ("row (id, line) = (1000, 1)", "present", "present, but changed: note, total"),
    ]
    assert (found.difference.missing, found.difference.extra, found.difference.changed) == (1, 1, 2)
    assert found.complete
    assert found.by_key
    encoded = msgspec.json.encode(found.difference).decode()
    assert "secret" not in encoded
    assert "note 1000" not in encoded
    assert json.loads(encoded)["rows"][1]["key"] == {"id": "7", "line": "1"}


def test_values_are_shown_where_they_were_asked_for(new_database: Databases) -> None:
    """Of a changed row those that differ, of any other all of them; NULL is no text."""
    source = new_database(
        sql="CREATE TABLE t (id int PRIMARY KEY, a text, b text); "
        "INSERT INTO t VALUES (1, 'x', 'NULL'), (2, 'only', '')"
    )
    target = new_database(
        role="target",
        sql="CREATE TABLE t (id int PRIMARY KEY, a text, b text); INSERT INTO t VALUES (1, 'x', NULL)",
    )
    found = _find(
        source, target, _relation("t", {"id": "integer", "a": "text", "b": "text"}, ("id",)), show_values=True
    )
    assert _lines(found) == [
        ("row (id) = (1), column b", "'NULL'", "NULL"),
        ("row (id) = (2)", "present: id = 2, a = 'only', b = ''", "missing"),
    ]


def test_rows_without_key_are_matched_as_a_multiset(new_database: Databases) -> None:
    """A row that is there once more than at the source is extra once."""
    create = "CREATE TABLE t (a int, b text);"
    source = new_database(sql=create + "INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, 'y'), (3, 'z')")
    target = new_database(
        role="target", sql=create + "INSERT INTO t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (3, 'z'), (3, NULL)"
    )
    found = _find(source, target, _relation("t", {"a": "integer", "b": "text"}))
    assert {(row.kind.value, row.copies) for row in found.rows} == {
        ("extra", (2, 3)),
        ("missing", (1, 0)),
        ("extra", (0, 1)),
    }
    assert (found.difference.missing, found.difference.extra, found.difference.changed) == (1, 2, 0)
    assert not found.by_key
    assert ("row with ctid (0,3) in the source", "present", "missing") in _lines(found)


def test_a_row_in_another_range_is_no_difference(new_database: Databases) -> None:
    """Rows of all ranges are one set; which range a row is in may depend on the server."""
    create = "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x'), (2, 'y')"
    relation = _relation("t", {"id": "integer", "a": "text"}, ("id",), ("id < 2", "id >= 2"))
    found = _find(new_database(sql=create), new_database(role="target", sql=create), relation)
    assert _lines(found) == []
    assert found.difference.differing == 0


def test_rows_beyond_the_limit_are_counted(new_database: Databases) -> None:
    """What is not listed is told by its number."""
    source = new_database(sql=ORDERS)
    target = new_database(
        role="target", sql=ORDERS + "UPDATE orders SET note = 'other'; DELETE FROM orders WHERE id = 1"
    )
    columns = {"id": "integer", "line": "numeric", "note": "text", "total": "numeric"}
    found = _find(source, target, _relation("orders", columns, ("id", "line")), limit=10)
    assert len(found.difference.rows) == 10
    assert found.difference.not_listed == 2990
    assert _lines(found)[-1] == (
        "further rows that differ",
        "0",
        "2,990 (of all: 1 missing, 0 extra, 2,999 changed)",
    )


def test_many_tables_that_differ_list_few_rows_each(
    new_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list is for people, and memory has an end; numbers are exact all the same."""
    monkeypatch.setattr(rows, "LISTED_IN_ALL", 5)
    monkeypatch.setattr(rows, "LISTED_AT_LEAST", 2)
    monkeypatch.setattr(rows, "REPAIRABLE_IN_ALL", 10)
    create = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);"
    source = new_database(sql=create + "INSERT INTO a SELECT generate_series(1, 7); INSERT INTO b TABLE a")
    target = new_database(role="target", sql=create)

    async def find() -> tuple[FoundRows, ...]:
        async with hold_end(source) as ours, hold_end(target) as theirs:
            differing = [_relation(table, {"id": "integer"}, ("id",)) for table in ("a", "b")]
            return await find_differing_rows(ours, theirs, differing)

    found = asyncio.run(find())
    assert [len(each.difference.rows) for each in found] == [5, 2]
    assert [each.difference.not_listed for each in found] == [2, 5]
    assert [(len(each.rows), each.complete) for each in found] == [(7, True), (3, False)]


def test_keys_that_several_rows_have_are_matched_as_whole_rows(new_database: Databases) -> None:
    """A target without the source's key may hold a row twice."""
    source = new_database(
        sql="CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'x'), (2, 'y')"
    )
    target = new_database(
        role="target",
        sql="CREATE TABLE t (id int, a text); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, 'z')",
    )
    found = _find(source, target, _relation("t", {"id": "integer", "a": "text"}, ("id",)))
    assert not found.by_key
    assert _lines(found) == [
        ("row (id) = (1)", "present", "1 more"),
        ("row (id) = (2)", "present", "present, but changed: a"),
    ]


def test_keys_that_their_types_hash_alike_are_two(new_database: Databases) -> None:
    """Of a bigint the two halves are folded, and of a numeric the sign is left out."""
    create = """CREATE TABLE t (id bigint, at numeric, a text, PRIMARY KEY (id, at));
        INSERT INTO t VALUES (1, 5, 'x'), (4294967296, 5, 'y'), (1, -5, 'z');"""
    source = new_database(sql=create)
    target = new_database(role="target", sql=create + "UPDATE t SET a = upper(a)")
    columns = {"id": "bigint", "at": "numeric", "a": "text"}
    found = _find(source, target, _relation("t", columns, ("id", "at")))
    assert _lines(found) == [
        ("row (id, at) = (1, -5)", "present", "present, but changed: a"),
        ("row (id, at) = (1, 5)", "present", "present, but changed: a"),
        ("row (id, at) = (4294967296, 5)", "present", "present, but changed: a"),
    ]


@pytest.mark.servers(17)
def test_keys_equal_by_their_types_are_one_key(new_database: Databases) -> None:
    """Of citext, -0 and arrays of numeric as of whatever has a hash."""
    create = """CREATE EXTENSION citext SCHEMA public;
        CREATE TABLE t (name public.citext, at float8, list numeric[], PRIMARY KEY (name, at, list));"""
    source = new_database(17, sql=create + "INSERT INTO t VALUES ('Anna', 0, '{1.0}')")
    target = new_database(17, role="target", sql=create + "INSERT INTO t VALUES ('anna', '-0', '{1.00}')")
    columns = {"name": "public.citext", "at": "double precision", "list": "numeric[]"}
    found = _find(source, target, _relation("t", columns, ("name", "at", "list")))
    assert _lines(found) == [
        ("row (name, at, list) = ('Anna', 0, '{1.0}')", "present", "present, but changed: name, at, list")
    ]


def test_three_rows_are_found_without_reading_the_table_again(new_database: Databases) -> None:
    """Ranges that differ are read by the key's index, though nobody has analysed the table."""
    create = """CREATE TABLE t (id int PRIMARY KEY, a text);
        INSERT INTO t SELECT n, repeat('x', 50) FROM generate_series(1, 200000) AS n;"""
    source = new_database(sql=create)
    target = new_database(
        role="target",
        sql=f"""{create} UPDATE t SET a = 'y' WHERE id = 100; DELETE FROM t WHERE id = 77777;
            INSERT INTO t VALUES (200001, '')""",
    )
    before = [_activity(end) for end in (source, target)]
    conditions = ("id >= 1 AND id < 200", "id >= 77700 AND id < 77900", "id >= 199900")
    found = _find(source, target, _relation("t", {"id": "integer", "a": "text"}, ("id",), conditions))
    assert [row.kind.value for row in found.difference.rows] == ["changed", "missing", "extra"]
    for end, earlier in zip((source, target), before, strict=True):
        activity = _activity_after(end, earlier)
        assert activity.seq_scan == earlier.seq_scan
        assert activity.blocks_read - earlier.blocks_read < activity.blocks / 50


class _Activity(msgspec.Struct, frozen=True):
    """What has been read of table t so far, and its size."""

    blocks_read: int
    blocks: int
    seq_scan: int
    idx_scan: int


def _activity(end: ConnectionParameters) -> _Activity:
    async def ask() -> _Activity:
        async with connect(end) as session:
            (activity,) = await session.records(
                """
                SELECT heap_blks_read + heap_blks_hit AS blocks_read,
                    pg_relation_size(relid) / 8192 AS blocks, seq_scan, t.idx_scan
                FROM pg_stat_user_tables AS t JOIN pg_statio_user_tables USING (relid)
                WHERE t.relname = 't'
                """,
                _Activity,
            )
            return activity

    return asyncio.run(ask())


def _activity_after(end: ConnectionParameters, earlier: _Activity) -> _Activity:
    """Return it once the sessions that have ended meanwhile have told what they did."""
    for _ in range(100):
        activity = _activity(end)
        if activity.idx_scan > earlier.idx_scan:
            return activity
        time.sleep(0.1)
    raise AssertionError("no index was used, or no server tells")
