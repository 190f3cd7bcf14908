"""docs/plan.md has every field and word of the plan's records, and no other."""

from __future__ import annotations

import re
import typing
from enum import StrEnum
from pathlib import Path

import msgspec
import pytest

from pilotage.model import plan
from pilotage.model.plan import PLAN_FORMAT, Plan, Step

DOCUMENT = Path(__file__).parents[3] / "docs" / "plan.md"
STEPS = typing.get_args(Step)


def tables() -> dict[str, list[list[str]]]:
    """The cells of each heading's table, without its head."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("| ") and not line.startswith(("| ---", "| field", "| of |", "| stage | runs")):
            found.setdefault(heading, []).append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def fields_under(heading: str) -> list[str]:
    return [re.fullmatch(r"`(\w+)`", row[0])[1] for row in tables()[heading]]  # type: ignore[index] # None fails


def records() -> dict[str, type[msgspec.Struct]]:
    """Every record that a plan holds, by name, steps and names aside; and every enum of words."""
    found: dict[str, type[msgspec.Struct]] = {}
    pending: list[object] = [Plan, *STEPS]
    while pending:
        each = pending.pop()
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            if each.__name__ not in found:
                found[each.__name__] = each
                pending += [field.type for field in msgspec.structs.fields(each)]
        else:
            pending += typing.get_args(each)
    return found


def words() -> dict[str, list[str]]:
    fields = [field.type for record in records().values() for field in msgspec.structs.fields(record)]
    fields += [argument for each in fields for argument in typing.get_args(each)]
    return {
        each.__name__: [str(word) for word in each]
        for each in fields
        if isinstance(each, type) and issubclass(each, StrEnum)
    }


@pytest.mark.parametrize(
    "name", sorted(records().keys() - {step.__name__ for step in STEPS} - {"QualifiedName"})
)
def test_every_record_has_its_fields_in_order(name: str) -> None:
    assert fields_under(name) == [field.encode_name for field in msgspec.structs.fields(records()[name])]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_every_step_has_its_fields(step: type[msgspec.Struct]) -> None:
    config = step.__struct_config__
    everywhere = fields_under("Every step")
    assert everywhere[0] == config.tag_field
    own = [field.encode_name for field in msgspec.structs.fields(step) if field.encode_name not in everywhere]
    assert fields_under(str(config.tag)) == own
    assert set(everywhere[1:]) <= {field.encode_name for field in msgspec.structs.fields(step)}


def test_no_heading_is_of_a_record_that_is_gone() -> None:
    known = {
        *records(),
        *(str(step.__struct_config__.tag) for step in STEPS),
        "Every step",
        "Stages",
        "Words",
    }
    assert set(tables()) <= known


def test_every_word_is_there_in_order() -> None:
    documented = {row[0]: re.findall(r"`([^`]+)`", row[1]) for row in tables()["Words"]}
    assert documented == words()


def test_stages_and_how_they_run() -> None:
    documented = {row[0].strip("`"): row[1] == "in order" for row in tables()["Stages"]}
    assert documented == {str(stage): stage.in_order for stage in plan.Stage}


def test_the_format_is_the_one_documented() -> None:
    assert DOCUMENT.read_text(encoding="utf-8").startswith(f"# plan.json, format {PLAN_FORMAT}\n")
