"""A plan loads every table, places every entry, and waits where it must; or it is not made."""

from __future__ import annotations

from typing import TypeVar

import pytest

from pilotage.config.records import Configuration, GroupRequest, Position, TablePattern
from pilotage.errors import RefusedError
from pilotage.model.archive import Archive, ArchiveEntry, Section
from pilotage.model.catalog import Catalog, ConstraintKind, Generated, TableKind, ViewKind
from pilotage.model.choices import Layout
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.names import QualifiedName
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    CopyFormat,
    HazardKind,
    LoadLargeObjects,
    LoadTable,
    Plan,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
    ValidateForeignKey,
)
from pilotage.model.roles import RoleChoices
from pilotage.model.scope import Scope
from pilotage.plan import encode_plan, make_plan
from tests.archives import archive, archive_of, constraint_entry, entry
from tests.catalogs import catalog, column, constraint, foreign_key, index, named, sequence, table, view

S = TypeVar("S", bound=Step)


def plan_of(source: Catalog, *further: ArchiveEntry) -> Plan:
    return make_plan(source, archive_of(source, *further))


def of_kind(plan: Plan, kind: type[S]) -> list[S]:
    return [step for step in plan.steps if isinstance(step, kind)]


def waits_for(plan: Plan, after: str) -> set[str]:
    """The steps that a step waits for, directly."""
    return {edge.before for edge in plan.edges if edge.after == after}


def fleet() -> tuple[Catalog, Archive]:
    """Tables, a cycle, partitions, an index, a materialized view: one of everything that has its own step."""
    source = catalog(
        tables=(
            table("ports", rows=3),
            table("ships", rows=5),
            table("voyages", kind=TableKind.PARTITIONED, bytes=0),
            table("voyages_1", rows=7, partition_of="voyages"),
            table("voyages_2", rows=8, partition_of="voyages"),
        ),
        foreign_keys=(
            foreign_key("ships", "ports", name="home"),
            foreign_key("ports", "ships", name="flagship"),
            foreign_key("voyages", "ships", name="by"),
        ),
        constraints=(constraint("ports", "ports_pkey"), constraint("ships", "ships_pkey")),
        indexes=(index("ships", "ships_note"), index("traffic", "traffic_id"), index("voyages_1", "v1")),
        sequences=(sequence("ports_seq", owned_by=("ports", "id"), last_value=9, is_called=True),),
        views=(view("traffic", kind=ViewKind.MATERIALIZED, reads=("voyages",), rows=3),),
    )
    ports, ships, voyages, voyages_1 = 1001, 1002, 1003, 1004
    entries = archive_of(
        source,
        entry(1, "MATERIALIZED VIEW", "traffic", needs=(voyages,)),
        constraint_entry(2, "ports", "ports_pkey", needs=(ports,)),
        constraint_entry(3, "ships", "ships_pkey", needs=(ships,)),
        entry(4, "INDEX", "ships_note", needs=(ships,)),
        entry(5, "INDEX", "traffic_id", needs=(1,)),
        entry(6, "INDEX ATTACH", "v1", needs=(voyages_1,)),
        constraint_entry(7, "ships", "home", kind="FK CONSTRAINT", needs=(ships, ports, 2)),
        constraint_entry(8, "ports", "flagship", kind="FK CONSTRAINT", needs=(ships, ports, 3)),
        constraint_entry(9, "voyages", "by", kind="FK CONSTRAINT", needs=(ships, voyages, 3)),
        entry(10, "COMMENT", "CONSTRAINT home ON ships", needs=(7,)),
        entry(11, "TRIGGER", "ships touch", needs=(ships,)),
        entry(12, "ACL", "TABLE ships", needs=(ships,)),
        entry(13, "MATERIALIZED VIEW DATA", "traffic", needs=(1,)),
        entry(14, "EVENT TRIGGER", "watch", schema=""),
        entry(15, "COMMENT", "TRIGGER touch ON ships", needs=(11,)),
    )
    return source, entries


def test_the_steps_can_be_run_one_after_another() -> None:
    plan = make_plan(*fleet())
    place = {step.id: number for number, step in enumerate(plan.steps)}
    assert len(place) == len(plan.steps)
    assert plan.edges
    for edge in plan.edges:
        assert place[edge.before] < place[edge.after], edge
    stages = [list(Stage).index(step.stage) for step in plan.steps]
    assert stages == sorted(stages)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert encode_plan(make_plan(*fleet())) == encode_plan(make_plan(*fleet()))


def test_every_table_that_stores_rows_is_loaded_once() -> None:
    plan = make_plan(*fleet())
    assert sorted(step.table.name for step in of_kind(plan, LoadTable)) == [
        "ports",
        "ships",
        "voyages_1",
        "voyages_2",
    ]
    assert "table public ships" in waits_for(plan, "rows public.ships")


def test_every_entry_is_in_the_plan() -> None:
    source, entries = fleet()
    statements = [
        step.sql.replace(" NOT VALID;", ";")
        for step in make_plan(source, entries).steps
        if not isinstance(
            step, LoadTable | LoadLargeObjects | SetSequence | AnalyzeTable | ValidateForeignKey
        )
    ]
    assert sorted(statements) == sorted(each.definition for each in entries.entries)


def test_a_foreign_key_waits_for_the_rows_of_both_ends_and_the_key_it_references() -> None:
    plan = make_plan(*fleet())
    assert waits_for(plan, "fk constraint public voyages by") >= {
        "rows public.voyages_1",
        "rows public.voyages_2",
        "rows public.ships",
        "constraint public ships ships_pkey",
    }


def test_constraints_and_indexes_wait_for_the_rows_of_their_table_alone() -> None:
    plan = make_plan(*fleet())
    rows = {step.id for step in of_kind(plan, LoadTable)}
    assert waits_for(plan, "constraint public ports ports_pkey") & rows == {"rows public.ports"}
    assert waits_for(plan, "index public ships_note") & rows == {"rows public.ships"}


def test_foreign_keys_between_the_same_tables_lock_the_same() -> None:
    locks = {step.constraint: step.locks for step in of_kind(make_plan(*fleet()), AddForeignKey)}
    mode = LockMode.SHARE_ROW_EXCLUSIVE
    ports, ships = (TableLock(table=named(name), mode=mode) for name in ("ports", "ships"))
    assert locks["home"] == locks["flagship"] == (ports, ships)
    assert locks["by"] == (ships, TableLock(table=named("voyages"), mode=mode, with_partitions=True))


def test_plain_index_builds_of_one_table_may_run_side_by_side_and_attaching_may_not() -> None:
    steps = {step.index.name: step for step in of_kind(make_plan(*fleet()), BuildIndex)}
    assert steps["ships_note"].locks == (TableLock(table=named("ships"), mode=LockMode.SHARE),)
    assert TableLock(table=named("voyages"), mode=LockMode.SHARE_UPDATE_EXCLUSIVE) in steps["v1"].locks
    assert steps["v1"].cost.bytes == 0


def test_an_index_that_also_alters_its_table_locks_it() -> None:
    source = catalog(("t",), indexes=(index("t", "i"),))
    definition = "CREATE INDEX i ON public.t (id);\n\nALTER TABLE public.t CLUSTER ON i;\n"
    (step,) = of_kind(
        plan_of(source, entry(1, "INDEX", "i", definition=definition, needs=(1001,))), BuildIndex
    )
    assert [lock.mode for lock in step.locks] == [LockMode.SHARE, LockMode.SHARE_UPDATE_EXCLUSIVE]
    assert {lock.table for lock in step.locks} == {named("t")}


def test_a_materialized_view_gets_its_index_then_its_rows_then_its_statistics() -> None:
    plan = make_plan(*fleet())
    place = {step.id: number for number, step in enumerate(plan.steps)}
    assert (
        place["materialized view public traffic"]
        < place["index public traffic_id"]
        < place["materialized view data public traffic"]
        < place["statistics public.traffic"]
    )
    assert waits_for(plan, "statistics public.traffic") == {"materialized view data public traffic"}
    assert [step.view for step in of_kind(plan, RefreshView)] == [named("traffic")]


def test_comments_follow_what_they_describe_into_its_stage() -> None:
    stages = {step.object: step.stage for step in of_kind(make_plan(*fleet()), RunDdl)}
    assert stages["public CONSTRAINT home ON ships"] is Stage.DATA
    assert stages["public TRIGGER touch ON ships"] is Stage.FINISH


def test_privileges_come_after_all_else_of_their_stage() -> None:
    finish = [step.id for step in make_plan(*fleet()).steps_of(Stage.FINISH)]
    assert finish == [
        "trigger public ships touch",
        "comment public TRIGGER touch ON ships",
        "acl public TABLE ships",
    ]


def test_what_needs_a_step_of_a_later_stage_moves_there() -> None:
    source = catalog(("t",))
    late = entry(1, "RULE", "v _RETURN", needs=(1001,))
    plan = plan_of(
        source, late, entry(2, "MATERIALIZED VIEW", "m", needs=(1,)), entry(3, "INDEX", "i", needs=(2,))
    )
    stages = {step.id: step.stage for step in plan.steps}
    assert stages["materialized view public m"] is Stage.FINISH
    assert stages["index public i"] is Stage.FINISH


def test_a_partitioned_table_is_analyzed_with_its_partitions() -> None:
    analyzed = {str(step.table) for step in of_kind(make_plan(*fleet()), AnalyzeTable)}
    assert analyzed == {"public.ports", "public.ships", "public.voyages", "public.traffic"}


def test_analyze_reaches_no_other_server() -> None:
    source = catalog(
        tables=(
            table("p", kind=TableKind.PARTITIONED),
            table("here", rows=4, partition_of="p"),
            table("there", rows=None, kind=TableKind.FOREIGN, partition_of="p"),
        )
    )
    plan = plan_of(source)
    assert [step.table.name for step in of_kind(plan, AnalyzeTable)] == ["here"]
    assert [step.table.name for step in of_kind(plan, LoadTable)] == ["here"]
    (hazard,) = plan.hazards
    assert (hazard.kind, hazard.object) == (HazardKind.NOT_MIGRATED, "rows of foreign table public.there")


def test_a_partition_whose_table_is_outside_the_scope_is_loaded_and_analyzed() -> None:
    plan = plan_of(catalog(tables=(table("part", rows=4, partition_of="other.whole"),)))
    assert [step.table.name for step in of_kind(plan, LoadTable)] == ["part"]
    assert [step.table.name for step in of_kind(plan, AnalyzeTable)] == ["part"]


def test_generated_columns_are_not_copied_and_an_obstacle_makes_it_text() -> None:
    plan = plan_of(
        catalog(
            tables=(
                table("plain", columns=(column("id"), column("twice", generated=Generated.STORED))),
                table("odd", columns=(column("id"), column("what", text_only_because="because"))),
            )
        )
    )
    odd, plain = of_kind(plan, LoadTable)
    assert (plain.columns, plain.format) == (("id",), CopyFormat.BINARY)
    assert (odd.columns, odd.format, odd.format_reason) == (("id", "what"), CopyFormat.TEXT, "because")


def test_names_with_spaces_are_told_apart() -> None:
    """The tags of ``c`` on ``a b`` and of ``b c`` on ``a`` are the same."""
    source = catalog(("a", "a b"), constraints=(constraint("a", "b c"), constraint("a b", "c")))
    plan = plan_of(
        source,
        constraint_entry(1, "a", "b c", needs=(1001,)),
        constraint_entry(2, "a b", "c", needs=(1002,)),
    )
    found = {(step.table.name, step.constraint): step.id for step in of_kind(plan, AddConstraint)}
    assert set(found) == {("a", "b c"), ("a b", "c")}
    assert len(set(found.values())) == 2
    assert "rows public.a" in waits_for(plan, found["a", "b c"])
    assert 'rows public."a b"' in waits_for(plan, found["a b", "c"])


@pytest.mark.parametrize(
    ("table_name", "name"),
    [
        ('x"y', 'z"'),
        ("two\nlines\n    ADD CONSTRAINT fake ", "real"),
        ("t", "select"),
        ("t", "ADD CONSTRAINT u"),
    ],
)
def test_hostile_constraint_names_are_recognized(table_name: str, name: str) -> None:
    on = QualifiedName("public", table_name)
    source = catalog(tables=(table(on),), constraints=(constraint(on, name),))
    (step,) = of_kind(plan_of(source, constraint_entry(1, table_name, name, needs=(1001,))), AddConstraint)
    assert (step.table, step.constraint) == (on, name)


@pytest.mark.parametrize(("enforced", "word"), [(True, "NOT VALID"), (False, "NOT ENFORCED")])
def test_a_key_that_is_not_validated_is_a_hazard(enforced: bool, word: str) -> None:
    source = catalog(
        ("a", "b"), foreign_keys=(foreign_key("a", "b", name="f", validated=False, enforced=enforced),)
    )
    (step,) = of_kind(
        plan_of(source, constraint_entry(1, "a", "f", kind="FK CONSTRAINT", needs=(1001, 1002))),
        AddForeignKey,
    )
    (hazard,) = step.hazards
    assert hazard.kind is HazardKind.UNVALIDATED
    assert word in hazard.message


def test_a_table_of_the_archive_that_was_not_read_is_refused_by_name() -> None:
    source = catalog(("t",))
    with pytest.raises(RefusedError) as refusal:
        make_plan(
            source, archive_of(source, entry(1, "TABLE", "t", schema="cron"), entry(2, "SEQUENCE", "s"))
        )
    assert "table cron.t is defined by pg_dump" in str(refusal.value)
    assert "sequence public.s is defined by pg_dump" in str(refusal.value)
    assert "public.t" not in str(refusal.value)


def test_a_table_that_pg_dump_does_not_define_is_refused_by_name() -> None:
    with pytest.raises(RefusedError, match=r"table public\.u was read, but pg_dump does not define it"):
        make_plan(catalog(("t", "u")), archive(entry(1, "TABLE", "t")))


@pytest.mark.parametrize("section", Section)
def test_an_entry_of_an_unknown_kind_is_named(section: Section) -> None:
    plan = plan_of(catalog(("t",)), entry(1, "ODDITY", "x", section=section))
    (hazard,) = plan.hazards
    assert (hazard.kind, hazard.object) == (HazardKind.NOT_MIGRATED, "oddity public x")
    assert "kind" in hazard.message


def test_what_needs_an_entry_of_an_unknown_kind_is_left_behind_with_it_and_named() -> None:
    there, gone = QualifiedName("public", "there"), QualifiedName("public", "gone")
    plan = make_plan(
        catalog(
            (table("there", rows=1), table("gone", rows=1)),
            foreign_keys=(foreign_key("gone", "there", name="gone_there"),),
        ),
        archive(
            entry(1, "ODDITY", "x"),
            entry(2, "TABLE", "there"),
            entry(3, "TABLE", "gone", needs=(1,)),
            entry(4, "COMMENT", "TABLE gone", needs=(3,)),
            constraint_entry(5, "gone", "gone_there", kind="FK CONSTRAINT", needs=(2, 3)),
        ),
    )
    assert [hazard.object for hazard in plan.hazards] == [
        "oddity public x",
        "table public gone",
        "comment public TABLE gone",
        "fk constraint public gone gone_there",
    ]
    assert "oddity public x" in plan.hazards[1].message
    assert [step.table for step in of_kind(plan, LoadTable)] == [there]
    assert [step.table for step in of_kind(plan, AnalyzeTable)] == [there]
    assert not [edge for edge in plan.edges if str(gone) in edge.before or str(gone) in edge.after]


OF_THE_DATABASE = (
    entry(1, "DATABASE", "hotel", schema=""),
    entry(
        2,
        "DATABASE PROPERTIES",
        "hotel",
        schema="",
        definition="ALTER DATABASE hotel SET work_mem TO '100%';\n"
        "ALTER ROLE r IN DATABASE hotel SET jit TO 'off';\n",
    ),
    entry(3, "COMMENT", "DATABASE hotel", schema="", definition="COMMENT ON DATABASE hotel IS 'hotel';\n"),
)


def test_what_is_of_the_database_comes_last_and_names_the_database_that_it_runs_in() -> None:
    plan = plan_of(catalog(("t",)), *OF_THE_DATABASE)
    assert plan.hazards == ()
    last = [step for step in of_kind(plan, RunDdl) if step.stage is Stage.ACTIVATE]
    assert [step.id for step in last] == [
        "database properties SETTINGS OF DATABASE",
        "database properties SETTINGS OF ROLE r IN DATABASE",
        "comment DATABASE",
    ]
    assert "ALTER DATABASE %I SET work_mem TO ''100%%''" in last[0].sql
    assert "ALTER ROLE r IN DATABASE %I SET jit TO ''off''" in last[1].sql
    assert "COMMENT ON DATABASE %I IS ''hotel''" in last[2].sql


def test_what_is_of_the_database_is_named_where_it_is_not_wanted() -> None:
    source = catalog(("t",))
    plan = make_plan(source, archive_of(source, *OF_THE_DATABASE), roles=RoleChoices(database_settings=False))
    assert [hazard.object for hazard in plan.hazards] == [
        "database properties of hotel",
        "comment of DATABASE hotel",
    ]
    assert [step.id for step in of_kind(plan, RunDdl)] == ["table public t"]


def test_ids_stay_unique_where_descriptions_are_not() -> None:
    plan = plan_of(catalog(("t",)), entry(1, "CAST", "x", schema=""), entry(2, "CAST", "x", schema=""))
    assert [step.id for step in of_kind(plan, RunDdl)] == ["table public t", "cast x", "cast x #2"]


def test_an_empty_database_has_an_empty_plan() -> None:
    plan = make_plan(catalog(), archive(entry(1, "ENCODING", "ENCODING", schema="")))
    assert (plan.steps, plan.edges, plan.groups, plan.hazards) == ((), (), (), ())


def test_a_check_of_a_domain_comes_after_the_rows_of_all_tables() -> None:
    source = catalog(("t",), constraints=(constraint("d", "late"),))
    late = entry(
        1,
        "CHECK CONSTRAINT",
        "d late",
        definition="ALTER DOMAIN public.d\n    ADD CONSTRAINT late CHECK (…);\n",
    )
    plan = plan_of(source, late, entry(2, "COMMENT", "CONSTRAINT late ON DOMAIN d", needs=(1,)))
    assert [step.id for step in plan.steps_of(Stage.FINISH)] == [
        "check constraint public d late",
        "comment public CONSTRAINT late ON DOMAIN d",
    ]


# --- for review ----------------------------------------------------------------------------------------


def review_of(
    source: Catalog, entries: Archive, *groups: tuple[str, str], layout: Layout = Layout.SCHEMA_FIRST
) -> Plan:
    """A plan with these groups: a name, and its tables with spaces between."""
    position = Position("p.toml", 1)
    requests = tuple(
        GroupRequest(
            name=name,
            title=name.capitalize(),
            purpose="",
            tables=tuple(TablePattern(text=text, position=position) for text in tables.split()),
            schema_number=None,
            data_number=None,
            position=position,
        )
        for name, tables in groups
    )
    return make_plan(source, entries, Configuration(layout=layout, groups=requests))


def fleet_review(layout: Layout) -> Plan:
    return review_of(*fleet(), ("people", "ships"), ("places", "ports voyages"), layout=layout)


def file_of(plan: Plan, step: str) -> str:
    (found,) = [file.name for file in plan.files if step in file.steps]
    return found


@pytest.mark.parametrize("layout", Layout)
def test_a_plan_for_review_holds_the_steps_of_a_direct_one(layout: Layout) -> None:
    direct = {
        step.id: getattr(step, "sql", "").replace(" NOT VALID;", ";")
        for step in make_plan(*fleet()).steps
        if not isinstance(step, ValidateForeignKey)
    }
    reviewed = fleet_review(layout)
    assert {step.id: getattr(step, "sql", "") for step in reviewed.steps} == direct
    assert reviewed.fingerprint == make_plan(*fleet()).fingerprint
    assert reviewed.layout is layout


@pytest.mark.parametrize("layout", Layout)
def test_groups_in_a_circle_put_the_fewest_keys_last(layout: Layout) -> None:
    plan = fleet_review(layout)
    assert plan.order is not None
    assert plan.order.planned == ("people", "places")
    (deferred,) = plan.order.deferred_keys
    assert (deferred.constraint, deferred.circle) == ("home", ("people", "places", "people"))
    late = "80-deferred-constraints.sql"
    assert file_of(plan, "fk constraint public ships home") == late
    # Its comment cannot come before it.
    assert file_of(plan, "comment public CONSTRAINT home ON ships") == late


def test_in_schema_first_what_is_on_a_table_stands_in_its_groups_file() -> None:
    plan = fleet_review(Layout.SCHEMA_FIRST)
    assert file_of(plan, "constraint public ships ships_pkey") == "01-schema-people.sql"
    assert file_of(plan, "trigger public ships touch") == "01-schema-people.sql"
    assert file_of(plan, "acl public TABLE ships") == "01-schema-people.sql"
    assert file_of(plan, "fk constraint public voyages by") == "02-schema-places.sql"
    assert file_of(plan, "rows public.ships") == "10-data-people.sql"
    assert file_of(plan, "event trigger watch") == "81-finish.sql"
    (reason,) = [step.reason for step in plan.steps if step.id == "fk constraint public voyages by"]
    assert "loaded" not in reason


def test_in_bulk_it_comes_after_the_rows() -> None:
    plan = fleet_review(Layout.BULK)
    assert file_of(plan, "constraint public ships ships_pkey") == "40-keys-people.sql"
    assert file_of(plan, "fk constraint public voyages by") == "41-keys-places.sql"
    assert file_of(plan, "trigger public ships touch") == "60-guards-people.sql"
    assert file_of(plan, "acl public TABLE ships") == "60-guards-people.sql"
    assert file_of(plan, "materialized view data public traffic") == "81-finish.sql"


@pytest.mark.parametrize(("layout", "kind"), [(Layout.SCHEMA_FIRST, "02-schema"), (Layout.BULK, "41-keys")])
def test_the_index_of_a_materialized_view_stands_with_its_view(layout: Layout, kind: str) -> None:
    plan = fleet_review(layout)
    assert file_of(plan, "materialized view public traffic") == "02-schema-places.sql"
    assert file_of(plan, "index public traffic_id") == f"{kind}-places.sql"


def test_what_names_a_table_of_a_later_group_stands_in_that_groups_file() -> None:
    source = catalog(("a", "b"), indexes=(index("a", "a_index"),))
    entries = archive_of(
        source,
        entry(1, "FUNCTION", "f(b)", needs=(1002,)),
        entry(2, "INDEX", "a_index", needs=(1001, 1)),
        entry(3, "POLICY", "a reads_b", needs=(1001, 1002)),
    )
    plan = review_of(source, entries, ("one", "a"), ("two", "b"))
    assert plan.order is not None
    assert plan.order.planned == ("one", "two")
    for step in ("index public a_index", "policy public a reads_b", "function public f(b)"):
        assert file_of(plan, step) == "02-schema-two.sql"
    assert {step.group for step in plan.steps if step.id == "index public a_index"} == {"two"}


@pytest.mark.parametrize("kind", [ConstraintKind.CHECK, ConstraintKind.NOT_NULL])
def test_what_the_source_never_validated_stops_no_row(kind: ConstraintKind) -> None:
    """A NOT NULL that is not valid is an entry like a primary key's, and checks each row that comes."""
    source = catalog(("t",), constraints=(constraint("t", "c", kind=kind, validated=False),))
    entries = archive_of(
        source,
        constraint_entry(1, "t", "c", needs=(1001,)),
        entry(2, "COMMENT", "CONSTRAINT c ON t", needs=(1,)),
    )
    plan = review_of(source, entries, ("one", "t"))
    assert file_of(plan, "constraint public t c") == "80-deferred-constraints.sql"
    assert file_of(plan, "comment public CONSTRAINT c ON t") == "80-deferred-constraints.sql"
    (step,) = of_kind(plan, AddConstraint)
    assert step.reason == "the source never checked all rows against it, so it comes after them"


def test_a_key_that_never_held_orders_no_groups() -> None:
    source = catalog(
        ("a", "b"), foreign_keys=(foreign_key("a", "b", name="f", validated=False), foreign_key("b", "a"))
    )
    entries = archive_of(
        source,
        constraint_entry(1, "a", "f", kind="FK CONSTRAINT", needs=(1001, 1002)),
        constraint_entry(2, "b", "b_a_id_fkey", kind="FK CONSTRAINT", needs=(1001, 1002)),
    )
    plan = review_of(source, entries, ("one", "a"), ("two", "b"))
    assert plan.order is not None
    assert (plan.order.planned, plan.order.deferred_keys) == (("one", "two"), ())
    assert file_of(plan, "fk constraint public a f") == "80-deferred-constraints.sql"


def test_a_database_without_tables_has_files_all_the_same() -> None:
    source = catalog(sequences=(sequence("s"),))
    plan = review_of(source, archive_of(source, entry(1, "FUNCTION", "f()")))
    assert [(file.name, file.steps) for file in plan.files] == [
        ("01-schema.sql", ("sequence public s", "function public f()")),
        ("10-data.sql", ("position public.s",)),
        ("90-validate.sql", ()),
    ]


def test_the_plan_remembers_which_scope_was_asked_for() -> None:
    source = catalog(("t",))
    asked = Scope(exclude=("audit",))
    assert make_plan(source, archive_of(source), Configuration(scope=asked)).asked_scope == asked
