"""What is copied again takes along all that stands on it, and nothing else."""

from __future__ import annotations

from pilotage.execute.undoing import Undoing
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    BuildIndex,
    Edge,
    EdgeReason,
    LoadLargeObjects,
    LoadTable,
    Plan,
    RunDdl,
    Stage,
    Step,
)
from tests.catalogs import named
from tests.unit.execute.test_parts import load
from tests.unit.execute.test_progress import plan_of


def index(name: str, table: str, drop: str = "") -> BuildIndex:
    return BuildIndex(
        id=f"index {name}",
        group="",
        reason="",
        index=named(name),
        table=named(table),
        method="btree",
        sql="",
        drop_sql=drop or f"DROP INDEX public.{name};",
    )


def key(table: str) -> AddConstraint:
    return AddConstraint(
        id=f"key {table}",
        group="",
        reason="",
        constraint="pkey",
        table=named(table),
        sql="",
        drop_sql=f"ALTER TABLE ONLY public.{table} DROP CONSTRAINT pkey;",
    )


def foreign_key(table: str, referenced: str) -> AddForeignKey:
    return AddForeignKey(
        id=f"fk {table}",
        group="",
        reason="",
        constraint="fkey",
        table=named(table),
        referenced=named(referenced),
        sql="",
        drop_sql=f"ALTER TABLE ONLY public.{table} DROP CONSTRAINT fkey;",
    )


def definition(kind: str, name: str, stage: Stage = Stage.DATA) -> RunDdl:
    return RunDdl(
        id=f"{kind} {name}".lower(),
        group="",
        reason="",
        stage=stage,
        kind=kind,
        object=name,
        sql="",
        drop_sql="",
    )


def edges(*pairs: tuple[Step, Step]) -> tuple[Edge, ...]:
    return tuple(sorted(Edge(a.id, b.id, EdgeReason.ROWS_FIRST) for a, b in pairs))


PARENT, CHILD = load("parent", 10), load("child", 10)
PARENT_INDEX, PARENT_KEY = index("pkey", "parent"), key("parent")
CHILD_INDEX, CHILD_FK = index("child_parent", "child"), foreign_key("child", "parent")
ON_KEY = definition("COMMENT", "CONSTRAINT fkey ON public.child")
STEPS = (PARENT, CHILD, PARENT_INDEX, PARENT_KEY, CHILD_INDEX, CHILD_FK, ON_KEY)
EDGES = edges(
    (PARENT, PARENT_INDEX),
    (PARENT_INDEX, PARENT_KEY),
    (CHILD, CHILD_INDEX),
    (PARENT, CHILD_FK),
    (CHILD, CHILD_FK),
    (PARENT_KEY, CHILD_FK),
    (CHILD_FK, ON_KEY),
)


def undo(plan: Plan, step: LoadTable | LoadLargeObjects, done: set[str]) -> tuple[list[str], set[str]]:
    sql, undone = Undoing(plan).of_load(step, done)
    assert len(undone) == len(set(undone))
    return sql.splitlines(), set(undone)


def test_a_referenced_table_loses_the_keys_that_reference_it_first() -> None:
    statements, undone = undo(plan_of(STEPS, EDGES), PARENT, {step.id for step in STEPS})
    assert statements == [
        "ALTER TABLE ONLY public.child DROP CONSTRAINT fkey;",
        "ALTER TABLE ONLY public.parent DROP CONSTRAINT pkey;",
        "DROP INDEX IF EXISTS public.pkey;",
        "TRUNCATE ONLY public.parent;",
    ]
    assert undone == {PARENT.id, PARENT_INDEX.id, PARENT_KEY.id, CHILD_FK.id, ON_KEY.id}


def test_a_referencing_table_leaves_the_referenced_one_as_it_is() -> None:
    statements, undone = undo(plan_of(STEPS, EDGES), CHILD, {step.id for step in STEPS})
    assert statements == [
        "ALTER TABLE ONLY public.child DROP CONSTRAINT fkey;",
        "DROP INDEX IF EXISTS public.child_parent;",
        "TRUNCATE ONLY public.child;",
    ]
    assert undone == {CHILD.id, CHILD_INDEX.id, CHILD_FK.id, ON_KEY.id}


def test_what_is_not_done_is_not_undone() -> None:
    statements, undone = undo(plan_of(STEPS, EDGES), PARENT, {PARENT.id, PARENT_INDEX.id})
    assert statements == ["DROP INDEX IF EXISTS public.pkey;", "TRUNCATE ONLY public.parent;"]
    assert undone == {PARENT.id, PARENT_INDEX.id}


def test_an_index_that_others_stand_on_stays_with_all_of_its_table() -> None:
    """A view that groups by a primary key needs it; a partitioned index needs its parts."""
    view = definition("VIEW", "public.grouped")
    plan = plan_of((*STEPS, view), (*EDGES, *edges((PARENT_KEY, view))))
    statements, undone = undo(plan, PARENT, {step.id for step in plan.steps})
    assert statements == [
        "ALTER TABLE ONLY public.child DROP CONSTRAINT fkey;",
        "TRUNCATE ONLY public.parent;",
    ]
    assert undone == {PARENT.id, CHILD_FK.id, ON_KEY.id}


def test_rows_of_an_extensions_table_are_deleted_by_their_condition() -> None:
    mine = load("settings", 10, condition="WHERE NOT builtin")
    statements, undone = undo(plan_of((mine,), ()), mine, {mine.id})
    assert statements == ["DELETE FROM ONLY public.settings WHERE NOT builtin;"]
    assert undone == {mine.id}


def test_large_objects_are_unlinked_by_the_transaction_that_made_them() -> None:
    objects = LoadLargeObjects(id="large objects", group="", reason="", first=5, last=900, number=3)
    (statement,), undone = undo(plan_of((objects,), ()), objects, {objects.id})
    assert (
        "WHERE xmin IN (SELECT done.xmin FROM pilotage.done WHERE done.step IN ('large objects'))"
        in statement
    )
    assert undone == {objects.id}
