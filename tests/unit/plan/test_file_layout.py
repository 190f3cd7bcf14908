"""Files hold every step once, are named so that they run in order, and know what they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from pilotage.config.records import GroupRequest, Position
from pilotage.errors import UsageError
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    CopyFormat,
    Edge,
    EdgeReason,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
)
from pilotage.model.review import FileKind, LoadStrategy, PlannedFile
from pilotage.plan.file_layout import FileLayout, lay_out_files

TABLE = QualifiedName("public", "t")


def ddl(name: str, group: str, stage: Stage = Stage.STRUCTURE, kind: str = "TABLE") -> RunDdl:
    return RunDdl(id=name, group=group, reason="", stage=stage, kind=kind, object=name, sql="…")


def load(name: str, group: str) -> LoadTable:
    return LoadTable(
        id=name,
        group=group,
        reason="",
        table=TABLE,
        columns=("id",),
        strategy=LoadStrategy.PLAIN,
        format=CopyFormat.BINARY,
        format_reason="",
    )


def key(name: str, group: str, stage: Stage) -> AddForeignKey:
    return AddForeignKey(
        id=name, group=group, reason="", constraint=name, table=TABLE, referenced=TABLE, sql="…", stage=stage
    )


def index(name: str, group: str, stage: Stage) -> BuildIndex:
    return BuildIndex(
        id=name, group=group, reason="", index=TABLE, table=TABLE, method="btree", sql="…", stage=stage
    )


def request(name: str, schema: int | None = None, data: int | None = None) -> GroupRequest:
    return GroupRequest(
        name=name,
        title=name,
        purpose="",
        tables=(),
        schema_number=schema,
        data_number=data,
        position=Position("p.toml", 1),
    )


def laid_out(
    steps: Sequence[Step],
    groups: Sequence[str],
    *requests: GroupRequest,
    layout: Layout = Layout.SCHEMA_FIRST,
    deferred: frozenset[str] = frozenset(),
    needs: Mapping[str, Sequence[str]] | None = None,
    edges: Sequence[tuple[str, str]] = (),
) -> FileLayout:
    return lay_out_files(
        steps,
        layout=layout,
        groups=groups,
        requests=requests,
        deferred=deferred,
        needs=needs or {},
        edges=[Edge(before, after, EdgeReason.DEFINITION) for before, after in edges],
    )


def of_groups(*groups: str) -> list[Step]:
    """A table and its rows in each group."""
    tables: list[Step] = [ddl(f"table of {name}", name) for name in groups]
    return [*tables, *(load(f"rows of {name}", name) for name in groups)]


def names(layout: FileLayout) -> list[str]:
    return [file.name for file in layout.files]


def file_of(layout: FileLayout, step: str) -> PlannedFile:
    (found,) = [file for file in layout.files if step in file.steps]
    return found


# --- names ---------------------------------------------------------------------------------------------


def test_few_groups_have_two_digits() -> None:
    layout = laid_out(of_groups("core", "sales"), ["core", "sales"])
    assert names(layout) == [
        "01-schema-core.sql",
        "02-schema-sales.sql",
        "10-data-core.sql",
        "11-data-sales.sql",
        "90-validate.sql",
    ]
    assert layout.findings == ()


def test_numbers_that_were_asked_for_are_dealt_in_the_planned_order() -> None:
    layout = laid_out(
        of_groups("core", "sales", "stock"),
        ["core", "stock", "sales"],
        request("core", 1, 10),
        request("sales", 2, 11),
        request("stock", 4, 15),
    )
    assert names(layout)[:-1] == [
        "01-schema-core.sql",
        "02-schema-stock.sql",
        "04-schema-sales.sql",
        "10-data-core.sql",
        "11-data-stock.sql",
        "15-data-sales.sql",
    ]
    assert [(each.object, each.expected, each.found) for each in layout.findings] == [
        ("sales", "2", "4"),
        ("sales", "11", "15"),
        ("stock", "4", "2"),
        ("stock", "15", "11"),
    ]
    assert layout.findings[0].message.startswith("its schema file is 04-schema-sales.sql")


def test_a_group_without_a_number_gets_the_next_one_and_the_rest_move_up() -> None:
    layout = laid_out(
        of_groups("a", "b", "c", "d"),
        ["a", "b", "c", "d"],
        request("a", 3, 20),
        request("b"),
        request("c", 4),
        request("d", 9, 21),
    )
    assert names(layout)[:-1] == [
        "03-schema-a.sql",
        "04-schema-b.sql",
        "05-schema-c.sql",
        "09-schema-d.sql",
        "20-data-a.sql",
        "21-data-b.sql",
        "22-data-c.sql",
        "23-data-d.sql",
    ]
    assert [(each.object, each.expected, each.found) for each in layout.findings] == [
        ("c", "4", "5"),
        ("d", "21", "23"),
    ]


def test_data_files_come_after_all_schema_files_whatever_numbers_they_ask_for() -> None:
    layout = laid_out(of_groups("a", "b"), ["a", "b"], request("a", 5, 7), request("b", 8, 9))
    assert names(layout)[:-1] == ["05-schema-a.sql", "08-schema-b.sql", "09-data-a.sql", "10-data-b.sql"]


def test_high_numbers_push_what_comes_after_them() -> None:
    steps = [*of_groups("a"), key("late", "a", Stage.FINISH), ddl("grant", "", Stage.FINISH)]
    assert names(laid_out(steps, ["a"], request("a", 1, 85))) == [
        "01-schema-a.sql",
        "85-data-a.sql",
        "86-deferred-constraints.sql",
        "87-finish.sql",
        "90-validate.sql",
    ]
    # What does not fit into two digits has three, for sorting by name is the order of running.
    assert names(laid_out(steps, ["a"], request("a", 98, 99))) == [
        "098-schema-a.sql",
        "099-data-a.sql",
        "800-deferred-constraints.sql",
        "810-finish.sql",
        "900-validate.sql",
    ]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("count", [1, 9, 10, 25, 199])
def test_names_sort_in_the_order_of_running(count: int, layout: Layout) -> None:
    groups = [f"g{count - number}" for number in range(count)]
    steps = of_groups(*groups)
    steps += [index(f"index of {name}", name, Stage.DATA) for name in groups if layout is Layout.BULK]
    steps += [ddl(f"grant of {name}", name, Stage.FINISH) for name in groups if layout is Layout.BULK]
    found = laid_out(steps, groups, layout=layout)
    assert names(found) == sorted(names(found))
    assert [file.group for file in found.files if file.kind is FileKind.DATA] == groups
    digits = 2 if count <= 9 else 3
    assert all(name[:digits].isdigit() and name[digits] == "-" for name in names(found))


def test_many_groups_keep_two_digits_where_numbers_were_asked_for_and_fit() -> None:
    groups = [f"g{number}" for number in range(12)]
    requests = [request(name, 1 + number, 20 + number) for number, name in enumerate(groups)]
    layout = laid_out(of_groups(*groups), groups, *requests)
    assert names(layout)[11:13] == ["12-schema-g11.sql", "20-data-g0.sql"]
    assert layout.findings == ()


def test_too_many_groups_are_refused() -> None:
    groups = [f"g{number}" for number in range(200)]
    with pytest.raises(UsageError, match=r"200 groups are more than files can be numbered for \(199\)"):
        laid_out(of_groups(*groups), groups)


def test_a_group_without_rows_has_no_data_file_and_no_finding_about_it() -> None:
    steps = [ddl("foreign table", "far"), *of_groups("near")]
    layout = laid_out(steps, ["far", "near"], request("far", 1, 11), request("near", 2, 10))
    assert names(layout)[:-1] == ["01-schema-far.sql", "02-schema-near.sql", "11-data-near.sql"]
    assert [each.object for each in layout.findings] == ["near"]


def test_without_any_table_files_are_of_no_group() -> None:
    sequence = SetSequence(id="position", group="", reason="", sequence=TABLE, last_value=1, is_called=False)
    layout = laid_out([ddl("function", "", kind="FUNCTION"), sequence], [])
    assert [(file.name, file.group) for file in layout.files] == [
        ("01-schema.sql", ""),
        ("10-data.sql", ""),
        ("90-validate.sql", ""),
    ]


# --- which file ----------------------------------------------------------------------------------------


def test_schema_first_puts_constraints_with_their_tables() -> None:
    steps: list[Step] = [
        ddl("table", "a"),
        index("index", "a", Stage.STRUCTURE),
        key("key", "a", Stage.STRUCTURE),
        ddl("trigger", "a", kind="TRIGGER"),
        load("rows", "a"),
        key("not valid", "a", Stage.FINISH),
        AddConstraint(
            id="late", group="a", reason="", constraint="c", table=TABLE, sql="…", stage=Stage.FINISH
        ),
        ddl("late check of a domain", "a", Stage.FINISH, kind="CHECK CONSTRAINT"),
        ddl("comment on it", "a", Stage.FINISH, kind="COMMENT"),
        ddl("publication", "", Stage.FINISH, kind="PUBLICATION"),
        RefreshView(id="refresh", group="", reason="", view=TABLE, sql="…"),
        AnalyzeTable(id="analyze", group="a", reason="", table=TABLE),
        ddl("event trigger", "", Stage.ACTIVATE, kind="EVENT TRIGGER"),
    ]
    layout = laid_out(steps, ["a"], edges=[("late check of a domain", "comment on it")])
    assert {file.name: file.steps for file in layout.files} == {
        "01-schema-a.sql": ("table", "index", "key", "trigger"),
        "10-data-a.sql": ("rows",),
        "80-deferred-constraints.sql": ("not valid", "late", "late check of a domain", "comment on it"),
        "81-finish.sql": ("publication", "refresh", "analyze", "event trigger"),
        "90-validate.sql": (),
    }


def test_bulk_puts_constraints_after_the_rows_and_guards_after_those() -> None:
    steps: list[Step] = [
        ddl("table", "a"),
        load("rows", "a"),
        index("index", "a", Stage.DATA),
        key("key", "a", Stage.DATA),
        key("circle", "a", Stage.DATA),
        ddl("comment on the circle", "a", Stage.DATA, kind="COMMENT"),
        ddl("trigger", "a", Stage.FINISH, kind="TRIGGER"),
        ddl("default privileges", "", Stage.FINISH, kind="DEFAULT ACL"),
    ]
    layout = laid_out(
        steps,
        ["a"],
        layout=Layout.BULK,
        deferred=frozenset({"circle"}),
        edges=[("circle", "comment on the circle")],
    )
    assert {file.name: file.steps for file in layout.files} == {
        "01-schema-a.sql": ("table",),
        "10-data-a.sql": ("rows",),
        "40-keys-a.sql": ("index", "key"),
        "60-guards-a.sql": ("trigger",),
        "80-deferred-constraints.sql": ("circle", "comment on the circle"),
        "81-finish.sql": ("default privileges",),
        "90-validate.sql": (),
    }


def test_a_step_follows_what_it_waits_for_into_a_later_file() -> None:
    steps = [ddl("table of a", "a"), ddl("policy of a", "a", kind="POLICY"), ddl("table of b", "b")]
    steps.sort(key=lambda step: step.id == "policy of a")
    layout = laid_out(steps, ["a", "b"], edges=[("table of a", "policy of a"), ("table of b", "policy of a")])
    assert file_of(layout, "policy of a").group == "b"


# --- what files need -----------------------------------------------------------------------------------


def test_a_file_needs_those_that_hold_what_its_steps_wait_for() -> None:
    groups = ["a", "b", "c"]
    steps = of_groups(*groups)
    layout = laid_out(steps, groups, edges=[("table of b", "table of c")])
    assert file_of(layout, "table of a").needs == ()
    # What everything lives in is made in the first file.
    assert file_of(layout, "table of b").needs == ("01-schema-a.sql",)
    assert file_of(layout, "table of c").needs == ("01-schema-a.sql", "02-schema-b.sql")


def test_rows_need_all_tables_and_the_rows_that_they_reference() -> None:
    groups = ["a", "b", "c"]
    layout = laid_out(of_groups(*groups), groups, needs={"c": ["b"]})
    schemas = ("01-schema-a.sql", "02-schema-b.sql", "03-schema-c.sql")
    assert file_of(layout, "rows of b").needs == schemas
    assert file_of(layout, "rows of c").needs == (*schemas, "11-data-b.sql")
    assert layout.files[-1].needs == tuple(names(layout)[:-1])


def test_needs_are_earlier_files() -> None:
    groups = ["a", "b"]
    layout = laid_out(of_groups(*groups), groups, needs={"b": ["a"]})
    place = {name: number for number, name in enumerate(names(layout))}
    for file in layout.files:
        assert all(place[needed] < place[file.name] for needed in file.needs)
