"""Every kind of archive entry has its stage."""

from __future__ import annotations

import pytest

from pilotage.model.archive import Section
from pilotage.model.plan import HazardKind, Stage
from pilotage.plan.placement import Becomes, place
from tests.archives import entry

STAGES = {
    Stage.STRUCTURE: "SCHEMA EXTENSION TYPE DOMAIN FUNCTION TABLE SEQUENCE DEFAULT VIEW COLLATION",
    Stage.DATA: "INDEX|INDEX ATTACH|CONSTRAINT|CHECK CONSTRAINT|FK CONSTRAINT",
    Stage.FINISH: "TRIGGER|RULE|POLICY|ROW SECURITY|ACL|DEFAULT ACL|PUBLICATION|STATISTICS",
    Stage.REFRESH: "MATERIALIZED VIEW DATA",
    Stage.ACTIVATE: "EVENT TRIGGER|SUBSCRIPTION",
}


@pytest.mark.parametrize(
    ("kind", "stage"),
    [
        (kind, stage)
        for stage, kinds in STAGES.items()
        for kind in (kinds.split() if stage is Stage.STRUCTURE else kinds.split("|"))
    ],
)
def test_a_kind_has_its_stage(kind: str, stage: Stage) -> None:
    placement = place(entry(1, kind, "x"))
    assert placement is not None
    assert placement.stage is stage
    assert placement.reason


@pytest.mark.parametrize("kind", ["COMMENT", "SECURITY LABEL"])
def test_what_describes_an_object_goes_with_it(kind: str) -> None:
    placement = place(entry(1, kind, "TABLE x"))
    assert placement is not None
    assert placement.stage is None


@pytest.mark.parametrize("kind", ["ENCODING", "STDSTRINGS", "SEARCHPATH"])
def test_settings_become_no_step(kind: str) -> None:
    placement = place(entry(1, kind, kind))
    assert placement is not None
    assert placement.becomes is Becomes.PREAMBLE


def test_what_pg_dump_postponed_waits_for_the_data_stage() -> None:
    placement = place(entry(1, "MATERIALIZED VIEW", "x", section=Section.POST_DATA))
    assert placement is not None
    assert (placement.becomes, placement.stage) == (Becomes.DDL, Stage.DATA)


@pytest.mark.parametrize("section", Section)
def test_an_unknown_kind_has_no_place(section: Section) -> None:
    assert place(entry(1, "NOVELTY", "x", section=section)) is None


def test_event_triggers_and_subscriptions_say_that_they_need_a_superuser() -> None:
    for kind in ("EVENT TRIGGER", "SUBSCRIPTION", "FOREIGN DATA WRAPPER", "ACCESS METHOD"):
        placement = place(entry(1, kind, "x"))
        assert placement is not None
        assert placement.needs is HazardKind.NEEDS_SUPERUSER
