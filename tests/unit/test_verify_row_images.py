"""Which expressions tell a column's values apart, and how rows' digests add up; no server is asked."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.verify.rows.buckets import NULL_KEY, with_buckets
from pilotage.verify.rows.expressions import row_hashes
from pilotage.verify.rows.facts import ColumnFacts, RelationFacts
from pilotage.verify.rows.images import TEXT, fill, image_of
from pilotage.verify.rows.pace import Pace
from pilotage.verify.rows.pairing import pair
from pilotage.verify.rows.relation import Digest
from pilotage.verify.rows.sampling import draw, statements_of, what_is_missed
from pilotage.verify.rows.statements import Part, Reading, statement

TABLE = QualifiedName("app", "orders")


def column(
    name: str = "v",
    base: str = "pg_catalog.int4",
    *,
    kind: str = "b",
    element: str | None = None,
    as_text: bool = False,
    extension: str = "",
    position: int = 1,
) -> ColumnFacts:
    return ColumnFacts(
        table=TABLE,
        position=position,
        name=name,
        type=base,
        kind=kind,
        base=QualifiedName(*base.split(".")),
        element=QualifiedName(*element.split(".")) if element else None,
        is_stored_as_text=as_text,
        extension=extension,
    )


def table(*columns: ColumnFacts, key: tuple[str, ...] = (), size: int = 0) -> RelationFacts:
    return RelationFacts(
        name=TABLE,
        blocks=size // 8192,
        bytes=size,
        filenode=1,
        has_long_values=False,
        key=key,
        columns=columns,
    )


# --- images -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        column(base="pg_catalog.point"),
        column(base="pg_catalog.regclass"),
        column(base="app.pair", kind="c"),
        column(base="app.spans", kind="r"),
        column(base="app.vector"),  # of the same name as pgvector's, and not its
        column(base="pg_catalog._regtype", element="pg_catalog.regtype"),
        column(base="app._mood", element="app.mood"),
        column(base="pg_catalog._point", element="pg_catalog.point"),
        column(base="app.int8"),  # a user's type by the name of a built-in one
    ],
    ids=lambda facts: str(facts.base),
)
def test_what_is_not_known_is_compared_by_what_it_prints(facts: ColumnFacts) -> None:
    assert image_of(facts, same_encoding=True).how == TEXT
    assert "format('%L', {c})" in image_of(facts, same_encoding=True).text


@pytest.mark.parametrize("base", ["int8", "numeric", "timestamptz", "time", "interval", "bpchar", "jsonb"])
def test_a_hash_function_that_is_not_faithful_is_not_asked(base: str) -> None:
    image = image_of(column(base=f"pg_catalog.{base}"), same_encoding=True)
    assert not re.search(rf"(?:{base}_hash|hash_?{base}|timestamp_hash|hashtext)", image.direct)


def test_text_of_a_type_that_is_stored_as_text_is_hashed_byte_by_byte() -> None:
    image = image_of(column(base="app.citext", as_text=True), same_encoding=True)
    assert fill(image.direct, "v", 5) == (
        "pg_catalog.hashtextextended(v::pg_catalog.text COLLATE \"C\", '5'::pg_catalog.int8)"
    )


def test_between_databases_of_different_encodings_text_is_sent_as_to_a_client() -> None:
    for base in ("pg_catalog.text", "pg_catalog.varchar", "pg_catalog.tsquery"):
        image = image_of(column(base=base, as_text="text" in base), same_encoding=False)
        assert not image.direct
        assert not image.text
        assert image.bytes.startswith("pg_catalog.textsend(")


@given(st.text(min_size=1).filter(lambda name: "\0" not in name))
def test_a_column_of_any_name_stands_quoted_in_every_expression(name: str) -> None:
    for base in ("int4", "int8", "float8", "numeric", "text", "point"):
        image = image_of(column(name, f"pg_catalog.{base}", as_text=base == "text"), same_encoding=True)
        for template in filter(None, (image.direct, image.bytes, image.text)):
            with_plain_name = fill(template, "pivot", 1)
            assert fill(template, name, 1) == with_plain_name.replace("pivot", quote_identifier(name))


# --- rows ---------------------------------------------------------------------------------------------------


def test_the_same_type_in_two_columns_has_two_seeds() -> None:
    columns = [(name, image_of(column(name), same_encoding=True)) for name in ("a", "b")]
    hashes = row_hashes(columns, by_md5=False, has_long_values=False)
    seeds = re.findall(r"int4extended\(\w+, '(-?\d+)'", " ".join(hashes.whole))
    assert len(seeds) == len(set(seeds)) == 4


def test_names_of_our_own_give_way_to_those_of_columns() -> None:
    columns = [
        ("pilotage_bytes", image_of(column("pilotage_bytes"), same_encoding=True)),
        ("n", image_of(column("n", "pg_catalog.numeric"), same_encoding=True)),
    ]
    hashes = row_hashes(columns, by_md5=False, has_long_values=False)
    assert [name for _, name in hashes.inner] == ["pilotage_bytes_"]


def test_what_both_hashes_need_is_made_once() -> None:
    facts = table(column("id"), column("n", "pg_catalog.numeric"), column("j", "pg_catalog.jsonb"))
    both = pair(facts, facts)
    relation = with_buckets(both, ())
    read = statement(
        0,
        Part(reading=Reading(relation=relation, hashes=both.hashes, blocks=0, bytes=0), blocks=None, bytes=0),
    )
    assert read.count("numeric_send") == read.count("jsonb_send") == 1
    assert both.hashes.whole[0].count("numeric_send") == 1


digests = st.builds(
    Digest, st.integers(0, 2**40), st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
)


@given(st.lists(digests), st.randoms())
def test_the_order_of_parts_does_not_matter(parts: list[Digest], random: object) -> None:
    shuffled = sorted(parts, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert sum(parts, Digest()) == sum(shuffled, Digest())


@given(digests)
def test_a_row_that_is_there_twice_does_not_vanish(digest: Digest) -> None:
    twice = digest + digest
    assert twice.rows == 2 * digest.rows
    if digest.sums != (0, 0) and digest.sums[0] != 2**63:
        assert twice.sums != (0, 0)


# --- ranges -------------------------------------------------------------------------------------------------


def test_ranges_leave_nothing_out_and_nothing_is_in_two() -> None:
    facts = table(column("id"), key=("id",), size=100_000_000)
    relation = with_buckets(pair(facts, facts), ("10", "20", "30"))
    assert relation.by_key
    assert list(relation.conditions.items()) == [
        (NULL_KEY, "id IS NULL"),
        (0, "id < '10'::pg_catalog.int4"),
        (1, "id >= '10'::pg_catalog.int4 AND id < '20'::pg_catalog.int4"),
        (2, "id >= '20'::pg_catalog.int4 AND id < '30'::pg_catalog.int4"),
        (3, "id >= '30'::pg_catalog.int4"),
    ]


def test_a_key_that_the_target_has_as_another_type_is_not_divided_into_ranges() -> None:
    here = table(column("id"), key=("id",), size=100_000_000)
    there = table(column("id", "pg_catalog.text", as_text=True), key=("id",), size=100_000_000)
    assert pair(here, there).leading is None
    assert pair(here, there).key == ("id",)
    assert pair(here, table(column("other"))).key == ()


def test_ranges_of_text_are_the_same_rows_only_where_both_ends_sort_by_bytes() -> None:
    def sorts_alike(here: str, there: str, *, same_encoding: bool = True) -> bool:
        ends = [
            table(
                msgspec.structs.replace(
                    column("id", "pg_catalog.text" if each else "pg_catalog.int4", as_text=bool(each)),
                    collation=each,
                ),
                key=("id",),
            )
            for each in (here, there)
        ]
        return pair(ends[0], ends[1], same_encoding=same_encoding).sorts_alike

    assert sorts_alike("", "", same_encoding=False)
    assert sorts_alike("bytes", "bytes")
    assert not sorts_alike("bytes", "bytes", same_encoding=False)
    assert not sorts_alike("bytes", "deterministic")
    assert not sorts_alike("deterministic", "deterministic")


def test_a_sample_is_of_the_share_that_was_asked_for_and_says_what_it_proves() -> None:
    facts = table(column("id"), key=("id",), size=100_000_000)
    relation = with_buckets(pair(facts, facts), tuple(map(str, range(99))))
    sample = draw(relation, 0.1)
    assert sample is not None
    assert (len(sample.ranges), sample.of) == (10, 100)
    assert set(sample.ranges) <= set(relation.conditions.values()) - {"id IS NULL"}
    without_index = table(column("id"), size=100_000_000)
    assert [len(each) for each in statements_of(sample, relation, facts)] == [10]
    assert [len(each) for each in statements_of(sample, relation, without_index)] == [10]
    (line,) = what_is_missed([sample])
    assert "0.9 to the power of k (of 1: 0.9, 10: 0.35, 100: 2.7e-05)" in line
    assert draw(with_buckets(pair(facts, facts), ()), 0.1) is None


# --- load ---------------------------------------------------------------------------------------------------


async def test_several_readers_together_keep_to_the_rate() -> None:
    clock, waited = [100.0], []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    pace = Pace(1000, now=lambda: clock[0], sleep=sleep)
    for _ in range(3):
        await pace.turn(2000)
    assert waited == [2.0, 4.0]
    clock[0] += 60  # what was not used is not saved up
    await pace.turn(2000)
    await pace.turn(2000)
    assert waited == [2.0, 4.0, 2.0]
    await Pace(None, now=lambda: clock[0], sleep=sleep).turn(10**12)
    assert len(waited) == 3


def test_keys_of_citext_are_matched_by_its_hash_only_where_both_ends_fold_case_alike() -> None:
    spelled = column("v", "public.citext", as_text=True, extension="citext")
    one = table(msgspec.structs.replace(spelled, hashed_by="c C.UTF-8"), key=("v",))
    other = table(msgspec.structs.replace(spelled, hashed_by="i C.UTF-8 tr 153.120"), key=("v",))
    (alike,) = pair(one, one).columns
    (unlike,) = pair(one, other).columns
    assert alike.equal_by_type
    assert not unlike.equal_by_type
