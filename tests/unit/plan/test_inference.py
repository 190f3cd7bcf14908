"""Groups that are inferred: no table lost, no two waiting for each other, names and reasons for people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.graph import Digraph
from pilotage.graph.components import Condensation
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan.affinity import singular, words_of
from pilotage.plan.group_names import slug
from pilotage.plan.inference import InferredGroup, infer_groups, place_unlisted
from pilotage.plan.order import order_tables, partition_root
from tests.catalogs import HOSTILE, catalog, foreign_key, harbour, named, table
from tests.strategies import DrawnGraph, acyclic_graphs, graphs

WORDS = "order item invoice staff".split()


def grouped(groups: Iterable[InferredGroup]) -> dict[str, list[str]]:
    return {group.name: [table.name for table in group.tables] for group in groups}


def quotient_edges(of: Catalog, group_of: dict[QualifiedName, str]) -> set[tuple[str, str]]:
    root = partition_root(of)
    return {
        (group_of[root[key.table]], group_of[root[key.referenced]])
        for key in of.foreign_keys
        if key.table in root and key.referenced in root
    }


def is_acyclic(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> bool:
    return all(len(component) == 1 for component in Condensation.of(Digraph.of(nodes, edges)).components)


def catalog_of(
    nodes: Iterable[str],
    edges: Iterable[tuple[str, str]],
    *,
    schemas: tuple[str, ...] = ("public",),
    partitioned: Iterable[str] = (),
) -> Catalog:
    """One table for each letter, named for one of few words, in schemas in turn."""
    names = {
        node: QualifiedName(schemas[ord(node) % len(schemas)], f"{WORDS[ord(node) % len(WORDS)]}_{node}")
        for node in nodes
    }
    partitions = [
        table(QualifiedName("archive", f"{names[node].name}_{year}"), partition_of=names[node])
        for node in partitioned
        for year in (2024, 2025)
    ]
    return catalog(
        [*map(table, names.values()), *partitions],
        [
            foreign_key(names[one], names[other], name=f"key_{number}")
            for number, (one, other) in enumerate(edges)
        ],
    )


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """Any foreign keys among up to 26 tables of up to three schemas, some of them partitioned."""
    graph = draw(graphs(max_nodes=26, max_edges=60))
    schemas = draw(st.sampled_from([("public",), ("public", "crm"), ("a", "b", "c")]))
    partitioned = draw(st.sets(st.sampled_from(graph.nodes), max_size=2)) if graph.nodes else set()
    return catalog_of(graph.nodes, graph.edges, schemas=schemas, partitioned=sorted(partitioned))


# --- what holds for every catalog ----------------------------------------------------------------------


@given(catalogs())
def test_every_table_is_in_one_group_and_partitions_are_with_their_root(drawn: Catalog) -> None:
    groups = infer_groups(drawn)

    assert Counter(table for group in groups for table in group.tables) == Counter(
        table.name for table in drawn.tables
    )
    home = {table: group.name for group in groups for table in group.tables}
    for partition, root in partition_root(drawn).items():
        assert home[partition] == home[root]
    for group in groups:
        assert group.reasons.keys() == set(group.tables)


@given(catalogs())
def test_groups_come_in_an_order_in_which_they_can_load(drawn: Catalog) -> None:
    groups = infer_groups(drawn)

    place = {table: number for number, group in enumerate(groups) for table in group.tables}
    for key in drawn.foreign_keys:
        assert place[key.referenced] <= place[key.table]


@given(catalogs())
def test_tables_are_listed_by_depth_then_name(drawn: Catalog) -> None:
    depths = order_tables(drawn).depths
    root = partition_root(drawn)
    for group in infer_groups(drawn):
        expected = sorted(
            group.tables, key=lambda each: (depths[root[each]], root[each], each != root[each], each)
        )
        assert list(group.tables) == expected


@given(catalogs(), st.randoms(use_true_random=False))
def test_the_order_of_input_changes_nothing(drawn: Catalog, random: Random) -> None:
    tables, keys = list(drawn.tables), list(drawn.foreign_keys)
    random.shuffle(tables)
    random.shuffle(keys)
    shuffled = msgspec.structs.replace(drawn, tables=tuple(tables), foreign_keys=tuple(keys))

    assert infer_groups(shuffled) == infer_groups(drawn)


@given(
    acyclic_graphs(max_nodes=26, max_edges=50).filter(lambda graph: len(graph.nodes) >= 8),
    st.sampled_from([("public",), ("public", "crm")]),
)
def test_connected_tables_are_neither_all_together_nor_all_apart(
    graph: DrawnGraph, schemas: tuple[str, ...]
) -> None:
    nodes, edges = graph.nodes, graph.edges
    # Each node references the one before it or an earlier one: connected, and still without a cycle.
    edges = (*edges, *((node, nodes[place // 2]) for place, node in enumerate(nodes[1:])))
    groups = infer_groups(catalog_of(nodes, edges, schemas=schemas))

    assert 2 <= len(groups) <= len(nodes) // 2


@given(catalogs())
def test_names_are_unique_slugs_and_texts_are_lines(drawn: Catalog) -> None:
    groups = infer_groups(drawn)

    assert len({group.name for group in groups}) == len(groups)
    for group in groups:
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", group.name)
        assert group.title
        for line in (group.title, group.purpose, *group.reasons.values()):
            assert line
            assert line.isprintable()


@given(catalogs(), st.data())
def test_forgotten_tables_find_a_group_and_close_no_cycle_of_groups(
    drawn: Catalog, data: st.DataObject
) -> None:
    groups = {group.name: group.tables for group in infer_groups(drawn)}
    everything = sorted(table.name for table in drawn.tables)
    forgotten = data.draw(st.lists(st.sampled_from(everything), unique=True)) if everything else []
    # Whoever forgets a partitioned table forgets its partitions.
    root = partition_root(drawn)
    forgotten += [each for each in everything if root[each] in forgotten and each not in forgotten]
    remaining = {
        name: tuple(table for table in tables if table not in forgotten) for name, tables in groups.items()
    }

    placed = place_unlisted(drawn, remaining, forgotten)

    assert placed.keys() == set(forgotten)
    home = {table: name for name, tables in remaining.items() for table in tables}
    home |= {table: name for table, (name, _) in placed.items()}
    for each in forgotten:
        assert home[each] == home[root[each]]
        assert placed[each][1].isprintable()
    assert is_acyclic(set(home.values()), quotient_edges(drawn, home))
    assert placed == place_unlisted(drawn, remaining, forgotten[::-1])


# --- what people expect --------------------------------------------------------------------------------


def test_no_tables_make_no_groups() -> None:
    assert infer_groups(catalog()) == ()


def test_a_hub_and_what_stands_apart_are_the_foundation() -> None:
    tables = "tenants countries settings users user_roles user_logins orders order_lines order_notes".split()
    keys = [(each, "tenants") for each in ("users", "user_roles", "orders", "order_lines", "order_notes")]
    keys += [("user_roles", "users"), ("user_logins", "users")]
    keys += [("order_lines", "orders"), ("order_notes", "orders")]
    groups = infer_groups(catalog(tables, [foreign_key(*key) for key in keys]))

    assert grouped(groups) == {
        "foundation": ["countries", "settings", "tenants"],
        "orders": ["orders", "order_lines", "order_notes"],
        "users": ["users", "user_logins", "user_roles"],
    }
    foundation = groups[0]
    assert foundation.purpose == "Tables that reference none, among them tenants, which 5 others reference"
    assert foundation.reasons == {
        named("countries"): "no foreign key joins it to another table",
        named("settings"): "no foreign key joins it to another table",
        named("tenants"): "5 tables reference it",
    }
    assert groups[1].reasons[named("order_lines")] == "references orders of this group"


def test_tables_that_reference_only_a_hub_are_together() -> None:
    tables = "tenants users user_roles orders order_lines api_keys job_runs audit sessions flags".split()
    keys = [(each, "tenants") for each in tables[1:]]
    keys += [("user_roles", "users"), ("orders", "users"), ("order_lines", "orders")]
    groups = infer_groups(catalog(tables, [foreign_key(*key) for key in keys]))

    assert grouped(groups) == {
        "foundation": ["tenants"],
        "users": ["users", "user_roles"],
        "orders": ["orders", "order_lines"],
        "tenant-records": ["api_keys", "audit", "flags", "job_runs", "sessions"],
    }
    assert groups[-1].title == "Tenant records"
    assert groups[-1].purpose == (
        "Tables that reference tenants, and that no table outside of the group references"
    )
    assert groups[-1].reasons[named("audit")] == "references only tenants; no table references it"


def test_a_cycle_stays_together_across_words_and_schemas() -> None:
    groups = infer_groups(harbour())

    assert ["rates", "zones"] in grouped(groups).values()
    tariff = next(group for group in groups if named("tariff.rates") in group.tables)
    assert tariff.reasons[named("tariff.rates")] == "in a cycle with zones"
    assert tariff.title == "Schema tariff"


def test_a_group_is_of_one_schema() -> None:
    tables = [f"{schema}.{name}" for schema in ("crm", "shop") for name in ("one", "two", "three", "four")]
    keys = [(f"crm.{name}", f"shop.{name}") for name in ("one", "two", "three", "four")]
    groups = infer_groups(catalog(tables, [foreign_key(*key) for key in keys]))

    assert all(len({table.schema for table in group.tables}) == 1 for group in groups)
    assert [group.tables[0].schema for group in groups] == ["shop", "crm"]


def test_many_small_schemas_are_not_a_group_each() -> None:
    tables = [f"tenant{number}.notes" for number in range(12)]
    assert len(infer_groups(catalog(tables))) == 2


def test_partitions_follow_their_table() -> None:
    groups = infer_groups(harbour())

    home = next(group for group in groups if named("voyages") in group.tables)
    start = home.tables.index(named("voyages"))
    assert home.tables[start : start + 3] == tuple(map(named, ("voyages", "voyages_2024", "voyages_2025")))
    assert home.reasons[named("voyages_2024")] == "partition of voyages"


def test_hostile_names_make_no_lines_of_their_own() -> None:
    hostile = QualifiedName("public", HOSTILE)
    group = next(group for group in infer_groups(harbour()) if hostile in group.tables)

    assert group.reasons[hostile] == "references ports of this group"
    alone = infer_groups(catalog([table(hostile)]))[0]
    assert alone.name == "a-b-script-2-j"
    assert alone.purpose == 'The table "a|`b`\\n</script>\\x1b[2J", which belongs with no other'


def test_a_name_without_a_letter_is_a_group_all_the_same() -> None:
    assert grouped(infer_groups(catalog([table(QualifiedName("public", "№ ☃"))]))) == {"group": ["№ ☃"]}
    assert grouped(infer_groups(catalog([table(QualifiedName("public", "☃"))]))) == {"group": ["☃"]}


@pytest.mark.parametrize(("tables", "keys", "least", "most"), [(60, 90, 3, 9), (1200, 2500, 15, 40)])
def test_large_databases_have_few_groups(tables: int, keys: int, least: int, most: int) -> None:
    names = [f"{WORDS[number * 7 % 4]}_{number}" for number in range(tables)]
    # Near neighbours, as in a database that grew: no randomness, but no pattern that a person would see.
    ends = [(number % (tables - 1) + 1, number * number % 37 + 1) for number in range(keys)]
    large = catalog(
        names,
        [
            foreign_key(names[one], names[max(0, one - distance)], name=f"key_{number}")
            for number, (one, distance) in enumerate(ends)
        ],
    )
    groups = infer_groups(large)

    assert least <= len(groups) <= most
    assert max(len(group.tables) for group in groups) <= tables // 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("order_items", ("order", "items")),
        ("OrderItems", ("order", "items")),
        ("order-items 2", ("order", "items", "2")),
        ("Übergrößen", ("übergrößen",)),
        ("☃", ()),
    ],
)
def test_words_of_a_name(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("one", "many"), [("city", "cities"), ("box", "boxes"), ("hotel", "hotels"), ("address", "addresses")]
)
def test_singular_and_plural_are_the_same_word(one: str, many: str) -> None:
    assert singular(one) == singular(many) == one


@pytest.mark.parametrize("word", ["status", "address", "analysis", "gas"])
def test_a_word_that_only_ends_like_a_plural_is_left_alone(word: str) -> None:
    assert singular(word) == word


def test_slugs_are_cut_between_words() -> None:
    assert (
        slug(["accommodation", "units", "manual", "chunks", "archive"]) == "accommodation-units-manual-chunks"
    )
    assert slug(["x" * 50]) == "x" * 40
    assert slug(["Größe"]) == "groe"


# --- forgotten tables ----------------------------------------------------------------------------------

SHOP = catalog(
    [
        *"tenants countries settings users user_roles orders order_lines api_keys job_runs flags".split(),
        table("events"),
        table("events_2025", partition_of="events"),
        "audit.changes",
    ],
    [
        *(
            foreign_key(each, "tenants")
            for each in "users user_roles orders order_lines api_keys job_runs flags".split()
        ),
        foreign_key("user_roles", "users"),
        foreign_key("order_lines", "orders"),
        foreign_key("orders", "users"),
        foreign_key("events", "orders"),
        foreign_key("audit.changes", "users"),
    ],
)
SHOP_GROUPS = {
    "base": "tenants countries settings",
    "people": "users user_roles",
    "sales": "orders order_lines events events_2025",
    "rest": "api_keys job_runs flags",
    "audit": "audit.changes",
}


@pytest.mark.parametrize(
    ("forgotten", "group", "reason"),
    [
        ("flags", "rest", "references only tenants, like all 2 tables of rest"),
        ("countries", "base", "references no table, like all 2 tables of base"),
        ("order_lines", "sales", "references orders; its name begins like that of orders"),
        ("users", "people", "referenced by user_roles; its name begins like that of user_roles"),
        ("events", "sales", "its partitions are listed there"),
        ("events_2025", "sales", "partition of events"),
        ("tenants", "base", "references no table, like all 2 tables of base"),
        ("audit.changes", "audit-2", "no group has tables of schema audit"),
    ],
)
def test_a_forgotten_table_goes_where_it_belongs(forgotten: str, group: str, reason: str) -> None:
    groups = {
        name: tuple(named(each) for each in tables.split() if each != forgotten)
        for name, tables in SHOP_GROUPS.items()
    }
    assert place_unlisted(SHOP, groups, [named(forgotten)]) == {named(forgotten): (group, reason)}


def test_forgotten_tables_are_placed_beside_each_other() -> None:
    groups = {"base": (named("tenants"),), "people": (named("users"), named("user_roles"))}
    unlisted = [each.name for each in SHOP.tables if each.name not in groups["base"] + groups["people"]]
    placed = place_unlisted(SHOP, groups, unlisted)

    assert {each.name: group for each, (group, _) in placed.items()} == {
        "countries": "base",
        "settings": "base",
        "orders": "people",
        "order_lines": "people",
        "events": "people",
        "events_2025": "people",
        "api_keys": "tenant-records",
        "job_runs": "tenant-records",
        "flags": "tenant-records",
        "changes": "audit",
    }
    assert placed[named("flags")][1] == "no group fits: no key or name that tells joins it to one"


def test_a_group_that_would_wait_for_itself_is_passed_over() -> None:
    # c has most to do with a, but b stands between them.
    chain = catalog("a b c".split(), [foreign_key("b", "a"), foreign_key("c", "b"), foreign_key("c", "a")])
    groups = {"one": (named("a"),), "two": (named("b"),)}
    assert place_unlisted(chain, groups, [named("c")])[named("c")] == ("two", "references b")


def test_tables_between_those_of_one_group_join_it() -> None:
    chain = catalog(
        "a b_in c_in d x".split(),
        [
            foreign_key("b_in", "a"),
            foreign_key("c_in", "b_in"),
            foreign_key("d", "c_in"),
            foreign_key("x", "b_in"),
        ],
    )
    groups = {"ends": (named("a"), named("d")), "other": (named("x"),)}
    reason = "tables of ends stand both before and after it"
    assert place_unlisted(chain, groups, [named("c_in"), named("b_in")]) == {
        named("b_in"): ("ends", reason),
        named("c_in"): ("ends", reason),
    }


def test_a_forgotten_table_of_a_cycle_joins_the_others() -> None:
    ring = catalog("a b c".split(), [foreign_key("a", "b"), foreign_key("b", "c"), foreign_key("c", "a")])
    groups = {"one": (named("a"), named("b"))}
    assert place_unlisted(ring, groups, [named("c")]) == {named("c"): ("one", "in a cycle with a and b")}


def test_groups_that_wait_for_each_other_already_still_take_tables() -> None:
    tangle = catalog(
        "a1 a2 b1 b2 c".split(),
        [foreign_key("a1", "b1"), foreign_key("b2", "a2"), foreign_key("c", "a1"), foreign_key("c", "b2")],
    )
    groups = {"a": (named("a1"), named("a2")), "b": (named("b1"), named("b2"))}
    assert place_unlisted(tangle, groups, [named("c")])[named("c")] == ("a", "references a1")
