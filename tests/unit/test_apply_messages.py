"""What psql says, read in pieces; and where a file ends."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.apply.ending import offset_of_commit
from pilotage.apply.failure import elided_statement
from pilotage.apply.messages import MessageReader, ServerMessage, failure_of, remarks_of
from pilotage.errors import RefusedError

SAID = b"""psql:<stdin>:4: WARNING:  01000: careful
second line
LOCATION:  exec_stmt_raise, pl_exec.c:3909
psql:<stdin>:5: INFO:  00000: nothing to undo
psql:<stdin>:6: NOTICE:  00000: relation "t" already exists, skipping
psql:<stdin>:12: ERROR:  42704: type "nosuch" does not exist
LINE 5:     what nosuch
                 ^
DETAIL:  one
two
HINT:  try
CONTEXT:  COPY t, line 3
LOCATION:  typenameType, parse_type.c:270
psql:<stdin>:12: STATEMENT:  /* an error here means: CUT
*/ -- and
CREATE TABLE t (
    id int,
    what nosuch
);
"""


def read(said: bytes, *cuts: int) -> tuple[ServerMessage, ...]:
    reader = MessageReader()
    places = [0, *sorted(cuts), len(said)]
    for begin, end in itertools.pairwise(places):
        reader.take(said[begin:end])
    return reader.messages()


def test_errors_warnings_and_notices_are_told_apart() -> None:
    messages = read(SAID)
    assert [each.message for each in remarks_of(messages)] == ["careful\nsecond line", "nothing to undo"]
    error = failure_of(messages)
    assert error is not None
    assert (error.sqlstate, error.message) == ("42704", 'type "nosuch" does not exist')
    assert (error.detail, error.hint, error.context) == ("one\ntwo", "try", "COPY t, line 3")


def test_a_statement_begins_where_its_comments_end() -> None:
    error = failure_of(read(SAID))
    assert error is not None
    assert error.statement == "CREATE TABLE t (\n    id int,\n    what nosuch\n);"
    # Seen from psql, the statement ends on line 12 and begins, with its comments, on line 7.
    assert (error.begins, error.place) == (9, 3)


@given(st.lists(st.integers(0, len(SAID))))
def test_where_the_pieces_end_does_not_matter(cuts: list[int]) -> None:
    assert read(SAID, *cuts) == read(SAID)


def test_a_statement_of_any_length_takes_little_memory_and_keeps_its_line() -> None:
    rows = b",\n".join(b"(1, 'x')" for _ in range(100_000))
    messages = read(
        b"psql:<stdin>:100009: ERROR:  23505: duplicate\npsql:<stdin>:100009: STATEMENT:  INSERT VALUES\n"
        + rows
    )
    error = failure_of(messages)
    assert error is not None
    assert error.begins == 9
    assert len(error.statement) < 40_000


def test_words_of_psqls_own_are_the_failure_where_the_server_said_nothing() -> None:
    said = b"psql:<stdin>:9: error: reached EOF without finding closing \\endif(s)\n"
    assert failure_of(read(said)) == ServerMessage(
        line=9, message="reached EOF without finding closing \\endif(s)"
    )
    refused = b'psql: error: connection to server failed: FATAL:  database "x" does not exist\n'
    assert failure_of(read(refused)) == ServerMessage(
        line=0, message='connection to server failed: FATAL:  database "x" does not exist'
    )
    assert failure_of(()) is None


def test_a_long_statement_is_shown_by_its_beginning() -> None:
    assert list(elided_statement("a\nb")) == ["a", "b"]
    shown = elided_statement("x" * 1000 + "\n" * 20)
    assert len(shown) == 7
    assert shown[0].endswith("x…")
    assert shown[-1] == "…"


@pytest.mark.parametrize(
    "end",
    [
        "\nCOMMIT;",
        "\nCOMMIT;\n",
        "\nCOMMIT;\n\\endif\n",
        "\n*/ COMMIT;\n",
        "\nCOMMIT; \r\n\n-- the end\n  \n",
    ],
)
def test_a_file_ends_with_its_commit(end: str, tmp_path: Path) -> None:
    path = tmp_path / "x.sql"
    path.write_text("BEGIN;\n" + "COMMIT;\n" * 2000 + end)
    assert offset_of_commit(path) == path.stat().st_size - len(end) + end.index("COMMIT;")


@pytest.mark.parametrize(
    "end",
    [
        "",
        "COMMIT",
        "COMMIT;\nSELECT 1;\n",
        "SELECT 'COMMIT;",
        "ROLLBACK;\n",
        "COMMIT;\n\\. \n",
        "-- COMMIT;\n",
    ],
)
def test_a_file_that_ends_otherwise_is_refused(end: str, tmp_path: Path) -> None:
    path = tmp_path / "x.sql"
    path.write_text("BEGIN;\nSELECT 1;\n" + end)
    with pytest.raises(RefusedError, match="does not end with a line COMMIT;"):
        offset_of_commit(path)
