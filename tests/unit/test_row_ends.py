"""Rows are hopped over where they end, whatever their lengths and wherever what was read is cut."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from pilotage.connection.row_ends import RowEnds


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


def rows(lengths: Iterable[int]) -> bytes:
    # A body that looks like the header of a short message must not be taken for one.
    return b"".join(message(b"d", (b"d\0\0\0\x04" * length)[:length]) for length in lengths)


lengths_of_tables = st.one_of(
    st.lists(st.integers(0, 300), max_size=300),
    st.lists(st.sampled_from([0, 7, 46, 255, 256, 2570]), max_size=2000),
    st.integers(65, 500).map(lambda many: [12] * many),
)


@given(tables=st.lists(lengths_of_tables, min_size=1, max_size=4), data=st.data())
def test_rows_end_where_their_messages_do(tables: list[list[int]], data: st.DataObject) -> None:
    ends = RowEnds()
    for lengths in tables:
        sent = rows(lengths)
        cut = data.draw(st.integers(0, len(sent)))
        boundaries = [0]
        for length in lengths:
            boundaries.append(boundaries[-1] + length + 5)
        # The first boundary with no complete header behind it: beyond the cut, or less than a header before.
        expected = next(each for each in boundaries if each + 5 > cut)
        assert ends.past_rows(memoryview(sent)[:cut], 0) == expected
        beyond = len(sent) + 1000
        assert ends.past_rows(memoryview(sent), beyond) == beyond


@given(lengths=lengths_of_tables, kind=st.sampled_from([b"c", b"E", b"N", b"Z", b"S"]))
def test_another_message_ends_the_rows(lengths: list[int], kind: bytes) -> None:
    sent = rows(lengths)
    ends = RowEnds()
    for _ in range(3):  # the first time the lengths are learnt
        assert ends.past_rows(memoryview(sent + message(kind, b"anything") + sent), 0) == len(sent)


def test_lengths_are_learnt_and_learnt_again_when_they_change() -> None:
    ends = RowEnds()
    first, second = rows([40, 41, 42] * 100), rows([400, 401] * 100)
    for _ in range(2):
        assert ends.past_rows(memoryview(first), 0) == len(first)
    learnt = ends.pattern
    assert learnt is not None
    for _ in range(100):
        assert ends.past_rows(memoryview(second), 0) == len(second)
    assert ends.pattern is not None
    assert ends.pattern != learnt
