"""MIGRATION_ORDER.md: every figure follows from the records, and no name can break the document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pilotage.model.catalog import Catalog, TableKind
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Plan
from pilotage.model.review import (
    Component,
    DeferredKey,
    FileFigures,
    FileKind,
    Finding,
    FindingKind,
    GroupOrder,
    KeyTreatment,
    LoadStrategy,
    OrderChange,
    SelfReferenceShape,
    Throughput,
)
from pilotage.plan.order import order_tables
from pilotage.report.migration_order import migration_order
from pilotage.report.shares import shares
from pilotage.report.sql_blocks import code_block, visible_literal
from tests.catalogs import catalog, foreign_key, harbour, index, named, table
from tests.unit.review_plans import group_of_tables, review_plan
from tests.unit.screens import expect_transcript

MEGABYTE = 1024 * 1024

TREE = catalog(
    [table("nodes", rows=40), table("edges", rows=3_000_000)],
    [
        foreign_key("nodes", "nodes", columns=("parent_id",)),
        foreign_key("nodes", "nodes", columns=("twin_id",), name="nodes_twin"),
        foreign_key("edges", "nodes", columns=("one",)),
        foreign_key("edges", "nodes", columns=("other",), indexed=False),
    ],
)


def document(source: Catalog, plan: Plan | None = None, **others: object) -> str:
    return migration_order(plan or review_plan(source), source, order_tables(source), **others)  # type: ignore[arg-type] # the tests' own shorthand


def section(text: str, title: str) -> str:
    """The text below a heading, up to the next of its level or above."""
    found = re.search(rf"^(#+) {title}.*$", text, re.MULTILINE)
    assert found is not None, title
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def cells(text: str) -> list[list[str]]:
    """The lines of the first table in the text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(text: str) -> int:
    return int(text.strip("*").replace(",", ""))


def blocks(text: str, language: str) -> list[str]:
    return [
        token.content
        for token in MarkdownIt().parse(text)
        if token.type == "fence" and token.info == language
    ]


def checks(text: str) -> list[str]:
    return [block for block in blocks(text, "sql") if block.startswith("-- check: ")]


# --- the whole --------------------------------------------------------------------------------------------


def test_the_document_of_a_small_database(tmp_path: Path) -> None:
    expect_transcript("migration_order.md", document(harbour()), tmp_path)


def test_the_same_plan_gives_the_same_document() -> None:
    assert document(harbour()) == document(harbour())


def test_an_empty_database_has_a_document() -> None:
    text = document(catalog())
    assert "0 tables with 0 rows in 0 groups" in text
    assert cells(section(text, "Totals by group"))[-1][:3] == ["**Total**", "**0**", "**0**"]
    assert checks(text) == []


@pytest.mark.parametrize("layout", list(Layout))
def test_every_file_of_the_plan_is_in_the_execution_order_once_and_in_order(layout: Layout) -> None:
    plan = review_plan(harbour(), layout=layout)
    headings = re.findall(
        r"^#### (\d+)\. `([^`]+)`", section(document(harbour(), plan), "Safe execution order"), re.MULTILINE
    )
    assert [name for _, name in headings] == [file.name for file in plan.files]
    assert [int(place) for place, _ in headings] == list(range(1, len(plan.files) + 1))


# --- figures that add up ----------------------------------------------------------------------------------


def test_totals_by_group_add_up() -> None:
    rows = cells(section(document(harbour()), "Totals by group"))
    groups, total = rows[:-1], rows[-1]
    assert len(groups) == 4
    for column, expected in ((1, 9), (2, 2), (3, harbour().total_rows)):
        assert sum(number(row[column]) for row in groups) == number(total[column]) == expected
    assert round(sum(float(row[4].removesuffix(" %")) for row in groups), 6) == 100.0
    assert total[4] == "**100.0 %**"


def test_the_rows_of_a_groups_tables_add_up_to_the_groups_rows() -> None:
    text = document(harbour())
    for title in re.findall(r"^### (Group \d+)", text, re.MULTILINE):
        own = section(text, title)
        said = re.search(r"; rows: ([\d,]+) ", own)
        assert said is not None
        assert sum(number(row[2]) for row in cells(own)) == number(said[1])


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=40))
def test_shares_add_up_to_a_hundred_whatever_the_rounding(numbers: list[int]) -> None:
    tenths = [round(float(share.removesuffix(" %")) * 10) for share in shares(numbers)]
    assert sum(tenths) == (1000 if sum(numbers) else 0)
    whole = sum(numbers) or 1
    assert all(abs(tenth - each * 1000 / whole) < 1 for tenth, each in zip(tenths, numbers, strict=True))


# --- what was asked for -----------------------------------------------------------------------------------


def hotel() -> tuple[Catalog, Plan]:
    source = catalog(
        ["tenants", "hotels", table("units", rows=2)],
        [
            foreign_key("hotels", "tenants"),
            foreign_key(
                "units", "hotels", columns=("tenant_id", "hotel_id"), referenced_columns=("tenant_id", "id")
            ),
            foreign_key("tenants", "units", columns=("favourite",), name="tenants_favourite"),
        ],
    )
    groups = [group_of_tables(source, name, named(name)) for name in ("tenants", "hotels", "units")]
    plan = review_plan(source, groups)
    order = GroupOrder(
        requested=("tenants", "units", "hotels"),
        planned=("tenants", "hotels", "units"),
        changes=(
            OrderChange(
                group="units", after="hotels", because=("public.units.(tenant_id, hotel_id) → public.hotels",)
            ),
        ),
        deferred_keys=(
            DeferredKey(
                table=named("tenants"),
                constraint="tenants_favourite",
                referenced=named("units"),
                circle=("tenants", "units", "hotels", "tenants"),
            ),
        ),
    )
    findings = (
        Finding(kind=FindingKind.EXPECTATION, object="tables", message="…", expected="41", found="3"),
        Finding(kind=FindingKind.TABLE_PLACED, object="public.units", message="no group lists it"),
        Finding(
            kind=FindingKind.FILE_RENUMBERED, object="units", message="numbered 3", expected="2", found="3"
        ),
    )
    return source, msgspec.structs.replace(plan, order=order, findings=findings)


def test_what_the_plan_does_instead_stands_right_after_the_summary_with_its_reasons() -> None:
    source, plan = hotel()
    text = document(source, plan)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[:2] == ["Executive summary", "What was asked for, and what the plan does instead"]
    said = section(text, "What was asked for")
    assert "**Units** stands after **Hotels**" in said
    assert "`units.(tenant_id, hotel_id) → hotels`" in said
    assert "`tenants.favourite → units` is created after all rows" in said
    assert "Tenants → Units → Hotels → Tenants" in said
    assert "(expected 41, found 3)" in said
    assert "`public.units`: no group lists it" in said
    assert "(asked for 2)" in said


def test_a_plan_that_does_as_asked_says_so() -> None:
    assert "nothing had to differ" in section(document(TREE), "What was asked for")


def test_a_key_that_was_put_off_orders_nothing() -> None:
    source, plan = hotel()
    without_files = msgspec.structs.replace(plan, files=())
    assert "Runs after: no other group" in section(document(source, without_files), "Group 1")


# --- groups and blockers ----------------------------------------------------------------------------------


def test_a_table_that_many_wait_for_is_marked_critical() -> None:
    source = catalog(["hub", *"abcdef"], [foreign_key(name, "hub") for name in "abcdef"])
    text = document(source)
    assert "**critical**: 6 tables wait for it" in section(text, "Group 1")
    assert cells(section(text, "Blockers"))[0][1:5] == ["`hub`", "0", "6", "6"]


def test_names_keep_their_schemas_where_the_scope_is_several() -> None:
    assert "`ships`" not in section(document(harbour()), "Groups")
    assert "`nodes`" in section(document(TREE), "Groups")


def test_a_table_outside_the_scope_keeps_its_schema() -> None:
    source = catalog(["users"], [foreign_key("users", "auth.users", columns=("login",))])
    assert "`users.login → auth.users`, outside the scope" in section(document(source), "Group 1")


# --- strategies -------------------------------------------------------------------------------------------


def component(strategy: LoadStrategy, **treated: object) -> Component:
    key = KeyTreatment(
        table=named("nodes"),
        constraint="nodes_parent_id_fkey",
        referenced=named("nodes"),
        treated=bool(treated),
        **treated,  # type: ignore[arg-type] # the fields of the record
    )
    twin = msgspec.structs.replace(key, constraint="nodes_twin", treated=False, set_null=(), match_columns=())
    return Component(
        tables=(named("nodes"),),
        strategy=strategy,
        reason="because it is so",
        keys=(key, twin),
        may_split=False,
    )


def strategy_section(strategy: LoadStrategy, **treated: object) -> str:
    plan = msgspec.structs.replace(review_plan(TREE), components=(component(strategy, **treated),))
    text = section(document(TREE, plan), "Self-references and cycles")
    assert "Why: because it is so" in text
    assert "must not be split" in text
    assert "`nodes.parent_id → nodes`" in text
    return text


def test_one_statement_is_told_with_its_sql() -> None:
    (sql,) = blocks(strategy_section(LoadStrategy.ONE_STATEMENT), "sql")
    assert "COPY public.nodes (id) FROM stdin;  -- 40 rows" in sql


def test_deferred_is_told_with_its_sql() -> None:
    (sql,) = blocks(strategy_section(LoadStrategy.DEFERRED, set_null=()), "sql")
    assert "COPY" in sql
    text = strategy_section(LoadStrategy.DEFERRED, match_columns=("id",))
    assert "SET CONSTRAINTS public.nodes_parent_id_fkey DEFERRED;" in text
    assert "`nodes.twin_id → nodes`, kept by the order of the tables" in text


def test_parents_first_walks_every_self_reference_and_no_timestamp() -> None:
    (sql,) = blocks(strategy_section(LoadStrategy.PARENTS_FIRST), "sql")
    assert "WITH RECURSIVE" in sql
    assert "child.parent_id = walk.id" in sql
    assert "child.twin_id = walk.id" in sql


def test_two_pass_names_what_comes_as_null_and_how_it_is_filled() -> None:
    text = strategy_section(LoadStrategy.TWO_PASS, set_null=("parent_id",), match_columns=("id",))
    assert "NULL in the first pass: `parent_id`" in text
    (sql,) = blocks(text, "sql")
    assert "SET parent_id = links.parent_id" in sql
    assert "WHERE loaded.id = links.id" in sql


def test_drop_and_restore_drops_before_the_rows_and_restores_after_them() -> None:
    (sql,) = blocks(strategy_section(LoadStrategy.DROP_AND_RESTORE, match_columns=("id",)), "sql")
    dropped, loaded, restored = (
        sql.index(words) for words in ("DROP CONSTRAINT nodes_parent_id_fkey", "COPY", "ADD CONSTRAINT")
    )
    assert dropped < loaded < restored


def test_a_cycle_that_no_strategy_was_chosen_for_is_named_all_the_same() -> None:
    text = section(document(harbour()), "Self-references and cycles")
    assert "### `tariff.rates`, `tariff.zones`" in text
    assert "`tariff.zones.rates_id → tariff.rates`" in text
    assert "ports" not in text


def test_in_bulk_layout_self_references_need_no_strategy() -> None:
    text = document(TREE, review_plan(TREE, layout=Layout.BULK))
    assert "before the keys exist" in section(text, "Self-references and cycles")


# --- checks -----------------------------------------------------------------------------------------------


def test_every_check_judges_itself() -> None:
    found = checks(document(harbour()))
    assert len(found) > 12
    assert all(" AS ok\n" in sql and sql.count(";\n") == 1 for sql in found)


def test_a_partitioned_table_is_counted_once_and_a_parent_without_its_heirs() -> None:
    source = catalog(
        [
            table("parent", rows=3),
            table("heir", rows=2, inherits=("parent",)),
            table("whole", kind=TableKind.PARTITIONED),
            table("part", rows=5, partition_of="whole"),
        ]
    )
    (sql,) = [each for each in checks(document(source)) if "every row is there" in each]
    assert "FROM ONLY public.parent" in sql
    assert "FROM public.whole" in sql
    assert "FROM public.part\n" not in sql
    assert "10 AS expected" in sql


def test_uncounted_tables_are_not_compared() -> None:
    source = catalog([table("here", rows=3), table("elsewhere", rows=None, kind=TableKind.FOREIGN)])
    assert not any("FROM public.elsewhere" in sql for sql in checks(document(source)))


def test_keys_that_promise_nothing_are_not_searched_for_orphans() -> None:
    source = catalog(
        ["a", "b"],
        [
            foreign_key("b", "a", columns=("x",), validated=False),
            foreign_key("b", "a", columns=("y",), enforced=False, validated=False),
        ],
    )
    text = section(document(source), "Validation queries")
    assert not any("orphans" in sql for sql in checks(text))
    assert "Left out: 2 keys" in text


def test_shapes_of_self_references_are_what_the_check_expects() -> None:
    shape = SelfReferenceShape(table=named("nodes"), roots=4, linked=36, depth=7)
    text = document(TREE, shapes={named("nodes"): shape})
    assert "roots = 4 AND linked = 36 AND total = 40 AS ok" in text


# --- files ------------------------------------------------------------------------------------------------


def test_a_file_that_was_split_is_listed_by_its_parts() -> None:
    plan = review_plan(TREE)
    name = next(file.name for file in plan.files if file.kind is FileKind.DATA and file.group == "wave-1")
    number_, rest = name.split("-", 1)
    written = [
        FileFigures(name=f"{number_}{part}-{rest}", rows=rows, bytes=MEGABYTE)
        for part, rows in (("b", 1_000_000), ("a", 2_000_000))
    ]
    text = document(TREE, plan, written=written)
    assert f"`{number_}a-{rest}`, `{number_}b-{rest}`" in section(text, "Group 2")
    assert f"`{number_}a-{rest}` 2,000,000 rows, `{number_}b-{rest}` 1,000,000 rows" in text
    files = section(text, "Generated files")
    assert f"`sql/{name}`" not in files
    assert files.index(f"`sql/{number_}a-{rest}`") < files.index(f"`sql/{number_}b-{rest}`")
    assert "2 files as written" in section(text, "Disk on the target")


def test_rollback_runs_the_files_in_the_opposite_order() -> None:
    plan = review_plan(TREE)
    stages = blocks(section(document(TREE, plan), "After the rows"), "sh")
    named_files = re.findall(r"sql/rollback/(\d\d)-undo-(\S+)", stages[0])
    undone = [file.name for file in reversed(plan.files) if file.kind is not FileKind.VALIDATE]
    assert named_files == [(f"{place:02}", name) for place, name in enumerate(undone, 1)]


def test_many_rollback_files_are_run_by_a_loop() -> None:
    names = [named(f"t{place:02}") for place in range(41)]
    source = catalog([table(name) for name in names])
    plan = review_plan(source, [group_of_tables(source, name.name, name) for name in names])
    (before,) = blocks(section(document(source, plan), "Before the rows"), "sh")
    assert before.startswith("for file in sql/rollback/*-schema-*.sql; do\n")


# --- expectations -----------------------------------------------------------------------------------------


def test_without_a_measurement_no_time_is_given() -> None:
    text = section(document(TREE), "Time")
    assert "No throughput was measured" in text
    assert not re.search(r"\d (ms|s|min|h)\b", text)


def test_with_a_measurement_the_time_for_rows_is_their_size_at_that_rate() -> None:
    source = catalog([table("t", rows=10, bytes=100 * MEGABYTE)])
    measured = Throughput(bytes=50 * MEGABYTE, seconds=10.0, measured_on="a rehearsal")
    text = section(document(source, throughput=measured), "Time")
    assert "Measured: 5120 kB/s, 50 MB of tables in 10.0 s (a rehearsal)" in text
    (rows,) = [row for row in cells(text) if row[0] == "rows"]
    assert rows[-1] == "20.0 s"


def test_memory_for_foreign_keys_counts_rows_and_keys() -> None:
    # 3,000,000 rows, two keys, 12 bytes each: 72,000,000 bytes
    assert "up to 69 MB in one statement" in section(document(TREE), "Memory")
    bulk = document(TREE, review_plan(TREE, layout=Layout.BULK))
    assert "in one statement" not in section(bulk, "Memory")


def test_memory_names_the_largest_vector_index() -> None:
    source = catalog(
        ["t"],
        indexes=[
            index("t", "small", method="hnsw", bytes=MEGABYTE),
            index("t", "large", method="hnsw", bytes=64 * MEGABYTE),
        ],
    )
    text = section(document(source), "Memory")
    assert "64 MB" in text
    assert "`public.large`" in text


# --- hostile names ----------------------------------------------------------------------------------------

HOSTILE_NAMES = [
    "`````\n```sql\nDROP TABLE users; --",
    "a|b\n## heading\n</script>\x1b[2J",
    "\\! touch pwned",
    "'; DROP TABLE users; --",
    '"quoted"',
    "\u202eright to left",
]


def hostile_catalog(names: Iterable[str]) -> Catalog:
    tables = [QualifiedName("public", name) for name in names]
    return catalog(
        [table(name, rows=1) for name in tables],
        [
            *(foreign_key(name, tables[0], columns=(name.name,), name=name.name) for name in tables[1:]),
            foreign_key(tables[0], tables[0], columns=(tables[0].name,), referenced_columns=("x\n```",)),
        ],
    )


@pytest.mark.parametrize("layout", list(Layout))
def test_hostile_names_change_nothing_of_the_document(layout: Layout) -> None:
    source, harmless = hostile_catalog(HOSTILE_NAMES), hostile_catalog("abcdef")
    text, plain = (
        migration_order(review_plan(each, layout=layout), each, order_tables(each))
        for each in (source, harmless)
    )
    assert not any(unicodedata.category(each) in {"Cc", "Cf"} for each in text.replace("\n", ""))
    tokens, plain_tokens = (MarkdownIt("commonmark").enable("table").parse(each) for each in (text, plain))
    assert [token.type for token in tokens] == [token.type for token in plain_tokens]
    for token in tokens:
        for child in token.children or ():
            assert child.type != "html_inline" or child.content in {"<code>", "</code>"}


def test_a_fence_is_longer_than_any_within() -> None:
    assert code_block("sql", ["a", "x ````` y"]) == ["``````sql", "a", "x ````` y", "``````", ""]
    assert code_block("sql", ["``"]) == ["```sql", "``", "```", ""]


def test_a_literal_hides_nothing() -> None:
    assert visible_literal("it's") == "'it''s'"
    assert visible_literal("a\\b") == r"E'a\\b'"
    assert visible_literal("a\n'\\\u202e\U000e0001") == r"E'a\u000A''\\\u202E\U000E0001'"
