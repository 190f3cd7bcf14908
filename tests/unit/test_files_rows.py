"""Rows as data files carry them: COPY lines, literals, INSERT statements, names of parts."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.files.copy_lines import CopyLines, cut_numbers
from pilotage.files.literals import literal, literals
from pilotage.files.parts import Body, part_name, write_part
from pilotage.files.script import comment
from pilotage.files.statements import BYTES_PER_INSERT, CopyStatement, InsertStatements
from pilotage.plan.strategies import ROWS_PER_INSERT

# What COPY TO writes for each of these (PostgreSQL documentation, COPY, Text Format).
_COPY_ESCAPES = {"\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v", "\\": r"\\"}
# What an escape in E'…' stands for (SQL Syntax, 4.1.2.2).
_STRING_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|(.))|('')", re.DOTALL)
_STRING_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.text("\\v0B'n\v\t\n")


def copied(text: str | None) -> bytes:
    """A field as COPY TO writes it."""
    if text is None:
        return rb"\N"
    return "".join(_COPY_ESCAPES.get(character, character) for character in text).encode()


def read_constant(constant: bytes) -> str | None:
    """What the server reads in a string constant, and no more than one constant."""
    text = constant.decode()
    if text == "NULL":
        return None
    quoted = re.fullmatch(r"E'((?:[^'\\]|''|\\.)*)'|'((?:[^'\\]|'')*)'", text, re.DOTALL)
    assert quoted is not None, text
    if quoted[2] is not None:
        return quoted[2].replace("''", "'")

    def unescape(match: re.Match[str]) -> str:
        if match[3]:
            return "'"
        return chr(int(match[1], 16)) if match[1] else _STRING_ESCAPES.get(match[2], match[2])

    return _STRING_ESCAPE.sub(unescape, quoted[1])


@given(texts | st.none())
def test_a_literal_reads_back_as_the_value_that_copy_wrote(text: str | None) -> None:
    constant = literal(copied(text))
    assert read_constant(constant) == text
    assert b"\n" not in constant


@given(st.lists(texts | st.none(), min_size=1, max_size=5))
def test_a_row_has_as_many_literals_as_fields(values: list[str | None]) -> None:
    line = b"\t".join(map(copied, values))
    assert literals(line) == b", ".join(literal(copied(value)) for value in values)
    assert line.count(b"\t") == len(values) - 1


@given(st.lists(st.binary().map(lambda line: line.replace(b"\n", b"")), max_size=20), st.data())
def test_lines_come_out_whole_wherever_pieces_end(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    pieces = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    copy_lines = CopyLines()
    found = [line for piece in pieces for line in copy_lines.take(piece)]
    copy_lines.end()
    assert found == lines


def test_a_stream_that_ends_within_a_line_is_refused() -> None:
    copy_lines = CopyLines()
    assert copy_lines.take(b"1\t2\n3") == [b"1\t2"]
    with pytest.raises(ValueError, match="middle of a line"):
        copy_lines.end()


def test_hashes_are_cut_from_a_line() -> None:
    assert cut_numbers(b"-12\t\\N\tb", 1) == ([-12], b"\\N\tb")
    assert cut_numbers(b"-12\t7\ta\tb", 2) == ([-12, 7], b"a\tb")
    assert cut_numbers(b"5\t", 1) == ([5], b"")
    assert cut_numbers(b"5", 1) == ([5], None)


def inserted(lines: list[bytes], *, one_statement: bool = False) -> list[bytes]:
    """The INSERT statements for these lines, in a relation of one column."""
    pieces: list[bytes] = []
    statements = InsertStatements(pieces.append, "public.t", ("a",), one_statement=one_statement)
    for line in lines:
        statements.row(line)
    statements.end()
    return b"".join(pieces).split(b"*/ ")[1:]


def test_a_statement_takes_only_so_many_rows() -> None:
    lines = [b"%d" % number for number in range(2 * ROWS_PER_INSERT + 1)]
    assert [each.count(b"('") for each in inserted(lines)] == [ROWS_PER_INSERT, ROWS_PER_INSERT, 1]
    assert [each.count(b"('") for each in inserted(lines, one_statement=True)] == [len(lines)]
    assert inserted([]) == []


def test_a_statement_takes_only_so_many_bytes_but_any_one_row() -> None:
    half = b"x" * (BYTES_PER_INSERT // 2)
    assert [each.count(b"('") for each in inserted([half, half, half])] == [1, 1, 1]
    assert [each.count(b"('") for each in inserted([b"a", half, b"b", 3 * half, b"c", b"d"])] == [3, 1, 2]


def test_columns_that_the_server_generates_leave_no_column_list() -> None:
    pieces: list[bytes] = []
    copy = CopyStatement(pieces.append, "public.t", ())
    copy.row(None)
    copy.row(None)
    copy.end()
    assert b"".join(pieces) == b"COPY public.t FROM stdin;\n\n\n\\.\n"


def test_names_of_parts_sort_in_their_order_in_every_locale() -> None:
    names = [part_name("14-data-x.sql", index) for index in range(25 + 25 * 26 + 30)]
    assert names[:2] == ["14a-data-x.sql", "14b-data-x.sql"]
    assert names[24:26] == ["14y-data-x.sql", "14zaa-data-x.sql"]
    assert names == sorted(names)
    # A locale may look at punctuation last of all.
    assert names == sorted(names, key=lambda name: name.replace("-", ""))
    assert len(set(names)) == len(names)
    assert max(names) < "15-data-y.sql"


def test_a_part_without_a_number_is_named_all_the_same() -> None:
    assert [part_name("rows.sql", index) for index in (0, 1)] == ["rows-a.sql", "rows-b.sql"]
    assert part_name("rows", 0) == "rows-a"


def test_a_part_is_its_head_its_rows_and_its_tail(tmp_path: Path) -> None:
    body = Body(tmp_path / "rows.part")
    body.write(b"1\n" * 1_000_000)
    size, sha256 = write_part(tmp_path / "part.sql", head="é\n", body=body, tail="end\n")
    content = (tmp_path / "part.sql").read_bytes()
    assert content == "é\n".encode() + b"1\n" * 1_000_000 + b"end\n"
    assert size == len(content) == body.size + 7
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert not body.path.exists()


@given(st.text())
def test_no_text_ends_a_comment(text: str) -> None:
    lines = comment(text, "next")
    assert lines.count("\n") == 2
    assert all(line.startswith("--") for line in lines.splitlines())
    assert "*/" not in lines
    assert "/*" not in lines
