"""Which strategy loads what: every case that section 5 of the design speaks of, drawn above its test.

An arrow ``a → b`` is a foreign key of ``a``; ``a ↺`` references itself. Keys may be NULL unless they are said
to be NOT NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations

import msgspec
import pytest
from hypothesis import event, given

from pilotage.graph import CycleError, topological_order
from pilotage.model.catalog import (
    Catalog,
    Constraint,
    ConstraintKind,
    ForeignKey,
    Generated,
    Index,
    MatchType,
    Table,
    TableKind,
    UserType,
)
from pilotage.model.choices import DataFormat
from pilotage.model.names import QualifiedName
from pilotage.model.review import Component, LoadStrategy, SelfReferenceShape
from pilotage.plan.strategies import ROWS_PER_INSERT, choose_components, tables_to_walk
from tests.catalogs import catalog, column, constraint, foreign_key, index, named, table
from tests.strategies import DrawnLoad, loads

MB = 1024 * 1024


def flat(name: str, *columns: str, not_null: tuple[str, ...] = (), rows: int = 74, size: int = 8192) -> Table:
    """A table with ``id`` and these columns."""
    return table(
        name,
        rows=rows,
        bytes=size,
        columns=(
            column("id", not_null=True),
            *(column(each, not_null=each in not_null) for each in columns),
        ),
    )


def primary(*tables: str) -> list[Index]:
    return [index(each, f"{each.rpartition('.')[2]}_pkey", unique=True, primary=True) for each in tables]


def choose(
    source: Catalog,
    *,
    data_format: DataFormat = DataFormat.COPY,
    split: int = 64 * MB,
    depths: dict[str, int | None] | None = None,
    after_the_data: Iterable[tuple[str, str]] = (),
) -> tuple[Component, ...]:
    return choose_components(
        source,
        deferred_keys=frozenset((named(each), name) for each, name in after_the_data),
        data_format=data_format,
        split_bytes=split,
        shapes={
            named(name): SelfReferenceShape(table=named(name), roots=1, linked=1, depth=depth)
            for name, depth in (depths or {}).items()
        },
    )


def treated(component: Component) -> list[str]:
    return [key.constraint for key in component.keys if key.treated]


def set_null(component: Component) -> dict[str, tuple[str, ...]]:
    return {key.constraint: key.set_null for key in component.keys if key.set_null}


def names(tables: Iterable[QualifiedName]) -> list[str]:
    return [each.name for each in tables]


# --- no component ----------------------------------------------------------------------------------------


def test_tables_without_a_self_reference_or_a_cycle_need_no_strategy() -> None:
    # a → b → c, a → c
    assert (
        choose(
            catalog(["a", "b", "c"], [foreign_key("a", "b"), foreign_key("b", "c"), foreign_key("a", "c")])
        )
        == ()
    )


def test_what_orders_nothing_makes_no_component() -> None:
    # a ⇄ b: one of the keys is not enforced.   c → elsewhere.x, which is out of scope
    keys = [foreign_key("a", "b"), foreign_key("b", "a", enforced=False), foreign_key("c", "elsewhere.x")]
    assert choose(catalog(["a", "b", "c"], keys)) == ()


def test_a_key_that_is_created_after_the_data_is_no_edge() -> None:
    # a ⇄ b ↺: without the self-reference and the way back, nothing is left
    source = catalog(
        ["a", "b"],
        [
            foreign_key("a", "b", name="there"),
            foreign_key("b", "a", name="back"),
            foreign_key("b", "b", name="b_parent"),
        ],
    )
    assert len(choose(source)) == 1
    assert names(choose(source, after_the_data=[("a", "there")])[0].tables) == ["b"]
    assert choose(source, after_the_data=[("a", "there"), ("b", "b_parent")]) == ()
    # a name is a constraint's only together with its table
    assert len(choose(source, after_the_data=[("b", "there"), ("a", "b_parent")])) == 1


def test_a_key_that_is_not_validated_checks_the_rows_that_come() -> None:
    # a ↺ NOT VALID
    (component,) = choose(catalog(["a"], [foreign_key("a", "a", validated=False)]))
    assert component.strategy is LoadStrategy.ONE_STATEMENT


def test_components_come_in_dependency_order() -> None:
    # a ⇄ b → z ↺
    source = catalog(
        ["a", "b", "z"],
        [foreign_key("a", "b"), foreign_key("b", "a"), foreign_key("b", "z"), foreign_key("z", "z")],
    )
    assert [names(component.tables) for component in choose(source)] == [["z"], ["a", "b"]]


# --- one-statement ---------------------------------------------------------------------------------------

EVENTS = catalog(
    [flat("calendar_events", "parent_event_id", "merged_into_id")],
    [
        foreign_key("calendar_events", "calendar_events", columns=("parent_event_id",), name="parent"),
        foreign_key("calendar_events", "calendar_events", columns=("merged_into_id",), name="merged"),
    ],
    indexes=primary("calendar_events"),
)


def test_a_table_that_references_itself_is_one_copy_statement() -> None:
    # calendar_events ↺↺
    (component,) = choose(EVENTS)
    assert component == Component(
        tables=(named("calendar_events"),),
        strategy=LoadStrategy.ONE_STATEMENT,
        reason=(
            "public.calendar_events references itself twice (merged_into_id, parent_event_id); its 74 rows "
            "are one COPY statement, and PostgreSQL checks keys at the end of a statement, so any row order "
            "works"
        ),
        keys=component.keys,
        may_split=False,
    )
    assert [key.constraint for key in component.keys] == ["merged", "parent"]
    assert treated(component) == []


def test_a_self_reference_that_is_not_null_is_one_statement_too() -> None:
    # a ↺ NOT NULL: the first row references itself
    source = catalog(
        [flat("a", "a_id", not_null=("a_id",))], [foreign_key("a", "a", nullable=False)], indexes=primary("a")
    )
    assert choose(source)[0].strategy is LoadStrategy.ONE_STATEMENT


@pytest.mark.parametrize(
    ("size", "strategy"), [(64 * MB, LoadStrategy.ONE_STATEMENT), (64 * MB + 1, LoadStrategy.TWO_PASS)]
)
def test_one_copy_may_be_as_large_as_a_file(size: int, strategy: LoadStrategy) -> None:
    source = catalog([flat("a", "a_id", size=size)], [foreign_key("a", "a")], indexes=primary("a"))
    assert choose(source)[0].strategy is strategy


@pytest.mark.parametrize(
    ("rows", "strategy"),
    [
        (ROWS_PER_INSERT, LoadStrategy.ONE_STATEMENT),
        (ROWS_PER_INSERT + 1, LoadStrategy.TWO_PASS),
    ],
)
def test_one_insert_has_a_limit_of_rows(rows: int, strategy: LoadStrategy) -> None:
    source = catalog([flat("a", "a_id", rows=rows)], [foreign_key("a", "a")], indexes=primary("a"))
    (component,) = choose(source, data_format=DataFormat.INSERT)
    assert component.strategy is strategy


def test_rows_that_nobody_counted_may_be_too_many_for_one_insert() -> None:
    source = catalog(
        [msgspec.structs.replace(flat("a", "a_id"), rows=None)],
        [foreign_key("a", "a")],
        indexes=primary("a"),
    )
    (component,) = choose(source, data_format=DataFormat.INSERT)
    assert component.strategy is LoadStrategy.TWO_PASS
    assert "its rows, which nobody counted, may be more than the 1,000 of one INSERT" in component.reason


def partitioned(size: int) -> Catalog:
    """``a`` ↺, in two partitions of this size each."""
    return catalog(
        [
            msgspec.structs.replace(flat("a", "a_id", rows=0, size=0), kind=TableKind.PARTITIONED),
            msgspec.structs.replace(flat("a1", "a_id", rows=30, size=size), partition_of=named("a")),
            msgspec.structs.replace(flat("a2", "a_id", rows=31, size=size), partition_of=named("a")),
        ],
        [foreign_key("a", "a")],
        indexes=primary("a", "a1", "a2"),
    )


def test_a_partitioned_table_is_copied_as_a_whole() -> None:
    (component,) = choose(partitioned(size=32 * MB))
    assert component.tables == (named("a"),)
    assert component.strategy is LoadStrategy.ONE_STATEMENT
    assert "its 61 rows are one COPY statement into the partitioned table" in component.reason


def test_the_size_of_a_partitioned_table_is_that_of_its_partitions() -> None:
    assert choose(partitioned(size=32 * MB + 1))[0].strategy is LoadStrategy.TWO_PASS


def test_partitions_that_reference_each_other_are_a_self_reference() -> None:
    # a1 → a2, both partitions of a
    source = partitioned(size=100)
    source = msgspec.structs.replace(
        source, foreign_keys=(foreign_key("a1", "a2", columns=("a_id",), name="across"),)
    )
    (component,) = choose(source)
    assert component.tables == (named("a"),)
    assert [(key.table, key.referenced) for key in component.keys] == [(named("a1"), named("a2"))]


# --- deferred --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("initially_deferred", [False, True])
def test_a_deferrable_key_breaks_a_cycle(initially_deferred: bool) -> None:
    # a ⇄ b, both NOT NULL; the way back is DEFERRABLE
    source = catalog(
        [flat("a", "b_id", not_null=("b_id",)), flat("b", "a_id", not_null=("a_id",))],
        [
            foreign_key("a", "b", name="there", nullable=False),
            foreign_key(
                "b", "a", name="back", nullable=False, deferrable=True, initially_deferred=initially_deferred
            ),
        ],
    )
    (component,) = choose(source)
    assert component.strategy is LoadStrategy.DEFERRED
    assert names(component.tables) == ["b", "a"]
    assert treated(component) == ["back"]
    assert not component.may_split
    assert component.reason == (
        "public.a and public.b reference each other; no one statement brings the rows of several tables; "
        "back of public.b can be deferred, so that all rows come in one transaction and it is checked at its "
        "end"
    )


def test_the_fewest_keys_are_deferred() -> None:
    # a → b → c → a, all DEFERRABLE, and a second circle b ⇄ a over the first edge
    source = catalog(
        ["a", "b", "c"],
        [
            foreign_key("a", "b", name="ab", deferrable=True),
            foreign_key("b", "c", name="bc", deferrable=True),
            foreign_key("c", "a", name="ca", deferrable=True),
            foreign_key("b", "a", name="ba", deferrable=True),
        ],
    )
    (component,) = choose(source)
    assert treated(component) == ["ab"]
    assert names(component.tables) == ["a", "c", "b"]


def test_one_key_between_two_tables_that_cannot_be_deferred_spoils_the_other() -> None:
    # a ⇉ b → a: two keys from a to b, of which one is DEFERRABLE
    source = catalog(
        ["a", "b"],
        [
            foreign_key("a", "b", name="one", columns=("b1",), deferrable=True),
            foreign_key("a", "b", name="two", columns=("b2",)),
            foreign_key("b", "a", name="back"),
        ],
    )
    assert choose(source)[0].strategy is not LoadStrategy.DEFERRED


def test_a_large_table_whose_self_reference_is_deferrable_is_one_transaction() -> None:
    # a ↺ DEFERRABLE
    source = catalog([flat("a", "a_id", size=65 * MB)], [foreign_key("a", "a", name="up", deferrable=True)])
    (component,) = choose(source, depths={"a": 3})
    assert (component.strategy, treated(component)) == (LoadStrategy.DEFERRED, ["up"])
    assert not component.may_split


def test_one_self_reference_that_cannot_be_deferred_is_too_many_for_a_large_table() -> None:
    # a ↺↺, one DEFERRABLE
    source = catalog(
        [flat("a", "up", "over", size=65 * MB)],
        [
            foreign_key("a", "a", columns=("up",), name="up", deferrable=True),
            foreign_key("a", "a", columns=("over",), name="over"),
        ],
    )
    (component,) = choose(source, depths={"a": 3})
    assert component.strategy is LoadStrategy.PARENTS_FIRST
    assert "over of public.a is not DEFERRABLE" in component.reason


@pytest.mark.parametrize(
    ("data_format", "strategy"),
    [(DataFormat.COPY, LoadStrategy.DEFERRED), (DataFormat.INSERT, LoadStrategy.DROP_AND_RESTORE)],
)
def test_in_one_transaction_a_self_reference_holds_at_the_end_of_its_copy(
    data_format: DataFormat, strategy: LoadStrategy
) -> None:
    # a ⇄ b ↺ NOT NULL: the cycle is DEFERRABLE, the self-reference of the large b is not
    source = catalog(
        [flat("a", "b_id"), flat("b", "a_id", "b_id", rows=5000, size=65 * MB)],
        [
            foreign_key("a", "b", name="there", deferrable=True, nullable=False),
            foreign_key("b", "a", name="back", deferrable=True, nullable=False),
            foreign_key("b", "b", name="up", nullable=False),
        ],
    )
    (component,) = choose(source, data_format=data_format)
    assert component.strategy is strategy
    assert treated(component) == (["there"] if data_format is DataFormat.COPY else ["there", "up"])


def test_several_inserts_of_a_table_defer_its_self_reference() -> None:
    # a ⇄ b ↺, all DEFERRABLE; b is several INSERT statements
    source = catalog(
        [flat("a", "b_id"), flat("b", "a_id", "b_id", rows=5000)],
        [
            foreign_key("a", "b", name="there", deferrable=True),
            foreign_key("b", "a", name="back"),
            foreign_key("b", "b", name="up", deferrable=True),
        ],
    )
    assert treated(choose(source, data_format=DataFormat.INSERT)[0]) == ["there", "up"]
    assert treated(choose(source)[0]) == ["there"]


# --- parents-first ---------------------------------------------------------------------------------------


def test_a_large_table_without_loops_is_split_in_order() -> None:
    (component,) = choose(EVENTS, split=1000, depths={"calendar_events": 12})
    assert component.strategy is LoadStrategy.PARENTS_FIRST
    assert component.may_split
    assert treated(component) == []
    assert component.reason == (
        "public.calendar_events references itself twice (merged_into_id, parent_event_id); its rows are more "
        "than a file of 1000 bytes holds; none of these keys is DEFERRABLE; the rows form no loop (the "
        "longest chain has 12 references), so each can come after those that it references"
    )


@pytest.mark.parametrize(
    ("depths", "why"),
    [
        ({"calendar_events": None}, "its rows form a loop"),
        ({}, "how its rows reference each other was not read"),
    ],
)
def test_loops_and_rows_that_nobody_looked_at_have_no_order(depths: dict[str, int | None], why: str) -> None:
    (component,) = choose(EVENTS, split=1000, depths=depths)
    assert component.strategy is LoadStrategy.TWO_PASS
    assert why in component.reason


def test_only_tables_whose_strategy_depends_on_it_are_walked() -> None:
    # large ↺, small ↺, patient ↺ DEFERRABLE, a ⇄ b ↺
    source = catalog(
        [
            flat("large", "up", size=65 * MB),
            flat("small", "up"),
            flat("patient", "up", size=65 * MB),
            flat("a", "b_id", size=65 * MB),
            flat("b", "a_id", "up", size=65 * MB),
        ],
        [
            foreign_key("large", "large", columns=("up",)),
            foreign_key("small", "small", columns=("up",)),
            foreign_key("patient", "patient", columns=("up",), deferrable=True),
            foreign_key("a", "b"),
            foreign_key("b", "a"),
            foreign_key("b", "b", columns=("up",)),
        ],
    )
    walked = tables_to_walk(
        source, deferred_keys=frozenset(), data_format=DataFormat.COPY, split_bytes=64 * MB
    )
    assert walked == (named("large"),)


# --- two-pass --------------------------------------------------------------------------------------------


def pair(
    *,
    a: Table | None = None,
    there: ForeignKey | None = None,
    constraints: Iterable[Constraint] = (),
    indexes: Iterable[Index] | None = None,
    more_keys: Iterable[ForeignKey] = (),
    types: tuple[UserType, ...] = (),
) -> Catalog:
    """``a ⇄ b``: the way back is NOT NULL, so only ``there`` can be broken, if at all."""
    source = catalog(
        [a or flat("a", "b_id"), flat("b", "a_id", not_null=("a_id",)), "c"],
        [
            there or foreign_key("a", "b", name="there"),
            foreign_key("b", "a", name="back", nullable=False),
            *more_keys,
        ],
        constraints=tuple(constraints),
        indexes=primary("a", "b") if indexes is None else tuple(indexes),
    )
    return msgspec.structs.replace(source, types=types)


def test_a_key_that_can_be_null_is_filled_in_later() -> None:
    (component,) = choose(pair())
    assert component.strategy is LoadStrategy.TWO_PASS
    assert names(component.tables) == ["a", "b"]
    assert component.may_split
    there = next(key for key in component.keys if key.constraint == "there")
    assert (there.treated, there.set_null, there.match_columns) == (True, ("b_id",), ("id",))
    back = next(key for key in component.keys if key.constraint == "back")
    assert (back.treated, back.set_null, back.match_columns) == (False, (), ())
    assert component.reason == (
        "public.a and public.b reference each other; no one statement brings the rows of several tables; "
        "none of these keys is DEFERRABLE; there of public.a can be NULL while the rows come; an UPDATE "
        "fills it in later"
    )


def test_a_cycle_of_three_is_broken_once() -> None:
    # a → b → c → a
    source = catalog(
        [flat("a", "b_id"), flat("b", "c_id"), flat("c", "a_id")],
        [
            foreign_key("a", "b", name="ab"),
            foreign_key("b", "c", name="bc", nullable=False),
            foreign_key("c", "a", name="ca"),
        ],
        indexes=primary("a", "b", "c"),
    )
    (component,) = choose(source)
    assert component.strategy is LoadStrategy.TWO_PASS
    assert treated(component) == ["ab"]
    assert names(component.tables) == ["a", "c", "b"]


def test_overlapping_cycles_are_broken_where_they_meet() -> None:
    #   a → b → c → a
    #       ↑   ↓
    #       └── d        b → c is on both
    source = catalog(
        [flat("a", "b_id"), flat("b", "c_id"), flat("c", "a_id", "d_id"), flat("d", "b_id")],
        [
            foreign_key("a", "b", name="ab"),
            foreign_key("b", "c", name="bc"),
            foreign_key("c", "a", name="ca"),
            foreign_key("c", "d", name="cd"),
            foreign_key("d", "b", name="db"),
        ],
        indexes=primary("a", "b", "c", "d"),
    )
    (component,) = choose(source)
    assert treated(component) == ["bc"]
    assert set_null(component) == {"bc": ("c_id",)}


def test_two_keys_between_the_same_tables_count_twice() -> None:
    # a ⇉ b → a: the one way back is cheaper
    source = catalog(
        [flat("a", "one", "two"), flat("b", "a_id")],
        [
            foreign_key("a", "b", columns=("one",), name="one"),
            foreign_key("a", "b", columns=("two",), name="two"),
            foreign_key("b", "a", name="back"),
        ],
        indexes=primary("a", "b"),
    )
    assert treated(choose(source)[0]) == ["back"]


def test_a_large_member_of_a_cycle_has_its_self_reference_broken_too() -> None:
    # a ⇄ b, a ↺
    small = pair(a=flat("a", "b_id", "up"), more_keys=[foreign_key("a", "a", columns=("up",), name="up")])
    large = pair(
        a=flat("a", "b_id", "up", size=65 * MB),
        more_keys=[foreign_key("a", "a", columns=("up",), name="up")],
    )
    assert treated(choose(small)[0]) == ["there"]
    assert treated(choose(large)[0]) == ["there", "up"]
    assert choose(large)[0].may_split


def test_a_large_member_whose_self_reference_cannot_be_null_stays_in_one_file() -> None:
    # a ⇄ b, a ↺ NOT NULL
    source = pair(
        a=flat("a", "b_id", "up", size=65 * MB, not_null=("up",)),
        more_keys=[foreign_key("a", "a", columns=("up",), name="up", nullable=False)],
    )
    (component,) = choose(source)
    assert (component.strategy, treated(component)) == (LoadStrategy.TWO_PASS, ["there"])
    assert not component.may_split


COMPOSITE = ("tenant_id", "b_id")


def composite(match: MatchType, nullable: tuple[str, ...]) -> ForeignKey:
    key = foreign_key(
        "a", "b", columns=COMPOSITE, referenced_columns=("tenant_id", "id"), name="there", match=match
    )
    return msgspec.structs.replace(key, nullable_columns=nullable)


@pytest.mark.parametrize(
    ("match", "nullable", "expected"),
    [
        (MatchType.SIMPLE, ("b_id",), ("b_id",)),
        (MatchType.SIMPLE, ("tenant_id",), ("tenant_id",)),
        (MatchType.SIMPLE, COMPOSITE, ("b_id",)),
        (MatchType.SIMPLE, (), None),
        (MatchType.FULL, COMPOSITE, COMPOSITE),
        (MatchType.FULL, ("b_id",), None),
        (MatchType.FULL, (), None),
    ],
)
def test_of_a_composite_key_one_column_is_enough_unless_it_matches_fully(
    match: MatchType, nullable: tuple[str, ...], expected: tuple[str, ...] | None
) -> None:
    not_null = tuple(each for each in COMPOSITE if each not in nullable)
    (component,) = choose(pair(a=flat("a", *COMPOSITE, not_null=not_null), there=composite(match, nullable)))
    if expected is None:
        assert component.strategy is LoadStrategy.DROP_AND_RESTORE
    else:
        assert component.strategy is LoadStrategy.TWO_PASS
        assert set_null(component) == {"there": expected}


def test_a_column_that_other_keys_need_is_the_last_to_be_null() -> None:
    # a (b_id, tenant_id) → b, and a (b_id) → c
    (component,) = choose(
        pair(
            a=flat("a", *COMPOSITE),
            there=composite(MatchType.SIMPLE, COMPOSITE),
            more_keys=[foreign_key("a", "c", columns=("b_id",), name="other")],
        )
    )
    assert set_null(component) == {"there": ("tenant_id",)}


def test_the_narrowest_unique_key_finds_the_rows_where_there_is_no_primary_key() -> None:
    source = pair(
        a=flat("a", "b_id", "code", "kind", not_null=("code", "kind")),
        indexes=[
            index("a", "wide", unique=True, columns=("code", "kind")),
            index("a", "partial", unique=True, columns=("code",), partial=True, expression_columns=("kind",)),
            index("a", "late", unique=True, columns=("code",), immediate=False),
            index("a", "of_an_expression", unique=True, columns=(None,), expression_columns=("code",)),
            index("a", "nullable", unique=True, columns=("b_id",)),
            index("a", "plain", columns=("code",)),
            msgspec.structs.replace(
                index("a", "collated", unique=True, columns=("code",)),
                definition='CREATE UNIQUE INDEX collated ON public.a USING btree (code COLLATE "C")',
            ),
            index("a", "broken", unique=True, columns=("code",), valid=False),
            *primary("b"),
        ],
    )
    (component,) = choose(source)
    assert next(key.match_columns for key in component.keys if key.treated) == ("code", "kind")


GENERATED = column("doubled", not_null=True, generated=Generated.STORED)
DOMAIN = UserType(name=named("ref"), kind="domain", owner="postgres", detail=("bigint",))
UPON = UserType(name=named("upon"), kind="domain", owner="postgres", detail=("public.ref",))


@pytest.mark.parametrize(
    ("source", "obstacle"),
    [
        pytest.param(
            pair(a=flat("a", "b_id", not_null=("b_id",))),
            "public.a.b_id is NOT NULL",
            id="the column is NOT NULL",
        ),
        pytest.param(
            pair(there=foreign_key("a", "b", name="there", nullable=False)),
            "public.a.b_id is NOT NULL",
            id="its domain is NOT NULL",
        ),
        pytest.param(
            pair(indexes=primary("b")),
            "public.a has no primary key and no unique key of NOT NULL columns to find rows by",
            id="no key finds the rows",
        ),
        pytest.param(
            pair(constraints=[constraint("a", "is_set", kind=ConstraintKind.CHECK, columns=("b_id",))]),
            "public.a.b_id stands in the CHECK is_set",
            id="a CHECK speaks of it",
        ),
        pytest.param(
            pair(
                indexes=[
                    *primary("a", "b"),
                    index("a", "i", unique=True, columns=("b_id",), nulls_distinct=False),
                ]
            ),
            "rows with NULL in public.a.b_id could collide in public.i",
            id="unique, NULLS NOT DISTINCT",
        ),
        pytest.param(
            pair(
                indexes=[
                    *primary("a", "b"),
                    index("a", "i", unique=True, columns=("id",), partial=True, expression_columns=("b_id",)),
                ]
            ),
            "rows with NULL in public.a.b_id could collide in public.i",
            id="unique where it is NULL",
        ),
        pytest.param(
            pair(indexes=[*primary("a", "b"), index("a", "i", columns=("b_id",), exclusion=True)]),
            "rows with NULL in public.a.b_id could collide in public.i",
            id="in an exclusion constraint",
        ),
        pytest.param(
            pair(indexes=[*primary("a", "b"), index("a", "i", unique=True, columns=(None,))]),
            "rows with NULL in public.a.b_id could collide in public.i",
            id="unique as a whole row",
        ),
        pytest.param(
            pair(more_keys=[foreign_key("c", "a", referenced_columns=("b_id",), name="c_a")]),
            "public.a.b_id is referenced by c_a",
            id="somebody references it",
        ),
        pytest.param(
            pair(
                a=flat("a", "b_id", "c_id"),
                more_keys=[
                    foreign_key(
                        "a",
                        "c",
                        columns=("b_id", "c_id"),
                        referenced_columns=("b_id", "id"),
                        name="whole",
                        match=MatchType.FULL,
                    )
                ],
            ),
            "public.a.b_id is part of the MATCH FULL key whole",
            id="half of another MATCH FULL key",
        ),
        pytest.param(
            pair(a=table("a", columns=(column("id", not_null=True), column("b_id"), GENERATED))),
            "the generated column public.a.doubled may not change meanwhile",
            id="a generated column is NOT NULL",
        ),
        pytest.param(
            pair(
                a=table(
                    "a", columns=(column("id", not_null=True), column("b_id", generated=Generated.STORED))
                )
            ),
            "public.a.b_id is generated",
            id="it is generated itself",
        ),
        pytest.param(
            pair(
                a=table("a", columns=(column("id", not_null=True), column("b_id", "public.upon"))),
                constraints=[constraint("ref", "positive", kind=ConstraintKind.CHECK, columns=())],
                types=(DOMAIN, UPON),
            ),
            "public.a.b_id is of the domain public.ref, which has a CHECK",
            id="a domain below its domain has a CHECK",
        ),
    ],
)
def test_what_forbids_null_leaves_nothing_but_to_drop_the_key(source: Catalog, obstacle: str) -> None:
    (component,) = choose(source)
    assert component.strategy is LoadStrategy.DROP_AND_RESTORE
    assert f"no second pass is possible, since {obstacle} and public.b.a_id is NOT NULL" in component.reason


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            pair(indexes=[*primary("a", "b"), index("a", "i", unique=True, columns=("b_id",))]),
            id="unique, NULLs distinct",
        ),
        pytest.param(
            pair(indexes=[*primary("a", "b"), index("a", "i", columns=("b_id",), nulls_distinct=False)]),
            id="an index that is not unique",
        ),
        pytest.param(
            pair(constraints=[constraint("a", "other", kind=ConstraintKind.CHECK, columns=("id",))]),
            id="a CHECK of another column",
        ),
        pytest.param(
            pair(constraints=[constraint("b", "other", kind=ConstraintKind.CHECK, columns=("b_id",))]),
            id="a CHECK of another table",
        ),
        pytest.param(
            pair(
                a=table("a", columns=(column("id", not_null=True), column("b_id", "public.upon"))),
                types=(DOMAIN, UPON),
            ),
            id="domains without a CHECK",
        ),
        pytest.param(
            pair(more_keys=[foreign_key("a", "c", columns=("b_id",), name="shared")]),
            id="another key shares the column",
        ),
        pytest.param(
            pair(
                a=table(
                    "a",
                    columns=(
                        column("id", not_null=True),
                        column("b_id"),
                        column("doubled", generated=Generated.STORED),
                    ),
                )
            ),
            id="a generated column that nothing speaks of",
        ),
    ],
)
def test_what_does_not_mind_null_does_not_forbid_it(source: Catalog) -> None:
    (component,) = choose(source)
    assert (component.strategy, set_null(component)) == (LoadStrategy.TWO_PASS, {"there": ("b_id",)})


def test_what_stands_on_a_partition_is_minded() -> None:
    # a ↺ in partitions, large; a CHECK of one of them speaks of the key
    source = partitioned(size=40 * MB)
    assert choose(source)[0].strategy is LoadStrategy.TWO_PASS
    checked = msgspec.structs.replace(
        source, constraints=(constraint("a2", "local", kind=ConstraintKind.CHECK, columns=("a_id",)),)
    )
    assert choose(checked)[0].strategy is not LoadStrategy.TWO_PASS
    without_key = msgspec.structs.replace(source, indexes=tuple(primary("a1", "a2")))
    assert choose(without_key)[0].strategy is not LoadStrategy.TWO_PASS


# --- drop-and-restore ------------------------------------------------------------------------------------


def test_a_cycle_that_nothing_else_can_load() -> None:
    # a → b → c → a, all NOT NULL; two keys from a to b
    source = catalog(
        [flat("a", "b1", "b2"), flat("b", "c_id"), flat("c", "a_id")],
        [
            foreign_key("a", "b", columns=("b1",), name="ab1", nullable=False),
            foreign_key("a", "b", columns=("b2",), name="ab2", nullable=False),
            foreign_key("b", "c", name="bc", nullable=False),
            foreign_key("c", "a", name="ca", nullable=False),
        ],
        indexes=primary("a", "b", "c"),
    )
    (component,) = choose(source)
    assert component.strategy is LoadStrategy.DROP_AND_RESTORE
    assert treated(component) == ["bc"]
    assert names(component.tables) == ["b", "a", "c"]
    assert not component.may_split
    assert (
        "only without bc of public.b do the rows get in; adding it again checks them all" in component.reason
    )


NO_WAY = catalog(
    [flat("a", "a_id", not_null=("a_id",), rows=5000, size=65 * MB)],
    [foreign_key("a", "a", name="up", nullable=False)],
    indexes=primary("a"),
)


def test_a_large_copy_is_no_hazard_and_dropping_a_key_is_one() -> None:
    # a ↺ NOT NULL, large, its rows in a loop
    (component,) = choose(NO_WAY, depths={"a": None})
    assert (component.strategy, treated(component)) == (LoadStrategy.ONE_STATEMENT, [])
    assert not component.may_split
    assert component.reason == (
        "public.a references itself (a_id); its rows are more than a file of 64MB holds; up of public.a is "
        "not DEFERRABLE; its rows form a loop; no second pass is possible, since public.a.a_id is NOT NULL; "
        "so its rows stay together, above the limit, as one COPY statement, and PostgreSQL checks keys at "
        "the end of a statement, so any row order works"
    )


def test_what_is_several_inserts_has_to_drop_the_key() -> None:
    (component,) = choose(NO_WAY, depths={"a": None}, data_format=DataFormat.INSERT)
    assert (component.strategy, treated(component)) == (LoadStrategy.DROP_AND_RESTORE, ["up"])


# --- properties ------------------------------------------------------------------------------------------


def chosen(load: DrawnLoad) -> tuple[Component, ...]:
    return choose_components(
        load.catalog,
        deferred_keys=frozenset(),
        data_format=load.data_format,
        split_bytes=load.split_bytes,
        shapes=load.shapes,
    )


def keys_of(load: DrawnLoad, component: Component, *, only_treated: bool | None = None) -> list[ForeignKey]:
    return [
        next(each for each in load.catalog.foreign_keys if each.name == key.constraint)
        for key in component.keys
        if only_treated is None or key.treated is only_treated
    ]


def is_acyclic(keys: Iterable[ForeignKey]) -> bool:
    edges = [(key.table, key.referenced) for key in keys if not key.is_self_reference]
    try:
        topological_order({end for edge in edges for end in edge}, edges)
    except CycleError:
        return False
    return True


@given(loads())
def test_every_key_inside_is_listed_and_every_other_is_satisfied_by_the_order(load: DrawnLoad) -> None:
    components = chosen(load)
    place = {name: number for number, each in enumerate(components) for name in each.tables}
    listed = {key.constraint for component in components for key in component.keys}
    for key in load.catalog.foreign_keys:
        inside = key.table in place and place.get(key.table) == place.get(key.referenced)
        assert (key.name in listed) == (inside and key.enforced)
    for component in components:
        event(component.strategy.value)
        position = {name: number for number, name in enumerate(component.tables)}
        for key in keys_of(load, component, only_treated=False):
            assert key.is_self_reference or position[key.referenced] < position[key.table]


@given(loads())
def test_a_self_reference_is_treated_or_satisfied_by_one_statement_or_an_order_of_rows(
    load: DrawnLoad,
) -> None:
    tables = {each.name: each for each in load.catalog.tables}
    for component in chosen(load):
        for key in keys_of(load, component, only_treated=False):
            if key.is_self_reference and component.strategy is not LoadStrategy.PARENTS_FIRST:
                fits = tables[key.table].bytes <= load.split_bytes or not component.may_split
                few = (tables[key.table].rows or 0) <= ROWS_PER_INSERT
                assert fits and (few or load.data_format is DataFormat.COPY)


@given(loads())
def test_what_a_strategy_does_to_a_key_the_key_allows(load: DrawnLoad) -> None:
    indexed = {each.table for each in load.catalog.indexes}
    for component in chosen(load):
        treatments = {key.constraint: key for key in component.keys}
        for key in keys_of(load, component):
            treatment = treatments[key.name]
            assert treatment.table == key.table
            broken = component.strategy is LoadStrategy.TWO_PASS and treatment.treated
            assert bool(treatment.set_null) == bool(treatment.match_columns) == broken
            if component.strategy is LoadStrategy.DEFERRED and treatment.treated:
                assert key.deferrable
            if broken:
                assert key.table in indexed
                assert set(treatment.set_null) <= set(key.nullable_columns)
                assert len(treatment.set_null) == (len(key.columns) if key.match is MatchType.FULL else 1)
            if component.strategy in {LoadStrategy.ONE_STATEMENT, LoadStrategy.PARENTS_FIRST}:
                assert not treatment.treated
                assert len(component.tables) == 1


@given(loads(max_tables=4, max_keys=8))
def test_no_fewer_keys_between_tables_would_do(load: DrawnLoad) -> None:
    indexed = {each.table for each in load.catalog.indexes}
    may_break: dict[LoadStrategy, Callable[[ForeignKey], bool]] = {
        LoadStrategy.DEFERRED: lambda key: key.deferrable,
        LoadStrategy.TWO_PASS: lambda key: (
            key.table in indexed
            and (
                set(key.nullable_columns) == set(key.columns)
                if key.match is MatchType.FULL
                else bool(key.nullable_columns)
            )
        ),
        LoadStrategy.DROP_AND_RESTORE: lambda key: True,
    }
    for component in chosen(load):
        if component.strategy not in may_break:
            continue
        links = [key for key in keys_of(load, component) if not key.is_self_reference]
        broken = [key for key in keys_of(load, component, only_treated=True) if not key.is_self_reference]
        candidates = [key for key in links if may_break[component.strategy](key)]
        fewest = next(
            count
            for count in range(len(candidates) + 1)
            for gone in combinations(candidates, count)
            if is_acyclic(key for key in links if key not in gone)
        )
        assert len(broken) == fewest


@given(loads())
def test_a_strategy_is_the_first_that_applies(load: DrawnLoad) -> None:
    """Seen from the last: what is dropped could neither be deferred nor be NULL."""
    indexed = {each.table for each in load.catalog.indexes}
    for component in chosen(load):
        if component.strategy is not LoadStrategy.DROP_AND_RESTORE:
            continue
        keys = keys_of(load, component)
        assert not all(key.deferrable for key in keys)
        assert not all(key.table in indexed and set(key.nullable_columns) == set(key.columns) for key in keys)


@given(loads())
def test_the_choice_does_not_depend_on_the_order_of_the_catalog(load: DrawnLoad) -> None:
    shuffled = msgspec.structs.replace(
        load.catalog,
        tables=load.catalog.tables[::-1],
        foreign_keys=load.catalog.foreign_keys[::-1],
        indexes=load.catalog.indexes[::-1],
    )
    assert chosen(load) == chosen(DrawnLoad(shuffled, load.data_format, load.split_bytes, load.shapes))
