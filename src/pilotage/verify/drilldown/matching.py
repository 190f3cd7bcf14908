"""Two ends' rows, each in the order of their keys' hashes, matched as multisets.

Consumed by the drill-down. No more is held than the different rows with one key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import NamedTuple

from pilotage.model.row_differences import RowKind
from pilotage.verify.drilldown.found import LocatedRow


class HashedRow(NamedTuple):
    """A row as it comes from an end, with those that are equal to it.

    Attributes:
        key: two hashes of the key, the same for keys that SQL calls equal; of the whole row where there is
            no key.
        content: two hashes of the whole row as it is stored.
        copies: how many rows of this content there are.
        place: the ``ctid`` of one of them: block and line.
    """

    key: tuple[int, int]
    content: tuple[int, int]
    copies: int
    place: tuple[int, int]

    @property
    def tid(self) -> str:
        """Its place as SQL reads it."""
        return f"({self.place[0]},{self.place[1]})"


class Unequal(NamedTuple):
    """Rows with one key that are not the same at both ends.

    Attributes:
        is_key: whether the key is of one row at each end at most.
    """

    rows: tuple[LocatedRow, ...]
    is_key: bool


Batches = AsyncIterator[Sequence[HashedRow]]
"""Rows in ascending order of ``key``, some at a time."""


async def match_rows(source: Batches, target: Batches) -> AsyncIterator[Unequal]:
    """Yield what one end has and the other has not, or not in the same form, key by key."""
    expected, found = _Groups(source), _Groups(target)
    ours, theirs = await expected.next(), await found.next()
    while ours or theirs:
        if theirs and (not ours or theirs[0].key < ours[0].key):
            yield _unequal((), theirs)
            theirs = await found.next()
        elif ours and (not theirs or ours[0].key < theirs[0].key):
            yield _unequal(ours, ())
            ours = await expected.next()
        else:
            if len(ours) != 1 or len(theirs) != 1 or ours[0][1:3] != theirs[0][1:3]:
                unequal = _unequal(ours, theirs)
                if unequal.rows:
                    yield unequal
            _skip_equal(expected, found)
            ours, theirs = await expected.next(), await found.next()


class _Groups:
    """Cuts batches into the rows of one key each.

    Attributes:
        batch: what has arrived and was not all handed out.
        position: of the next row in it.
    """

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self.batch: Sequence[HashedRow] = ()
        self.position = 0

    async def next(self) -> Sequence[HashedRow]:
        """Return the rows of the next key; none at the end."""
        if not await self._has_more():
            return ()
        group = [self.batch[self.position]]
        self.position += 1
        while await self._has_more() and self.batch[self.position].key == group[0].key:
            group.append(self.batch[self.position])
            self.position += 1
        return group

    async def _has_more(self) -> bool:
        while self.position >= len(self.batch):
            batch = await anext(self._batches, None)
            if batch is None:
                return False
            self.batch, self.position = batch, 0
        return True


def _skip_equal(expected: _Groups, found: _Groups) -> None:
    """Pass over rows that are the same at both ends, as most are, and are the only ones of their keys.

    What is not certain without another batch is left.
    """
    ours, theirs = expected.batch, found.batch
    first, second = expected.position, found.position
    for steps in range(min(len(ours) - first, len(theirs) - second) - 1):
        our, their = ours[first + steps], theirs[second + steps]
        if (
            our[:3] != their[:3]
            or our.key == ours[first + steps + 1].key
            or their.key == theirs[second + steps + 1].key
        ):
            break
    else:
        steps = max(0, min(len(ours) - first, len(theirs) - second) - 1)
    expected.position += steps
    found.position += steps


def _unequal(ours: Sequence[HashedRow], theirs: Sequence[HashedRow]) -> Unequal:
    """Return how the rows of one key differ; equal rows cancel each other out, each as often as it is."""
    is_key = sum(row.copies for row in ours) <= 1 and sum(row.copies for row in theirs) <= 1
    if is_key and ours and theirs:
        changed = LocatedRow(RowKind.CHANGED, ours[0].tid, theirs[0].tid, (1, 1))
        return Unequal((changed,), is_key)
    return Unequal(tuple(_as_whole_rows(ours, theirs)), is_key)


def _as_whole_rows(ours: Sequence[HashedRow], theirs: Sequence[HashedRow]) -> Iterator[LocatedRow]:
    expected, found = {row.content: row for row in ours}, {row.content: row for row in theirs}
    for content in expected | found:
        our, their = expected.get(content), found.get(content)
        copies = (our.copies if our else 0, their.copies if their else 0)
        if copies[0] != copies[1]:
            kind = RowKind.MISSING if copies[0] > copies[1] else RowKind.EXTRA
            yield LocatedRow(kind, our.tid if our else "", their.tid if their else "", copies)
