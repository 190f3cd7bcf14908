"""Chosen fixes come last in a plan, in their own file, with the plan's roles; what does not fit is left."""

from __future__ import annotations

import msgspec
import pytest

from pilotage.config.records import Configuration
from pilotage.errors import UsageError
from pilotage.files.fixes import undo_fix
from pilotage.model.catalog import EventTrigger, FiringState
from pilotage.model.facts import Described, Facts
from pilotage.model.fixes import (
    ChosenFix,
    DroppedIndex,
    DroppedPolicy,
    Effect,
    FixedPolicy,
    LeftFix,
    Mended,
    NewIndex,
    PolicyState,
)
from pilotage.model.names import QualifiedName
from pilotage.model.plan import HazardKind, Plan, Stage
from pilotage.model.review import FileKind
from pilotage.model.roles import RoleChoices, RoleMapping, RoleUse
from pilotage.plan import decode_plan, encode_plan, make_plan
from pilotage.plan.effects import facts_with_effects, with_effects
from tests.archives import archive_of
from tests.catalogs import catalog, foreign_key, index, index_fix, named, policy, table

SHIPS = named("ships")
TWICE = index("ships", "twice")
ONE = PolicyState(policy=policy("ships", "one"), comment="it")
MERGED = ChosenFix(
    kind="table",
    name=SHIPS,
    findings=(
        Mended(rule="multiple_permissive_policies", object=f"table {SHIPS}", detail="It has two policies"),
    ),
    proof="tried and rolled back",
    statements=(
        'CREATE POLICY ships_select_crew ON public.ships FOR SELECT TO crew, "Pilot" '
        "USING ((a) OR (b = ' TO x'))",
        "DROP POLICY one ON public.ships",
    ),
    reverse=(
        "CREATE POLICY one ON public.ships FOR SELECT TO PUBLIC USING (a)",
        "DROP POLICY ships_select_crew ON public.ships",
    ),
    effect=Effect(
        policies=(
            FixedPolicy(
                identity="ships_select_crew on public.ships",
                before=None,
                after=PolicyState(
                    policy=policy(
                        "ships",
                        "ships_select_crew",
                        command="select",
                        roles=("Pilot", "crew"),
                        using="a OR b",
                    ),
                    comment="for one",
                ),
            ),
        ),
        dropped_policies=(DroppedPolicy(identity="one on public.ships", before=ONE),),
    ),
)


def planned(*fixes: ChosenFix, roles: RoleChoices | None = None, **catalogs: object) -> Plan:
    source = catalog((table("ports", rows=3), table("ships", rows=5)), (foreign_key("ships", "ports"),))
    source = msgspec.structs.replace(source, **catalogs)
    return make_plan(source, archive_of(source), Configuration(), roles=roles, fixes=fixes)


def test_fixes_come_after_everything_in_a_file_of_their_own() -> None:
    plan = planned(index_fix("ships", "port_id"), MERGED)
    assert plan.steps[-2:] == plan.fixes == plan.steps_of(Stage.FIXES)
    *others, fixes, validate = plan.files
    assert (fixes.name, fixes.kind, validate.kind) == ("85-fixes.sql", FileKind.FIXES, FileKind.VALIDATE)
    assert fixes.steps == (
        "fix unindexed_foreign_keys on public.ships",
        "fix multiple_permissive_policies on public.ships",
    )
    assert fixes.needs == tuple(file.name for file in others)
    assert validate.needs == tuple(file.name for file in (*others, fixes))
    assert plan.fixes[0].sql == "CREATE INDEX idx_ships_fk ON public.ships (port_id);\n"
    assert plan.fixes[0].drop_sql == "DROP INDEX public.idx_ships_fk;\n"
    assert decode_plan(encode_plan(plan)) == plan


def test_a_plan_without_fixes_has_no_such_file() -> None:
    plan = planned()
    assert FileKind.FIXES not in {file.kind for file in plan.files}
    assert (plan.fixes, plan.left_fixes) == ((), ())


def test_roles_in_fixes_are_mapped_and_needed_as_in_the_archive() -> None:
    choices = RoleChoices(mapping=(RoleMapping(source="Pilot", target="helm"),))
    plan = planned(MERGED, roles=choices)
    (fix,) = plan.fixes
    assert fix.sql.startswith(
        "CREATE POLICY ships_select_crew ON public.ships FOR SELECT TO crew, helm "
        "USING ((a) OR (b = ' TO x'));\n"
    )
    assert "TO PUBLIC" in fix.drop_sql
    # what verification compares is mapped there, with all else that the source has
    assert fix.effect == MERGED.effect
    needed = {need.role: need.uses for need in plan.roles_needed}
    assert needed["helm"] == needed["crew"] == (RoleUse.POLICY,)
    assert "Pilot" not in needed


def test_two_roles_that_become_one_are_named_once() -> None:
    mapping = (RoleMapping(source="Pilot", target="crew"),)
    (fix,) = planned(MERGED, roles=RoleChoices(mapping=mapping)).fixes
    assert " TO crew USING " in fix.sql


def test_roles_that_nothing_names_are_still_refused() -> None:
    with pytest.raises(UsageError, match="names the role stoker"):
        planned(MERGED, roles=RoleChoices(mapping=(RoleMapping(source="stoker", target="helm"),)))


def test_roles_in_the_place_of_public_need_their_privileges() -> None:
    plan = planned(MERGED, index_fix("ships"), roles=RoleChoices(privileges=False))
    assert [fix.rules for fix in plan.fixes] == [("unindexed_foreign_keys",)]
    (left,) = plan.left_fixes
    assert left.object == "table public.ships"
    assert left.reason.endswith("privileges are not migrated (--no-privileges)")


def test_a_fix_of_a_table_that_is_not_migrated_is_left() -> None:
    plan = planned(index_fix("wrecks"))
    assert plan.fixes == ()
    assert plan.left_fixes == (
        LeftFix(
            rule="unindexed_foreign_keys", object="table public.wrecks", reason="its table is not migrated"
        ),
    )


@pytest.mark.parametrize(("firing", "warned"), [(FiringState.ORIGIN, True), (FiringState.DISABLED, False)])
def test_event_triggers_that_fire_on_fixes_are_a_hazard(firing: FiringState, warned: bool) -> None:
    trigger = EventTrigger(name="watch", event="ddl_command_end", firing=firing, function=named("watch"))
    plan = planned(index_fix("ships"), event_triggers=(trigger,))
    told = [hazard.object for hazard in plan.all_hazards if hazard.kind is HazardKind.FIRES_TRIGGERS]
    assert told == (["event trigger watch"] if warned else [])


def test_what_a_fix_makes_is_taken_back_only_where_it_is_the_files_work() -> None:
    text = undo_fix(planned(MERGED).fixes[0], (named("ports"), "it's"))
    condition, statements, otherwise = text.split("\n", 2)
    assert "polname = 'ships_select_crew' AND xmin IN ((SELECT xmin FROM pg_attribute" in condition
    assert "attname = 'it''s'" in condition
    assert "NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = to_regclass('public.ships')" in condition
    assert statements.strip() == MERGED.reverse[0] + ";"
    assert otherwise.startswith(MERGED.reverse[1] + ";\n    ELSE\n        RAISE WARNING")


def test_what_fixes_make_of_a_catalog_and_of_facts() -> None:
    source = catalog(
        (table("ships"),),
        indexes=(TWICE, index("ships", "once")),
        policies=(policy("ships", "one"), policy("ships", "other")),
    )
    effects = (
        index_fix("ships", "port_id").effect,
        Effect(
            dropped_indexes=(
                DroppedIndex(
                    name=named("twice"), table=SHIPS, kept=named("once"), definition=TWICE.definition
                ),
            ),
        ),
        MERGED.effect,
    )
    mended = with_effects(source, effects)
    assert [each.name.name for each in mended.indexes] == ["idx_ships_fk", "once"]
    assert mended.indexes[0].definition == "CREATE INDEX idx_ships_fk ON public.ships USING btree (port_id)"
    assert [each.name for each in mended.policies] == ["other", "ships_select_crew"]

    facts = facts_with_effects(
        Facts(
            major=18,
            whole=True,
            objects={
                "indexes": (
                    _described("index", "public.twice", definition=TWICE.definition),
                    _described("index", "public.once"),
                ),
                "policies": (_described("policy", "one on public.ships", **ONE_FACTS),),
            },
            additions={"comments": (_described("policy", "one on public.ships", comment="it"),)},
            not_read={},
            unknown_catalogs=(),
        ),
        effects,
    )
    assert [each.object for each in facts.objects["indexes"]] == ["public.once", "public.idx_ships_fk"]
    assert [each.object for each in facts.objects["policies"]] == ["ships_select_crew on public.ships"]
    assert facts.objects["policies"][0].facts["roles"] == '"Pilot", crew'
    assert facts.additions["comments"][0].facts == {"comment": "for one"}


ONE_FACTS = {"kind": "permissive", "command": "all", "roles": "PUBLIC", "using": "true"}


def _described(kind: str, name: str, /, **facts: str) -> Described:
    return Described(kind=kind, object=name, within=(), facts=facts)


def test_indexes_of_partitions_are_named_and_joined() -> None:
    whole = NewIndex(
        name=QualifiedName("public", "idx_Log_fk"),
        table=QualifiedName("public", "Log"),
        columns=("a", "B"),
        partitioned=True,
    )
    assert whole.sql == 'CREATE INDEX "idx_Log_fk" ON public."Log" (a, "B")'
    printed = 'CREATE INDEX "idx_Log_fk" ON ONLY public."Log" USING btree (a, "B")'
    assert whole.in_catalog.definition == printed
