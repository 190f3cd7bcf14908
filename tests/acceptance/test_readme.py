"""What the README shows happens: its main sequence is run, and its transcript is held against the demo's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pilotage.connection import ConnectionParameters
from tests.servers_at_hand import REPOSITORY, Databases

pytestmark = pytest.mark.servers(18)

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
ELLIPSIS = "…"

# What differs from one run or machine to the next; every other character of the transcript counts.
_VARYING = re.compile(
    r"(?P<rate>[\d.,]+ (?:rows|bytes|kB|MB|GB)/s)"
    r"|(?P<time>[\d.,]+ (?:ms|s|min)\b)"
    r"|(?P<version>PostgreSQL \d+\.\d+ to \d+\.\d+)"
    r"|(?P<size>[\d.,]+ (?:bytes|kB|MB|GB)\b)"
    r"|(?P<connections>over \d+ connections?)"
    r"|(?P<rule>─+)"
)


def block_with(text: str) -> str:
    """Return the README's one code block that holds the text."""
    blocks = [token.content for token in MarkdownIt().parse(README) if token.type == "fence"]
    (found,) = [block for block in blocks if text in block]
    return found


def pilotage_on_path(**variables: str) -> dict[str, str]:
    binaries = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        **variables,
    }


def test_the_main_sequence_migrates_a_database(new_database: Databases, tmp_path: Path) -> None:
    # Nothing that lint would find.
    tables = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int PRIMARY KEY REFERENCES a);"
    rows = "INSERT INTO a SELECT generate_series(1, 20); INSERT INTO b SELECT id FROM a;"
    source, target = new_database(18, sql=tables + rows), new_database(18, "target")

    finished = subprocess.run(
        ["bash", "-e", "-u", "-o", "pipefail", "-c", block_with("pilotage migrate   env:SOURCE")],
        env=pilotage_on_path(SOURCE=source.redacted_uri(), TARGET=target.redacted_uri()),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    assert "2 tables, 40 rows" in finished.stdout
    assert finished.stdout.count("Verdict: equal.") == 2
    written = sorted(path.name for path in (tmp_path / "migration").iterdir())
    explained = README.partition("**3. Inspect, plan, migrate, verify.**")[2].partition("## Connections")[0]
    assert written == sorted(set(re.findall(r"`([A-Za-z_]+\.(?:json|md|txt|svg|dsn))`", explained)))


def test_the_sequence_for_review_migrates_a_database_and_takes_it_back(
    new_database: Databases, tmp_path: Path, schema_dump: Callable[[ConnectionParameters], str]
) -> None:
    tables = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a);"
    rows = "INSERT INTO a SELECT generate_series(1, 20); INSERT INTO b SELECT id FROM a;"
    source, target = new_database(18, sql=tables + rows), new_database(18, "target")
    empty = schema_dump(target)
    sequence = block_with("pilotage apply ")
    forward, backward = sequence.split("pilotage rollback")

    for script, dump in ((forward, schema_dump(source)), (f"pilotage rollback{backward}", empty)):
        finished = subprocess.run(
            ["bash", "-e", "-u", "-o", "pipefail", "-c", script],
            env=pilotage_on_path(SOURCE=source.redacted_uri(), TARGET=target.redacted_uri()),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        assert schema_dump(target) == dump


def test_the_variables_that_the_sequence_needs_are_set_before_it() -> None:
    exported = block_with("export SOURCE=")
    assert re.findall(r"^export (\w+)='postgresql://[^:@']+@[^']+'$", exported, re.MULTILINE) == [
        "SOURCE",
        "TARGET",
    ]
    assert README.index(exported) < README.index(block_with("pilotage migrate   env:SOURCE"))


def test_the_transcript_is_the_demos(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "pilotage", "demo"],
        env=pilotage_on_path(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    printed = [line for line in map(comparable, finished.stdout.splitlines()) if not is_of_slow_step(line)]
    position, skipping = 0, False
    for shown in block_with("filling the source with the hotel database").splitlines():
        if shown == ELLIPSIS:
            skipping = True
            continue
        expected = re.escape(comparable(shown)).replace(ELLIPSIS, ".*")
        candidates = printed[position:] if skipping else printed[position : position + 1]
        match = next((n for n, line in enumerate(candidates) if re.fullmatch(expected, line)), None)
        assert match is not None, f"the README shows {shown!r}, and the demo prints {printed[position:]}"
        position, skipping = position + match + 1, False
    assert position == len(printed)


def is_of_slow_step(line: str) -> bool:
    """Whether it is a line of progress that appears where a step takes long, and not where it does not."""
    return line.startswith("[<time>]") and re.search(r"\d steps", line) is None


def comparable(line: str) -> str:
    """Return a line without what varies and without the padding of columns."""
    named = _VARYING.sub(lambda match: f"<{match.lastgroup}>", line.strip())
    return " ".join(named.split())
