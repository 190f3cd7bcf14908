"""docs/objects.md says of every kind of archive entry where it goes, and the zoo shows it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from pilotage.archive import dump_schema, is_of_database, is_setting
from pilotage.config.records import Configuration
from pilotage.inspect import hold_inspection
from pilotage.model.choices import Layout
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    Plan,
    RefreshView,
    RunDdl,
    SetSequence,
)
from pilotage.model.scope import Scope
from pilotage.plan import make_plan
from pilotage.plan.placement import PLACEMENTS, Becomes
from pilotage.programs import find_installations
from tests import zoo
from tests.servers_at_hand import REPOSITORY, Databases, newest, run_psql

DOCUMENT = REPOSITORY / "docs" / "objects.md"

STEPS = {
    Becomes.PREAMBLE: None,
    Becomes.DDL: RunDdl,
    Becomes.INDEX: BuildIndex,
    Becomes.CONSTRAINT: AddConstraint,
    Becomes.FOREIGN_KEY: AddForeignKey,
    Becomes.REFRESH: RefreshView,
}


def table_under(heading: str) -> list[list[str]]:
    """The cells of a heading's table, without its head."""
    _, _, below = DOCUMENT.read_text(encoding="utf-8").partition(f"{heading}\n")
    lines = below.partition("\n#")[0].split("\n")
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


ENTRIES = {row[0]: row for row in table_under("# What is migrated, kind by kind")}
SHOWN = {kind: row[6] for kind, row in ENTRIES.items() if row[6] != "none"}
OTHERS = {row[0] for row in table_under("## Settings and the database itself")}


def test_every_kind_that_has_a_place_is_there_and_no_other() -> None:
    settings = {kind for kind, placement in PLACEMENTS.items() if placement.becomes is Becomes.PREAMBLE}
    assert ENTRIES.keys() == PLACEMENTS.keys() - settings
    assert {*settings, "DATABASE", "DATABASE PROPERTIES"} == OTHERS


@pytest.mark.parametrize("kind", ENTRIES)
def test_stage_and_step_are_those_of_the_placement(kind: str) -> None:
    placement = PLACEMENTS[kind]
    step = STEPS[placement.becomes]
    assert step is not None
    stage = "with its object" if placement.stage is None else str(placement.stage)
    assert ENTRIES[kind][2:4] == [stage, step.__struct_config__.tag]


def test_each_step_of_rows_has_its_name_there() -> None:
    steps = {LoadTable, SetSequence, LoadLargeObjects, AnalyzeTable}
    assert {row[1] for row in table_under("## Rows")} == {step.__struct_config__.tag for step in steps}


def test_what_is_not_shown_has_its_reason() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    given = re.findall(r"^- ([A-Z ]+) (?:needs|is written)", text, re.MULTILINE)
    assert sorted(given) == sorted(ENTRIES.keys() - SHOWN.keys())


@pytest.mark.servers(18)
async def test_each_file_of_the_zoo_brings_the_kinds_that_it_shows(
    new_database: Databases, tmp_path: Path
) -> None:
    database = zoo.prepare_target(new_database, 18, "source")
    held: Counter[str] = Counter()
    brought: dict[str, set[str]] = defaultdict(set)
    for path in zoo.animals(18, zoo.extensions_at_hand(database), ("database",)):
        run_psql(database, path)
        archive = await dump_schema(database, program=newest("pg_dump"), output=tmp_path / "archive")
        now = Counter(entry.kind for entry in archive.entries)
        for kind in now - held:
            brought[kind].add(path.name.removesuffix(".sql"))
        held = now

    assert brought.keys() == SHOWN.keys() | OTHERS
    assert {kind: file for kind, file in SHOWN.items() if file not in brought[kind]} == {}


@pytest.mark.servers(18)
async def test_files_are_those_that_a_plan_of_the_zoo_has(new_database: Databases) -> None:
    source = zoo.create_zoo(new_database, 18)
    async with hold_inspection(source, Scope(), find_installations()) as inspection:
        catalog, archive = inspection.catalog, inspection.archive
    for layout, column in ((Layout.SCHEMA_FIRST, 4), (Layout.BULK, 5)):
        plan = make_plan(catalog, archive, Configuration(layout=layout))
        expected = {kind: set(ENTRIES[kind][column].split(", ")) for kind in SHOWN}
        assert file_kinds(plan) == expected

        # Nothing is dropped silently: every entry is a step, or a hazard names it.
        entries = [e for e in archive.entries if not is_setting(e) and not is_of_database(e)]
        steps = Counter(kind for step in plan.steps if (kind := kind_of(step.id)) and is_of_entry(step))
        assert steps == Counter(entry.kind for entry in entries)


def kind_of(step: str) -> str:
    """The kind of entry that a step's id begins with."""
    return max((kind for kind in ENTRIES if step.startswith(f"{kind.lower()} ")), key=len, default="")


def is_of_entry(step: object) -> bool:
    """Whether a step is one that an archive's entry became."""
    return isinstance(step, RunDdl | BuildIndex | AddConstraint | AddForeignKey | RefreshView)


def file_kinds(plan: Plan) -> dict[str, set[str]]:
    """For each kind of entry, the kinds of files that its steps stand in."""
    found: dict[str, set[str]] = defaultdict(set)
    steps = {step.id: step for step in plan.steps}
    for file in plan.files:
        for step in file.steps:
            if is_of_entry(steps[step]) and (kind := kind_of(step)):
                found[kind].add(str(file.kind))
    return found
