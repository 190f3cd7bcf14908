"""Events for machines: whoever reads them line by line can rely on their form."""

from __future__ import annotations

import json
import typing
from pathlib import Path

import msgspec

from pilotage.model.plan import Stage
from pilotage.model.preflight import End
from pilotage.model.run import (
    BytesCopied,
    Event,
    PartFinished,
    Reconnecting,
    StageStarted,
    StepFinished,
    StepProgress,
    StepStarted,
    Unit,
)
from pilotage.report.event_lines import EVENTS_FORMAT, EventLines
from tests.unit.test_report_progress import Clock

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "migrate.md"


def lines(*events: Event | float) -> list[dict[str, object]]:
    clock = Clock()
    written: list[bytes] = []
    write = EventLines(written.append, clock=clock)
    for event in events:
        if isinstance(event, float):
            clock.now += event
        else:
            write(event)
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in written)
    return [json.loads(line) for line in written]


def test_the_first_line_says_of_what_version_the_others_are() -> None:
    (first,) = lines()
    assert (first["event"], first["format"], first["at"]) == ("events", EVENTS_FORMAT, 0)


def test_every_event_is_a_line_with_its_moment() -> None:
    told = lines(
        StageStarted(stage=Stage.DATA, steps=3),
        1.5,
        StepProgress(step="a", phase="COPY FROM", done=5, total=None, unit=Unit.ROWS),
        Reconnecting(end=End.SOURCE, attempt=1, seconds=0.5, why="gone\nfor \x1b[31mgood"),
    )
    assert told[1:] == [
        {"at": 0, "event": "stage-started", "stage": "data", "steps": 3},
        {
            "at": 1.5,
            "event": "step-progress",
            "step": "a",
            "phase": "COPY FROM",
            "done": 5,
            "total": None,
            "unit": "rows",
        },
        {
            "at": 1.5,
            "event": "reconnecting",
            "end": "source",
            "attempt": 1,
            "seconds": 0.5,
            "why": "gone\nfor \x1b[31mgood",
        },
    ]


def test_no_control_character_reaches_a_terminal() -> None:
    written: list[bytes] = []
    write = EventLines(written.append)
    write(StepStarted(step="\x1b[2J\n\u0007"))
    assert all(byte >= 0x20 for byte in written[-1][:-1])


def test_bytes_are_told_once_a_second_and_none_is_lost() -> None:
    told = lines(
        *(each for _ in range(30) for each in (BytesCopied(step="a", bytes=1), 0.1)),
        BytesCopied(step="b", bytes=7),
        BytesCopied(step="b", bytes=8),
        PartFinished(step="b", rows=1, bytes=15, seconds=1.0),
        StepFinished(step="a", rows=1, bytes=30, seconds=1.0),
    )
    of_a = [line["bytes"] for line in told if line["event"] == "bytes-copied" and line["step"] == "a"]
    assert (len(of_a), sum(map(int, map(str, of_a)))) == (4, 30)
    assert [line["event"] for line in told[-4:]] == [
        "bytes-copied",
        "part-finished",
        "bytes-copied",
        "step-finished",
    ]


def test_every_event_and_every_field_is_documented() -> None:
    documented = DOCUMENTATION.read_text(encoding="utf-8")
    for event in typing.get_args(Event):
        row = next(
            line
            for line in documented.splitlines()
            if line.startswith(f"| `{event.__struct_config__.tag}` |")
        )
        for field in msgspec.structs.fields(event):
            assert f"`{field.name}`" in row, row
