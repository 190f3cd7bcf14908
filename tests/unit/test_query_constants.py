"""Arguments written into a query, and its answer read from a COPY stream."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.connection.constants import only_field, with_constants

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def test_parameters_become_constants_of_no_type() -> None:
    assert with_constants("SELECT $1::int4, $2, $3", (-5, "it's", None)) == "SELECT '-5'::int4, 'it''s', NULL"


def test_sequences_become_arrays_whose_elements_are_quoted() -> None:
    assert (
        with_constants("SELECT $1::text[]", (['a"b', "NULL", ""],))
        == 'SELECT E\'{"a\\\\"b","NULL",""}\'::text[]'
    )
    assert with_constants("SELECT $1::int8[]", ([1, None],)) == """SELECT '{"1",NULL}'::int8[]"""


@pytest.mark.parametrize("place", ["-- of $1\n", "'$1'", '"$1"'])
def test_a_comment_a_constant_and_a_name_stay_as_they_are(place: str) -> None:
    assert with_constants(f"SELECT {place}, $1", ("x\n; DROP",)) == f"SELECT {place}, 'x\n; DROP'"


def test_what_an_argument_says_is_no_parameter() -> None:
    assert with_constants("SELECT $1, $2", ("$2", "--")) == "SELECT '$2', '--'"


@given(TEXT)
def test_the_only_field_of_a_stream_is_read(text: str) -> None:
    field = text.encode()
    header = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    assert only_field(header + struct.pack(">hi", 1, len(field)) + field + struct.pack(">h", -1)) == text
    assert only_field(header + struct.pack(">hi", 1, -1) + struct.pack(">h", -1)) is None


def test_a_stream_of_two_fields_is_refused() -> None:
    header = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
    with pytest.raises(ValueError, match="one field"):
        only_field(header + struct.pack(">hi", 2, -1))
