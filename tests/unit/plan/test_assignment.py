"""Every table is in one group or in none, and whatever contradicts that is said with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.config.reader import parse_configuration, read_configuration
from pilotage.config.records import Configuration, GroupRequest, Position, TablePattern, Unlisted
from pilotage.demo.hotel import HOTEL_ROWS
from pilotage.errors import UsageError
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan.assignment import Assignment, assign_tables
from pilotage.plan.order import partition_root
from tests.catalogs import catalog, table, view
from tests.servers_at_hand import REPOSITORY

HARBOUR = catalog(
    [
        "hotels",
        "rooms",
        "sire_cities",
        "sire_countries",
        "sire_export_logs",
        "audit.rooms",
        "audit.sire_changes",
        table(QualifiedName("we.ird", "na*me")),
        "events",
        table("events_2024", partition_of="events"),
        table("events_2025", partition_of="events"),
        table("events_2025_q1", partition_of="events_2025"),
    ],
    views=[view("occupancy")],
)


def configuration(*groups: tuple[str, list[str]], unlisted: str = "infer") -> Configuration:
    """Group ``n`` begins on line 10n, its tables follow a line each."""
    return Configuration(
        unlisted=Unlisted(unlisted),
        groups=tuple(
            GroupRequest(
                name=name,
                title=name,
                purpose="",
                tables=tuple(
                    TablePattern(text=text, position=Position("p.toml", 10 * number + index))
                    for index, text in enumerate(tables, start=1)
                ),
                schema_number=None,
                data_number=None,
                position=Position("p.toml", 10 * number),
            )
            for number, (name, tables) in enumerate(groups, start=1)
        ),
    )


def assign(*groups: tuple[str, list[str]], unlisted: str = "infer", source: Catalog = HARBOUR) -> Assignment:
    return assign_tables(configuration(*groups, unlisted=unlisted), source, partition_root(source))


def problems(*groups: tuple[str, list[str]], unlisted: str = "infer", source: Catalog = HARBOUR) -> list[str]:
    with pytest.raises(UsageError) as refused:
        assign(*groups, unlisted=unlisted, source=source)
    return str(refused.value).split("\n")


def texts(tables: tuple[QualifiedName, ...]) -> list[str]:
    return [str(name) for name in tables]


def test_names_and_patterns_find_their_tables() -> None:
    found = assign(("a", ["hotels", "public.rooms"]), ("b", ["sire_*"]), ("c", ['"we.ird"."na*me"']))
    assert texts(found.tables_of("a")) == ["public.hotels", "public.rooms"]
    assert texts(found.tables_of("b")) == [
        "audit.sire_changes",
        "public.sire_cities",
        "public.sire_countries",
        "public.sire_export_logs",
    ]
    assert texts(found.tables_of("c")) == ['"we.ird"."na*me"']
    assert found.listed[QualifiedName("public", "sire_cities")].pattern.position == Position("p.toml", 21)


def test_a_name_decides_before_any_pattern_wherever_it_stands() -> None:
    for groups in (
        [("all", ["*.sire_*"]), ("logs", ["sire_export_logs"])],
        [("logs", ["sire_export_logs"]), ("all", ["*.sire_*"])],
    ):
        found = assign(*groups)
        assert texts(found.tables_of("logs")) == ["public.sire_export_logs"]
        assert "public.sire_export_logs" not in texts(found.tables_of("all"))


def test_two_patterns_of_one_group_may_mean_the_same_table() -> None:
    assert len(assign(("a", ["sire_c*", "public.sire_*", "sire_cities"])).tables_of("a")) == 4


def test_partitions_go_with_their_table() -> None:
    found = assign(("a", ["events"]), ("b", ["*.sire_*"]))
    assert texts(found.tables_of("a")) == [
        "public.events",
        "public.events_2024",
        "public.events_2025",
        "public.events_2025_q1",
    ]
    # A pattern that means the partitions too means the table; partitions listed beside it do no harm.
    assert found.tables_of("a") == assign(("a", ["events*"])).tables_of("a")
    assert found.tables_of("a") == assign(("a", ["events", "events_2024", "events_2025_*"])).tables_of("a")
    assert "public.events_2024" in texts(assign(("a", ["hotels"])).unlisted)


def test_a_partition_is_not_grouped_without_its_table() -> None:
    assert problems(("a", ["events_2025_q1", "hotels"])) == [
        'p.toml:11: "events_2025_q1" means public.events_2025_q1, a partition of public.events; '
        'partitions go with their table: list "public.events" instead'
    ]
    assert problems(("a", ["events"]), ("b", ["hotels", "events_????"])) == [
        'p.toml:22: "events_????" means public.events_2024, a partition of public.events, which p.toml:11 '
        "lists; partitions go with their table: remove it"
    ]


def test_two_groups_that_name_one_table_are_refused_with_both_lines() -> None:
    assert problems(("a", ["hotels", "sire_cities"]), ("b", ["events", "public.hotels"])) == [
        'p.toml:22: "public.hotels" in group "b" and "hotels" in group "a" (p.toml:11) both mean '
        "public.hotels; remove one of the two"
    ]


def test_two_patterns_that_overlap_are_refused_once_with_what_both_mean() -> None:
    assert problems(("a", ["public.sire_*"]), ("b", ["hotels", "*.sire_c*"])) == [
        'p.toml:22: "*.sire_c*" in group "b" and "public.sire_*" in group "a" (p.toml:11) both mean '
        "public.sire_cities, public.sire_countries; list each by its name in the group that it belongs to, "
        "or narrow one pattern"
    ]
    many = catalog([f"t{number:03}" for number in range(100)])
    (problem,) = problems(("a", ["*"]), ("b", ["t*"]), source=many)
    assert "public.t011 and 88 more; list each" in problem


def test_a_name_of_two_schemas_must_say_which() -> None:
    unlisted, ambiguous = problems(("a", ["rooms"]), unlisted="error")
    assert "7 tables" in unlisted
    assert "rooms" not in unlisted  # it is said once
    assert ambiguous == (
        'p.toml:11: "rooms" is a table of 2 schemas in scope; write which one is meant: '
        '"audit.rooms" or "public.rooms"'
    )
    # A pattern may well mean tables of several.
    assert len(assign(("a", ["room?"])).tables_of("a")) == 2


def test_what_means_no_table_is_refused_with_the_nearest() -> None:
    assert problems(("a", ["hotls", "Rooms", "sires_*", "hotels.rooms", "zzz", "occupancy", "public.x"])) == [
        'p.toml:11: "hotls" means no table in scope; did you mean "public.hotels"?',
        'p.toml:12: "Rooms" means no table in scope; did you mean "audit.rooms" or "public.rooms"?',
        'p.toml:13: "sires_*" means no table in scope; did you mean "public.sire_cities" or '
        '"audit.sire_changes" or "public.sire_countries"?',
        'p.toml:14: "hotels.rooms" means no table: its schema is not in scope; remove it, or take the schema '
        'along (in scope: "audit", "public", "we.ird")',
        'p.toml:15: "zzz" means no table in scope; correct it or remove it',
        'p.toml:16: "occupancy" means no table: public.occupancy is a view, and views go with the tables '
        "that they read; remove it",
        'p.toml:17: "public.x" means no table in scope; correct it or remove it',
    ]


def test_a_table_in_no_group_is_an_error_unless_it_is_left_to_inference() -> None:
    groups = [("a", ["hotels", "*.rooms", "*.sire_*"]), ("b", ['"we.ird".*'])]
    assert problems(*groups, unlisted="error") == [
        "p.toml:10: 1 table in scope is in no group: public.events; add each to a group, leave its schema "
        'out of the scope, or set unlisted = "infer"'
    ]
    assert texts(assign(*groups).unlisted) == [
        "public.events",
        "public.events_2024",
        "public.events_2025",
        "public.events_2025_q1",
    ]
    groups[1][1].append("events")
    assert assign(*groups, unlisted="error").unlisted == ()


def test_without_groups_every_table_is_left_to_inference() -> None:
    found = assign(unlisted="error")
    assert found.listed == {}
    assert len(found.unlisted) == len(HARBOUR.tables)


def test_a_group_whose_tables_are_all_named_elsewhere_is_refused() -> None:
    assert problems(("a", ["sire_changes"]), ("b", ["audit.sire*"])) == [
        'p.toml:20: group "b" is left without tables: other groups name all that it means; remove the group, '
        "or give it tables of its own"
    ]


def test_all_problems_are_said_at_once_in_the_order_of_the_file() -> None:
    said = problems(("a", ["hotels", "nothing"]), ("b", ["rooms", "hotels", "events_*"]), unlisted="error")
    assert [problem.split(": ")[0] for problem in said] == [f"p.toml:{line}" for line in (10, 12, 21, 22, 23)]


def test_a_hostile_name_stays_within_its_line() -> None:
    hostile = catalog([table(QualifiedName("public", "a\nb\x1b[2J")), "hotels"])
    (problem,) = problems(("a", ["hotels"]), unlisted="error", source=hostile)
    assert problem.isprintable()


def test_a_configuration_that_no_reader_checked_is_checked_here() -> None:
    assert problems(("a", ["a.b.c"]))[0].startswith('p.toml:11: "a.b.c" names no table: it has 3 parts')


def test_the_hotel_example_lists_all_but_three_tables() -> None:
    hotel = read_configuration(REPOSITORY / "examples" / "hotel" / "pilotage.toml")
    source = catalog(list(HOTEL_ROWS))
    found = assign_tables(hotel, source, partition_root(source))
    assert len(found.listed) == 38
    assert texts(found.unlisted) == [
        "public.tenant_compliance_credentials",
        "public.tenant_knowledge_embeddings",
        "public.tenant_muva_content",
    ]
    strict = parse_configuration(
        "unlisted = 'error'\n[[group]]\nname = 'x'\ntables = ['tenant_r*']", "p.toml"
    )
    with pytest.raises(UsageError, match=r"p\.toml:2: 40 tables in scope are in no group"):
        assign_tables(strict, source, partition_root(source))


short_name = st.text("ab", min_size=1, max_size=3)


@given(
    tables=st.sets(st.tuples(st.sampled_from(["p", "q"]), short_name), min_size=1, max_size=8),
    groups=st.lists(
        st.lists(st.text("ab*", min_size=1, max_size=3), min_size=1, max_size=2, unique=True),
        min_size=1,
        max_size=3,
    ),
)
def test_every_table_is_either_listed_once_or_unlisted(
    tables: set[tuple[str, str]], groups: list[list[str]]
) -> None:
    source = catalog([table(QualifiedName(*each)) for each in tables])
    named = [(f"g{number}", patterns) for number, patterns in enumerate(groups)]
    try:
        found = assign(*named, source=source)
    except UsageError as error:
        assert all(line.startswith("p.toml:") for line in str(error).split("\n"))
        return
    assert sorted([*found.listed, *found.unlisted]) == [each.name for each in source.tables]
    assert all(found.tables_of(name) for name, _ in named)
    for name, listing in found.listed.items():
        exact = [group for group, patterns in named if name.name in patterns]
        assert [listing.group] == exact or (not exact and "*" in listing.pattern.text)
