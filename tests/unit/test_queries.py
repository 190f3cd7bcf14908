"""The SQL that is sent to servers of any encoding is ASCII: a server converts even its comments."""

from __future__ import annotations

from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "pilotage"
FILES = sorted(path for path in PACKAGE.rglob("*.sql") if "demo" not in path.relative_to(PACKAGE).parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_query_can_be_sent_to_a_database_of_any_encoding(path: Path) -> None:
    assert path.read_text("utf-8").isascii()


def test_there_are_queries() -> None:
    assert len(FILES) > 50
