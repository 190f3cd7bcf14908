"""Which indexes serve a foreign key."""

from __future__ import annotations

import pytest

from pilotage.catalog.facts import ForeignKeyFacts, IndexFacts
from pilotage.catalog.key_indexes import is_indexed
from pilotage.model.catalog import MatchType
from pilotage.model.names import QualifiedName

ROOMS = QualifiedName("public", "rooms")


def key(*columns: str) -> ForeignKeyFacts:
    return ForeignKeyFacts(
        name="k",
        table=ROOMS,
        columns=columns,
        referenced=QualifiedName("public", "hotels"),
        referenced_columns=columns,
        nullable_columns=(),
        match=MatchType.SIMPLE,
        on_update="no action",
        on_delete="no action",
        deferrable=False,
        initially_deferred=False,
        validated=True,
        enforced=True,
        definition="",
    )


def index(
    *columns: str | None, method: str = "btree", usable: bool = True, predicate: str | None = None
) -> IndexFacts:
    return IndexFacts(
        name=QualifiedName("public", "i"),
        table=ROOMS,
        method=method,
        unique=False,
        primary=False,
        valid=usable,
        columns=columns,
        expression_columns=(),
        partial=predicate is not None,
        exclusion=False,
        immediate=True,
        nulls_distinct=True,
        bytes=0,
        definition="",
        usable=usable,
        key_columns=columns,
        predicate=predicate,
    )


@pytest.mark.parametrize(
    "serving",
    [
        index("a", "b"),
        index("b", "a"),
        index("b", "a", "c"),
        index("a", "b", None),
        index("a", "b", predicate="(a IS NOT NULL)"),
        index("a", "b", predicate="((b IS NOT NULL) AND (a IS NOT NULL))"),
    ],
)
def test_an_index_that_begins_with_the_columns_in_any_order_serves(serving: IndexFacts) -> None:
    assert is_indexed(key("a", "b"), [serving])


@pytest.mark.parametrize(
    "useless",
    [
        index("a"),
        index("a", "c", "b"),
        index("c", "a", "b"),
        index("a", None),
        index(None, "a", "b"),
        index("a", "b", usable=False),
        index("a", "b", method="brin"),
        index("a", "b", method="hash"),
        index("a", "b", predicate="(c IS NOT NULL)"),
        index("a", "b", predicate="(a > 0)"),
        index("a", "b", predicate="(a IS NULL)"),
        index("a", "b", predicate="((a IS NOT NULL) AND (c > 0))"),
        index("a", "b", predicate="((a IS NOT NULL) OR (b IS NOT NULL))"),
        index("a", "b", predicate="((a IS NOT NULL) AND )"),
    ],
)
def test_other_indexes_do_not(useless: IndexFacts) -> None:
    assert not is_indexed(key("a", "b"), [useless])


def test_one_of_several_is_enough() -> None:
    assert is_indexed(key("a"), [index("b"), index("a")])


def test_without_any_index_there_is_none_that_serves() -> None:
    assert not is_indexed(key("a"), [])


def test_a_hash_index_serves_a_single_column() -> None:
    assert is_indexed(key("a"), [index("a", method="hash")])


def test_hostile_column_names_are_compared_as_the_server_prints_them() -> None:
    name = 'a" IS NOT NULL) AND (b'
    quoted = '"a"" IS NOT NULL) AND (b"'
    assert is_indexed(key(name), [index(name, predicate=f"({quoted} IS NOT NULL)")])
    assert not is_indexed(key(name), [index(name, predicate="((a IS NOT NULL) AND (b IS NOT NULL))")])


def test_a_column_that_the_key_names_twice_is_indexed_once() -> None:
    assert is_indexed(key("a", "a"), [index("a", "b")])
