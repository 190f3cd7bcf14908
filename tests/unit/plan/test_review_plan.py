"""A plan for review, whatever the database and the groups: every step in one file, in an order that holds."""

from __future__ import annotations

from itertools import permutations
from typing import get_args

from hypothesis import Phase, given, settings

from pilotage.errors import UsageError
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import AddConstraint, AddForeignKey, LoadTable, Plan, RunDdl, Stage, Step
from pilotage.model.review import FileKind
from pilotage.plan import encode_plan, make_plan, partition_root
from pilotage.plan.belonging import table_needs
from tests.strategies import DrawnReview, reviews

few = settings(max_examples=50)
"""For the tests below: drawing a database takes longer than looking at its plan."""


def plan_of(drawn: DrawnReview) -> Plan | None:
    """The plan; None where definitions make groups that were asked for wait for each other."""
    try:
        return make_plan(drawn.catalog, drawn.archive, drawn.configuration, fixes=drawn.fixes)
    except UsageError as refused:
        assert "need each other by the definitions of their tables" in str(refused)
        assert drawn.configuration.groups
        return None


def places(plan: Plan) -> dict[str, tuple[int, int]]:
    """For each step the number of its file and of itself in it."""
    return {
        step: (number, line) for number, file in enumerate(plan.files) for line, step in enumerate(file.steps)
    }


@few
@given(reviews())
def test_every_step_stands_in_one_file_after_all_that_it_waits_for(drawn: DrawnReview) -> None:
    plan = plan_of(drawn)
    if plan is None:
        return
    held = [step for file in plan.files for step in file.steps]
    assert sorted(held) == sorted(step.id for step in plan.steps)
    place = places(plan)
    order = {step.id: number for number, step in enumerate(plan.steps)}
    for edge in plan.edges:
        assert place[edge.before] < place[edge.after], edge
        assert order[edge.before] < order[edge.after], edge
    names = [file.name for file in plan.files]
    assert names == sorted(set(names))


@few
@given(reviews())
def test_every_file_names_the_files_that_it_needs(drawn: DrawnReview) -> None:
    plan = plan_of(drawn)
    if plan is None:
        return
    file_of = {step: file for file in plan.files for step in file.steps}
    for edge in plan.edges:
        before, after = file_of[edge.before], file_of[edge.after]
        assert before is after or before.name in after.needs, edge
    for number, file in enumerate(plan.files):
        assert set(file.needs) <= {other.name for other in plan.files[:number]}


@few
@given(reviews())
def test_no_row_comes_before_one_that_it_references(drawn: DrawnReview) -> None:
    """Where keys stand with their tables. Rows of a component come in its own order, by its strategy."""
    plan = plan_of(drawn)
    if plan is None or plan.layout is not Layout.SCHEMA_FIRST:
        return
    place = places(plan)
    root = partition_root(drawn.catalog)
    component = {table: number for number, each in enumerate(plan.components) for table in each.tables}
    loads: dict[QualifiedName, list[str]] = {}
    for step in plan.steps:
        if isinstance(step, LoadTable):
            loads.setdefault(root[step.table], []).append(step.id)
    for key in plan.steps:
        if not isinstance(key, AddForeignKey) or key.stage is not Stage.STRUCTURE:
            continue
        one, other = root[key.table], root[key.referenced]
        for before in loads[other]:
            for after in loads[one]:
                same = one == other or component.get(one, -1) == component.get(other, -2)
                assert same or place[before] < place[after]


@few
@given(reviews())
def test_what_the_source_never_validated_and_what_closes_a_circle_comes_after_the_rows(
    drawn: DrawnReview,
) -> None:
    plan = plan_of(drawn)
    if plan is None or plan.order is None:
        return
    late = {(key.table, key.constraint) for key in plan.order.deferred_keys}
    if plan.layout is Layout.SCHEMA_FIRST:
        late |= {(key.table, key.name) for key in drawn.catalog.foreign_keys if not key.validated}
        late |= {(each.on, each.name) for each in drawn.catalog.constraints if not each.validated}
    file_of = {step: file for file in plan.files for step in file.steps}
    found = {
        (step.table, step.constraint)
        for step in plan.steps
        if isinstance(step, AddForeignKey | AddConstraint) and file_of[step.id].kind is FileKind.DEFERRED
    }
    assert found == late


@few
@given(reviews())
def test_what_acts_on_the_whole_database_comes_last(drawn: DrawnReview) -> None:
    plan = plan_of(drawn)
    if plan is None:
        return
    last = {"DEFAULT ACL", "EVENT TRIGGER", "PUBLICATION"}
    for file in plan.files:
        steps = [step for step in plan.steps if step.id in file.steps]
        kinds = {step.kind for step in steps if isinstance(step, RunDdl)}
        assert file.kind is FileKind.FINISH or kinds.isdisjoint(last)
        if file.kind is FileKind.FINISH:
            assert file.group == ""


@few
@given(reviews())
def test_no_key_is_deferred_where_some_order_of_groups_holds(drawn: DrawnReview) -> None:
    plan = plan_of(drawn)
    if plan is None or plan.order is None:
        return
    root = partition_root(drawn.catalog)
    group_of = {table: group.name for group in plan.groups for table in group.tables}
    needs = [
        (group_of[need.table], group_of[need.needed])
        for need in table_needs(drawn.catalog, drawn.archive.entries, root)
    ]
    holds = any(
        all(order.index(other) <= order.index(one) for one, other in needs)
        for order in permutations(plan.order.planned)
    )
    assert holds == (plan.order.deferred_keys == ())


@few
@given(reviews())
def test_the_same_input_gives_the_same_bytes(drawn: DrawnReview) -> None:
    plan = plan_of(drawn)
    if plan is not None:
        again = make_plan(drawn.catalog, drawn.archive, drawn.configuration, fixes=drawn.fixes)
        assert encode_plan(plan) == encode_plan(again)


def test_the_drawn_plans_are_worth_drawing() -> None:
    """Among what is drawn are deferred keys, moved groups, components and steps of every kind."""
    seen: set[str] = set()

    @settings(max_examples=200, phases=[Phase.generate])
    @given(reviews())
    def look(drawn: DrawnReview) -> None:
        plan = plan_of(drawn)
        if plan is not None and plan.order is not None:
            seen.add(plan.layout)
            seen.update(type(step).__name__ for step in plan.steps)
            seen.update({"deferred"} if plan.order.deferred_keys else ())
            seen.update({"changed"} if plan.order.changes else ())
            seen.update({"component"} if plan.components else ())

    look()
    kinds = {step.__name__ for step in get_args(Step)} - {"ValidateForeignKey"}
    assert {"deferred", "changed", "component", *Layout, *kinds} <= seen
    assert "ValidateForeignKey" not in seen  # it is of plans that are run directly
