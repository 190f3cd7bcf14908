"""What no step brings along is named, and what arrives as it is, is not."""

from __future__ import annotations

import msgspec

from pilotage.model.catalog import Catalog, Column, LeftOut, TableKind
from pilotage.model.plan import HazardKind
from pilotage.plan.left_behind import left_behind
from tests.catalogs import catalog, column, index, table


def columns(names: str) -> tuple[Column, ...]:
    return tuple(column(name) for name in names.split())


def told(source: Catalog) -> dict[str, str]:
    """What each hazard is about, and what it says."""
    hazards = tuple(left_behind(source))
    assert {hazard.kind for hazard in hazards} <= {HazardKind.NOT_MIGRATED}
    return {hazard.object: hazard.message for hazard in hazards}


def test_an_invalid_index_is_named_but_for_that_of_a_partitioned_table() -> None:
    source = catalog(
        (table("t"), table("whole", kind=TableKind.PARTITIONED)),
        indexes=(
            index("t", "sound"),
            index("t", "broken", valid=False),
            index("whole", "unfinished", valid=False),
        ),
    )
    assert told(source).keys() == {"index public.broken"}


def test_children_whose_columns_stand_as_a_dump_makes_them_are_not_named() -> None:
    source = catalog(
        (
            table("parent", columns=columns("a b")),
            table("mother", columns=columns("b c")),
            table("child", columns=columns("a b c own"), inherits=("parent", "mother")),
            table("grandchild", columns=columns("a b c own more"), inherits=("child",)),
        )
    )
    assert told(source) == {}


def test_a_child_whose_own_column_stands_before_an_inherited_one_is_named() -> None:
    source = catalog(
        (
            table("parent", columns=columns("a b")),
            table("child", columns=columns("a own b"), inherits=("parent",)),
            # As on the source, and yet in another order than its parent will have.
            table("grandchild", columns=columns("a own b"), inherits=("child",)),
            table("outside", columns=columns("own a"), inherits=("elsewhere.parent",)),
        )
    )
    found = told(source)
    assert found.keys() == {"column order of public.child", "column order of public.grandchild"}
    assert "(a, b, own), and on the source as (a, own, b)" in found["column order of public.child"]


def test_what_pg_dump_leaves_out_is_named_with_its_reason() -> None:
    left = (LeftOut(object="function pg_catalog.f()", because="it is not dumped"),)
    assert told(msgspec.structs.replace(catalog(("t",)), left_out=left)) == {
        "function pg_catalog.f()": "it is not dumped"
    }
