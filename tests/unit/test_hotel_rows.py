"""The hotel's rows as they are made, before any server has seen them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from pilotage.demo.hotel import HOTEL_ROWS, hotel_rows
from pilotage.demo.hotel.copy_text import Json, TableRows, Value, encode_row
from pilotage.demo.hotel.seeds import Embeddings, chance, key


@pytest.fixture(scope="module")
def tables() -> dict[tuple[str, str], TableRows]:
    return {(rows.table.schema, rows.table.name): rows for rows in hotel_rows()}


def test_the_numbers_of_rows_are_those_that_the_document_itemises(
    reference_data: Callable[[str], Path],
) -> None:
    document = reference_data("hotel-migration-order.txt").read_text()
    lines = re.findall(r"^\d+\. (\w+) \(([\d,]+) rows?\)", document, re.MULTILINE)
    itemised = {table: int(rows.replace(",", "")) for table, rows in lines}
    forgotten = {"tenant_compliance_credentials", "tenant_knowledge_embeddings", "tenant_muva_content"}
    assert {table: rows for table, rows in HOTEL_ROWS.items() if table not in forgotten} == itemised
    assert all(HOTEL_ROWS[table] == 0 for table in forgotten)
    assert len(HOTEL_ROWS) == 41
    assert sum(HOTEL_ROWS.values()) == 6943


def test_as_many_rows_are_made_as_are_promised(tables: dict[tuple[str, str], TableRows]) -> None:
    made = {name: len(rows.rows) for (schema, name), rows in tables.items() if schema == "public"}
    assert made == {table: rows for table, rows in HOTEL_ROWS.items() if rows}


def test_the_same_rows_are_made_every_time() -> None:
    first = [encode_row(row) for table in hotel_rows() for row in table.rows]
    second = [encode_row(row) for table in hotel_rows() for row in table.rows]
    assert first == second


def test_rows_of_a_table_must_name_the_same_columns() -> None:
    with pytest.raises(ValueError, match="the rows of t do not all name the same columns"):
        TableRows.of("t", [{"a": 1, "b": 2}, {"b": 2, "a": 1}])
    with pytest.raises(ValueError, match="the rows of t do not all name the same columns"):
        TableRows.of("t", [])


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "\\N"),
        ("\\N", "\\\\N"),
        ("", ""),
        ("\\.", "\\\\."),
        ("a\tb\nc\rd\\", "a\\tb\\nc\\rd\\\\"),
        (True, "True"),
        (-0.0, "-0.0"),
        (float("inf"), "inf"),
        (Decimal("1.10"), "1.10"),
        (b"\x00\\", "\\\\x005c"),
        (datetime.datetime(2025, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC), "2025-01-02 03:04:05.000006+00:00"),
        (datetime.date(2025, 1, 2), "2025-01-02"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([], "{}"),
        (["a", None, "NULL", 'b"\\', ""], '{"a",NULL,"NULL","b\\\\"\\\\\\\\",""}'),
        ([[1, 2], [3, 4]], '{{"1","2"},{"3","4"}}'),
        (Json({"ñ": "a\nb"}), '{"ñ": "a\\\\nb"}'),
    ],
)
def test_a_value_becomes_a_field_of_copys_text_format(value: Value, field: str) -> None:
    assert encode_row((value, "next")) == f"{field}\tnext\n".encode()


def test_keys_and_chance_depend_on_nothing_but_their_purpose() -> None:
    assert key("hotels", 1) == key("hotels", 1)
    assert len({key("hotels", 1), key("hotels", 2), key("tenants", 1)}) == 3
    assert chance("a").random() == chance("a").random()
    assert chance("a").random() != chance("b").random()


def test_embeddings_have_nearly_length_one_and_topics_are_told_apart() -> None:
    embeddings = Embeddings("test", dimensions=1024, topics=2)
    vectors = [[float(x) for x in embeddings.vector(topic)[1:-1].split(",")] for topic in (0, 0, 1)]

    def similarity(one: list[float], other: list[float]) -> float:
        return sum(x * y for x, y in zip(one, other, strict=True))

    assert [len(vector) for vector in vectors] == [1024] * 3
    assert [similarity(vector, vector) ** 0.5 for vector in vectors] == pytest.approx([1, 1, 1], abs=0.15)
    assert similarity(vectors[0], vectors[1]) > 0.5
    assert abs(similarity(vectors[0], vectors[2])) < 0.2
    assert vectors[0] != vectors[1]
