"""What the comparison of two catalogs calls a difference, and what it leaves out and says."""

from __future__ import annotations

import msgspec
import pytest

from pilotage.catalog.orphans import OrphanCount
from pilotage.model.catalog import Catalog, ConstraintKind, FiringState, TableKind, ViewKind
from pilotage.model.verdict import Check, Outcome
from pilotage.verify import compare_catalogs
from pilotage.verify.checks.orphans import check_orphans
from tests.catalogs import (
    catalog,
    column,
    constraint,
    extension,
    foreign_key,
    index,
    policy,
    sequence,
    server,
    table,
    trigger,
    view,
)

Found = list[tuple[str, str, str, str, str]]


def _found(checks: tuple[Check, ...]) -> Found:
    return [
        (check.name, difference.object, difference.fact, difference.expected, difference.found)
        for check in checks
        for difference in check.differences
    ]


def _check(name: str, source: Catalog, target: Catalog) -> Check:
    return next(check for check in compare_catalogs(source, target) if check.name == name)


def _full() -> Catalog:
    return catalog(
        [table("app.hotels", rows=7), table("app.rooms", rows=9)],
        [foreign_key("app.rooms", "app.hotels")],
        constraints=[constraint("app.hotels", "hotels_pkey")],
        indexes=[index("app.hotels", "hotels_pkey", unique=True, primary=True)],
        sequences=[sequence("app.hotels_id_seq", owned_by=("app.hotels", "id"), last_value=7)],
        views=[view("app.names", reads=["app.hotels"]), view("app.mv", kind=ViewKind.MATERIALIZED, rows=3)],
        triggers=[trigger("app.hotels", "stamp")],
        policies=[policy("app.hotels", "own")],
        extensions=[extension("vector", "0.8")],
    )


def test_a_catalog_equals_itself_in_every_check() -> None:
    checks = compare_catalogs(_full(), _full())
    assert _found(checks) == []
    assert {check.outcome for check in checks} == {Outcome.EQUAL}
    assert {check.name: check.compared for check in checks if check.compared} == {
        "schemas": 1,
        "tables": 6,
        "rows": 3,
        "foreign-keys": 1,
        "constraints": 1,
        "indexes": 1,
        "sequences": 1,
        "views": 2,
        "triggers": 1,
        "policies": 1,
        "extensions": 1,
    }


def test_sizes_are_never_compared() -> None:
    one = catalog([table("t", bytes=8192)], indexes=[index("t", "i", bytes=1)])
    other = catalog([table("t", bytes=1 << 30)], indexes=[index("t", "i", bytes=2)])
    assert _found(compare_catalogs(one, other)) == []


def test_what_is_within_a_missing_table_is_missing_with_it() -> None:
    source = _full()
    target = catalog(
        [table("app.rooms", rows=9)],
        [foreign_key("app.rooms", "app.hotels")],
        views=source.views,
        extensions=source.extensions,
    )
    assert _found(compare_catalogs(source, target)) == [("tables", "table app.hotels", "exists", "yes", "no")]
    assert _found(compare_catalogs(target, source)) == [("tables", "table app.hotels", "exists", "no", "yes")]


def test_a_missing_trigger_of_a_table_that_is_there_is_a_difference() -> None:
    source = catalog(["t"], triggers=[trigger("t", "stamp"), trigger("t", "Odd on")])
    assert _found(compare_catalogs(source, catalog(["t"], triggers=[trigger("t", "stamp")]))) == [
        ("triggers", 'trigger "Odd on" on public.t', "exists", "yes", "no")
    ]


def test_a_kind_that_changed_is_one_difference() -> None:
    source = catalog([table("t", kind=TableKind.PARTITIONED)])
    target = catalog([table("t", kind=TableKind.FOREIGN, rows=None)])
    assert _found(compare_catalogs(source, target)) == [
        ("tables", "partitioned table public.t", "kind", "partitioned table", "foreign table")
    ]


def test_the_order_of_columns_counts_except_where_tables_inherit() -> None:
    one, other = (column("a"), column("b")), (column("b"), column("a"))
    assert _found(
        compare_catalogs(catalog([table("t", columns=one)]), catalog([table("t", columns=other)]))
    ) == [("tables", "table public.t", "order of columns", "a, b", "b, a")]
    source, target = (catalog(["p", table("t", columns=columns, inherits=["p"])]) for columns in (one, other))
    check = _check("tables", source, target)
    assert check.differences == ()
    assert check.not_checked[0].startswith("order of columns of tables that inherit (1)")


def test_another_version_of_an_extension_is_said_but_no_difference() -> None:
    check = _check(
        "extensions",
        catalog(extensions=[extension("vector", "0.7"), extension("citext", "1.6")]),
        catalog(extensions=[extension("vector", "0.8"), extension("citext", "1.6")]),
    )
    assert (check.outcome, check.compared) == (Outcome.EQUAL, 2)
    assert check.not_checked == (
        "version of extension vector, and its members: source has 0.7, target 0.8; "
        "each server brings its own",
    )


def test_an_extension_in_another_schema_is_a_difference() -> None:
    source = catalog(extensions=[extension("vector", schema="public")])
    target = catalog(extensions=[extension("vector", schema="extensions")])
    assert _found(compare_catalogs(source, target)) == [
        ("extensions", "extension vector", "schema", "public", "extensions")
    ]
    assert _found(compare_catalogs(source, target, database_wide=False)) == []


@pytest.mark.parametrize(
    ("source_major", "target_major", "differs"), [(16, 18, False), (18, 17, False), (18, 18, True)]
)
def test_not_null_constraints_are_compared_where_both_servers_have_them(
    source_major: int, target_major: int, differs: bool
) -> None:
    named = constraint("t", "must", kind=ConstraintKind.NOT_NULL, definition="NOT NULL id")
    source = catalog(["t"], source=server(version_num=source_major * 10000))
    target = catalog(["t"], source=server(version_num=target_major * 10000), constraints=[named])
    check = _check("constraints", source, target)
    assert bool(check.differences) is differs
    assert bool(check.not_checked) is not differs


@pytest.mark.parametrize(("source_major", "differs"), [(15, False), (16, True)])
def test_qualifiers_in_views_count_only_between_servers_that_print_alike(
    source_major: int, differs: bool
) -> None:
    source = catalog(
        ["t"],
        source=server(version_num=source_major * 10000),
        views=[view("v", reads=["t"], definition=" SELECT t.id FROM public.t;")],
    )
    target = catalog(["t"], views=[view("v", reads=["t"], definition=" SELECT id FROM public.t;")])
    check = _check("views", source, target)
    assert bool(check.differences) is differs
    assert bool(check.not_checked) is not differs


def test_a_view_that_reads_another_relation_differs_even_where_qualifiers_are_dropped() -> None:
    source = catalog(
        views=[view("v", reads=["a.t"], definition="SELECT t.id FROM a.t;")],
        source=server(version_num=150000),
    )
    target = catalog(views=[view("v", reads=["b.t"], definition="SELECT id FROM b.t;")])
    assert _found(compare_catalogs(source, target)) == [("views", "view public.v", "reads", "a.t", "b.t")]


def test_rows_that_one_end_did_not_count_leave_the_check_incomplete() -> None:
    check = _check("rows", catalog([table("t", rows=None)]), catalog([table("t", rows=3)]))
    assert (check.outcome, check.differences) == (Outcome.INCOMPLETE, ())
    assert check.not_checked == ("rows of public.t: not counted",)


def test_a_difference_outweighs_what_was_not_counted() -> None:
    source = catalog([table("t", rows=None), table("u", rows=1)])
    assert (
        _check("rows", source, catalog([table("t", rows=3), table("u", rows=2)])).outcome is Outcome.DIFFERENT
    )


def test_a_view_that_was_never_filled_has_no_rows_to_count() -> None:
    unfilled = view("mv", kind=ViewKind.MATERIALIZED, populated=False)
    check = _check("rows", catalog(views=[unfilled]), catalog(views=[unfilled]))
    assert (check.outcome, check.not_checked) == (Outcome.EQUAL, ())


def test_rows_of_foreign_tables_are_said_to_be_elsewhere() -> None:
    foreign = catalog([table("f", kind=TableKind.FOREIGN, rows=None)])
    check = _check("rows", foreign, foreign)
    assert (check.outcome, check.compared) == (Outcome.EQUAL, 0)
    assert check.not_checked == ("rows of foreign tables (1): they are in another server",)


def test_a_trigger_s_state_is_told_from_its_definition() -> None:
    source = catalog(["t"], triggers=[trigger("t", "stamp", definition="one")])
    target = catalog(["t"], triggers=[trigger("t", "stamp", firing=FiringState.REPLICA, definition="other")])
    assert _found(compare_catalogs(source, target)) == [
        ("triggers", "trigger stamp on public.t", "definition", "one", "other"),
        ("triggers", "trigger stamp on public.t", "fires", "origin", "replica"),
    ]


def test_orphans_are_differences_unless_the_key_was_never_validated_at_either_end() -> None:
    valid, invalid = foreign_key("a", "b"), foreign_key("a", "b", validated=False)
    broken = [(valid, valid), (valid, invalid), (invalid, valid)]
    for of_source, of_target in broken:
        check = check_orphans(
            catalog(["a", "b"], [of_source]),
            catalog(["a", "b"], [of_target]),
            [OrphanCount(key=of_target, rows=2)],
        )
        assert _found((check,)) == [("orphans", "foreign key a_b_id_fkey on public.a", "orphans", "0", "2")]
    both = catalog(["a", "b"], [invalid])
    check = check_orphans(both, both, [OrphanCount(key=invalid, rows=2)])
    assert (check.outcome, check.compared) == (Outcome.EQUAL, 1)
    assert check.not_checked[0].startswith("orphans of foreign key a_b_id_fkey on public.a (2)")


def test_keys_that_could_not_be_counted_leave_the_check_of_orphans_incomplete() -> None:
    key, unenforced = foreign_key("a", "b"), foreign_key("b", "a", enforced=False)
    both = catalog(["a", "b"], [key, unenforced])
    check = check_orphans(both, both, [OrphanCount(key=key, rows=None, not_counted_because="of a reason")])
    assert (check.outcome, check.compared) == (Outcome.INCOMPLETE, 0)
    assert check.not_checked == (
        "orphans of foreign key a_b_id_fkey on public.a: of a reason",
        "orphans of foreign key b_a_id_fkey on public.b: it is NOT ENFORCED",
    )


def test_a_check_survives_json() -> None:
    check = _check("rows", catalog([table("t", rows=None)]), catalog([table("t", rows=3)]))
    assert msgspec.json.decode(msgspec.json.encode(check), type=Check) == check
