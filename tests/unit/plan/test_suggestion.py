"""A suggested configuration reads back, and gives the plan that there is without one."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings

from pilotage.config.reader import parse_configuration
from pilotage.config.records import Configuration, Unlisted
from pilotage.model.archive import Archive
from pilotage.model.catalog import Catalog, TableKind
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Plan
from pilotage.model.review import FindingKind
from pilotage.model.scope import Scope
from pilotage.plan import make_plan
from pilotage.plan.suggestion import suggest_configuration
from tests.archives import archive, archive_of, entry
from tests.catalogs import catalog, foreign_key, harbour, table
from tests.strategies import DrawnReview, reviews


def suggested(source: Catalog, entries: Archive, configuration: Configuration | None = None) -> Configuration:
    text = suggest_configuration(source, entries, configuration or Configuration())
    return parse_configuration(text, "pilotage.toml")


def groups_of(plan: Plan) -> list[tuple[str, str, str, tuple[QualifiedName, ...]]]:
    return [(group.name, group.title, group.purpose, group.tables) for group in plan.groups]


def test_it_says_what_there_is_and_why() -> None:
    source = catalog((table("ports", rows=3), table("ships", rows=2)), (foreign_key("ships", "ports"),))
    text = suggest_configuration(source, archive_of(source), Configuration())
    assert "[expect]\ntables = 2\nforeign_keys = 1\nrows = 5\n" in text
    assert '  "ships",  # references ports of this group\n' in text


def test_what_the_configuration_says_besides_is_kept_and_a_password_is_not() -> None:
    source = catalog(("a",))
    configuration = Configuration(
        source="postgresql://me:secret@host/db",
        layout=Layout.BULK,
        data_format=DataFormat.INSERT,
        split_bytes=1000,
        unlisted=Unlisted.INFER,
        scope=Scope(exclude=("audit",)),
    )
    text = suggest_configuration(source, archive_of(source), configuration)
    assert "secret" not in text
    read = parse_configuration(text, "pilotage.toml")
    assert read.source is None
    assert (read.layout, read.data_format, read.split_bytes) == (Layout.BULK, DataFormat.INSERT, 1000)
    assert (read.unlisted, read.scope) == (Unlisted.INFER, Scope(exclude=("audit",)))
    from_environment = msgspec.structs.replace(configuration, source="env:SOURCE")
    assert suggested(source, archive_of(source), from_environment).source == "env:SOURCE"


def test_hostile_names_read_back() -> None:
    tables = [
        QualifiedName(schema, name) for schema in ("a.b", "x") for name in ('we"ird', "na*me", "T", "?\n#")
    ]
    source = catalog([table(name, rows=1) for name in tables])
    read = suggested(source, archive_of(source))
    plan = make_plan(source, archive_of(source), read)
    assert sorted(name for group in plan.groups for name in group.tables) == sorted(tables)


def test_groups_whose_definitions_need_each_other_become_one() -> None:
    """Inference looks at keys alone; a function that reads a table may stand in the way of its groups."""
    names = ("film", "film_actor", "film_category", "rental", "rental_line", "rental_return")
    source = catalog(
        names,
        (
            foreign_key("film_actor", "film"),
            foreign_key("film_category", "film"),
            foreign_key("rental_line", "rental"),
            foreign_key("rental_return", "rental"),
        ),
    )
    apart = make_plan(source, archive_of(source), Configuration())
    assert [group.name for group in apart.groups] == ["film", "rental"]

    needs = {"film_actor": ("rental",), "rental_line": ("film",)}
    number = {name: place for place, name in enumerate(names, start=1)}
    entries = archive(
        *(
            entry(number[name], "TABLE", name, needs=[number[each] for each in needs.get(name, ())])
            for name in ("film", "rental", "film_actor", "film_category", "rental_line", "rental_return")
        )
    )
    plan = make_plan(source, entries, Configuration())
    (group,) = plan.groups
    assert (group.name, group.title) == ("film", "Film and Rental")
    assert group.purpose.endswith("; with Rental, since their definitions need each other")
    assert groups_of(make_plan(source, entries, suggested(source, entries))) == groups_of(plan)


def test_nobody_asked_for_the_order_of_inferred_groups() -> None:
    source = catalog(
        ("film", "film_actor", "film_category", "rental", "rental_line"),
        (
            foreign_key("film_actor", "film"),
            foreign_key("film_category", "film"),
            foreign_key("rental_line", "rental"),
        ),
    )
    assert [group.name for group in make_plan(source, archive_of(source), Configuration()).groups] == [
        "film",
        "rental",
    ]
    entries = archive(
        entry(4, "TABLE", "rental"),
        entry(5, "TABLE", "rental_line", needs=(4,)),
        entry(6, "FUNCTION", "f()", needs=(5,)),
        entry(1, "TABLE", "film", needs=(6,)),
        entry(2, "TABLE", "film_actor"),
        entry(3, "TABLE", "film_category"),
    )
    plan = make_plan(source, entries, Configuration())
    assert plan.order is not None
    assert plan.order.planned == plan.order.requested == ("rental", "film")
    again = make_plan(source, entries, suggested(source, entries))
    assert again.order == plan.order
    assert FindingKind.GROUP_MOVED not in {finding.kind for finding in (*plan.findings, *again.findings)}


@pytest.mark.parametrize("layout", Layout)
def test_the_same_plan_comes_of_it(layout: Layout) -> None:
    source = harbour()
    configuration = Configuration(layout=layout)
    entries = archive_of(source)
    plan = make_plan(source, entries, configuration)
    assert any(table.kind is TableKind.PARTITIONED for table in source.tables)
    assert make_plan(source, entries, suggested(source, entries, configuration)) == plan


@settings(max_examples=50)
@given(reviews())
def test_the_same_plan_comes_of_any(drawn: DrawnReview) -> None:
    configuration = msgspec.structs.replace(drawn.configuration, groups=())
    plan = make_plan(drawn.catalog, drawn.archive, configuration)
    read = suggested(drawn.catalog, drawn.archive, configuration)
    assert make_plan(drawn.catalog, drawn.archive, read) == plan
