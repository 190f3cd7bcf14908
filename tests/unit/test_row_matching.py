"""Rows of two ends matched as multisets, against counting them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.row_differences import RowKind
from pilotage.verify.drilldown.matching import HashedRow, Unequal, match_rows

_CONTENTS = st.integers(0, 4)
_KEYED = st.dictionaries(st.integers(-3, 12), _CONTENTS)
_MULTISETS = st.lists(st.tuples(st.integers(0, 3), _CONTENTS), max_size=30)


def _end(rows: Counter[tuple[int, int]], batch: int) -> AsyncIterator[Sequence[HashedRow]]:
    """Return rows of keys and contents as an end gives them, so many at a time."""
    ordered = [
        HashedRow((key, -key), (key * 100 + content, content), copies, (key + 3, content))
        for (key, content), copies in sorted(rows.items())
    ]

    async def batches() -> AsyncIterator[Sequence[HashedRow]]:
        for first in range(0, len(ordered), batch):
            yield ordered[first : first + batch]

    return batches()


def _match(source: Counter[tuple[int, int]], target: Counter[tuple[int, int]], batch: int) -> list[Unequal]:
    async def collect() -> list[Unequal]:
        return [each async for each in match_rows(_end(source, batch), _end(target, batch))]

    return asyncio.run(collect())


@given(_KEYED, _KEYED, st.integers(1, 5))
def test_rows_with_keys_are_missing_extra_or_changed(
    source: dict[int, int], target: dict[int, int], batch: int
) -> None:
    """As comparing two dictionaries says."""
    found = _match(Counter(source.items()), Counter(target.items()), batch)
    assert all(unequal.is_key for unequal in found)
    kinds = Counter(row.kind for unequal in found for row in unequal.rows)
    assert kinds == Counter(
        {
            RowKind.MISSING: len(source.keys() - target.keys()),
            RowKind.EXTRA: len(target.keys() - source.keys()),
            RowKind.CHANGED: sum(source[key] != target[key] for key in source.keys() & target.keys()),
        }
    )


@given(_MULTISETS, _MULTISETS, st.integers(1, 5))
def test_what_is_found_makes_one_multiset_the_other(
    source: list[tuple[int, int]], target: list[tuple[int, int]], batch: int
) -> None:
    """Whatever keys are there how often."""
    expected, found = Counter(source), Counter(target)
    repaired = Counter(found)
    for unequal in _match(expected, found, batch):
        for row in unequal.rows:
            for place, by in _steps(row.kind, row.source, row.target, row.times):
                repaired[place] += by
    assert +repaired == expected
    assert not -repaired


def _steps(kind: RowKind, source: str, target: str, times: int) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield what is done to the target's rows, told by the places that :func:`_end` gave them."""
    if kind is not RowKind.EXTRA:
        yield _row_at(source), times
    if kind is not RowKind.MISSING:
        yield _row_at(target), -times


def _row_at(place: str) -> tuple[int, int]:
    key, content = map(int, place.strip("()").split(","))
    return key - 3, content
