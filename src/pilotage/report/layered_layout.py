"""Where boxes and lines of a layered drawing go: columns by layer, few crossings, nothing on top of a box.

Numbers only, in pixels; consumed by :mod:`pilotage.report.svg_picture`, which draws them. After Sugiyama,
Tagawa and Toda (1981): lines over several columns get a place in each of them, orders follow barycentres, and
what remains is a least-squares fit for each column.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

BOX_GAP = 14.0
LINE_GAP = 7.0
"""Between a line that passes a column and its neighbours there."""
_SWEEPS = 24
_FITS = 16
_MOST_PLACES = 4_000
"""Places for lines that pass columns; with more, lines go straight and below the boxes instead."""
_LINE_WEIGHT = 4.0
"""How much more a passing line wants to be straight than a box wants to be amid its neighbours."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle to place: its column and its size."""

    column: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """A line from one box to another, by their numbers.

    Attributes:
        loose: it has no say in where boxes go and may pass below them.
    """

    start: int
    end: int
    loose: bool = False


@dataclass(slots=True)
class Placed:
    """What came of it.

    Attributes:
        boxes: for each box its left upper corner.
        lines: for each link its points; between the first two, the next two and so on it bends, and between
            those pairs it is level.
        columns: for each column its left edge and its width.
        width, height: of it all.
    """

    boxes: list[Point] = field(default_factory=list)
    lines: list[list[Point]] = field(default_factory=list)
    columns: list[tuple[float, float]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def place_boxes(boxes: Sequence[Box], links: Sequence[Link]) -> Placed:
    """Return where boxes and lines go. Boxes come in the order in which equals stand, top to bottom."""
    return _Placing(boxes, links).place()


class _Placing:
    """One drawing being placed. Places are numbered: the boxes first, then those of passing lines."""

    def __init__(self, boxes: Sequence[Box], links: Sequence[Link]) -> None:
        self._boxes = boxes
        self._links = links
        self._column_of = [box.column for box in boxes]
        self._height_of = [box.height for box in boxes]
        self._chains: list[list[int]] = []
        self._neighbours: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        span = sum(max(0, abs(boxes[link.start].column - boxes[link.end].column) - 1) for link in links)
        for link in links:
            self._chains.append(self._chain(link, direct=link.loose or span > _MOST_PLACES))
        for link, chain in zip(links, self._chains, strict=True):
            if not link.loose:
                for one, other in pairwise(chain):
                    self._neighbours[one][self._column_of[other]].append(other)
                    self._neighbours[other][self._column_of[one]].append(one)
        columns = 1 + max(self._column_of, default=-1)
        self._columns: list[list[int]] = [[] for _ in range(columns)]
        for place, column in enumerate(self._column_of):
            self._columns[column].append(place)
        self._middle: list[float] = [0.0] * len(self._column_of)

    def _chain(self, link: Link, *, direct: bool) -> list[int]:
        """Return the places of a line from its start to its end, with new ones in the columns between."""
        start, end = self._column_of[link.start], self._column_of[link.end]
        step = 1 if start < end else -1
        between = [] if direct else list(range(start + step, end, step)) if start != end else []
        chain = [link.start]
        for column in between:
            chain.append(len(self._column_of))
            self._column_of.append(column)
            self._height_of.append(0.0)
        return [*chain, link.end]

    def place(self) -> Placed:
        self._order()
        self._fit()
        placed = Placed()
        self._place_columns(placed)
        top = min((self._top(place) for place in range(len(self._boxes))), default=0.0)
        top = min([top, *self._middle[len(self._boxes) :]])
        self._middle = [middle - top for middle in self._middle]
        placed.boxes = [
            (placed.columns[box.column][0], self._top(place)) for place, box in enumerate(self._boxes)
        ]
        placed.lines = _Lines(
            self._boxes, self._links, self._chains, self._column_of, self._middle, placed
        ).draw()
        bottoms = [corner[1] + box.height for corner, box in zip(placed.boxes, self._boxes, strict=True)]
        placed.height = max([*bottoms, *self._middle[len(self._boxes) :]], default=0.0)
        return placed

    def _top(self, place: int) -> float:
        return self._middle[place] - self._height_of[place] / 2

    # -- the order within columns ---------------------------------------------------------------------------

    def _order(self) -> None:
        """Sweep over the columns and back, and keep the best order that was seen."""
        best, fewest = [list(column) for column in self._columns], self._crossings()
        for sweep in range(_SWEEPS):
            if not fewest:
                break
            forward = sweep % 2 == 0
            columns = range(len(self._columns)) if forward else range(len(self._columns) - 1, -1, -1)
            for column in columns:
                self._sort_column(column, column - 1 if forward else column + 1)
            found = self._crossings()
            if found < fewest:
                best, fewest = [list(column) for column in self._columns], found
        self._columns = best

    def _sort_column(self, column: int, beside: int) -> None:
        if not 0 <= beside < len(self._columns):
            return
        rank = {place: number for number, place in enumerate(self._columns[beside])}
        own = {place: float(number) for number, place in enumerate(self._columns[column])}
        wanted = {}
        for place in self._columns[column]:
            others = self._neighbours[place].get(beside, ())
            scale = len(own) / max(len(rank), 1)
            wanted[place] = (
                sum(rank[other] for other in others) / len(others) * scale if others else own[place]
            )
        self._columns[column].sort(key=lambda place: (wanted[place], own[place]))

    def _crossings(self) -> int:
        """Return how often lines between neighbouring columns cross."""
        crossings = 0
        for column in range(1, len(self._columns)):
            rank = {place: number for number, place in enumerate(self._columns[column - 1])}
            seen: list[int] = []
            for place in self._columns[column]:
                others = sorted(rank[other] for other in self._neighbours[place].get(column - 1, ()))
                crossings += sum(len(seen) - bisect_left(seen, other + 1) for other in others)
                for other in others:
                    insort(seen, other)
        return crossings

    # -- heights --------------------------------------------------------------------------------------------

    def _fit(self) -> None:
        """Move every place amid its neighbours, as far as the order in its column lets it."""
        for column in self._columns:
            gaps = self._offsets(column)
            half = gaps[-1] / 2 if gaps else 0.0
            for place, offset in zip(column, gaps, strict=True):
                self._middle[place] = offset - half
        for number in range(_FITS):
            columns = self._columns if number % 2 == 0 else list(reversed(self._columns))
            for column in columns:
                self._fit_column(column)

    def _fit_column(self, column: Sequence[int]) -> None:
        offsets = self._offsets(column)
        wanted: list[float | None] = []
        weights: list[float] = []
        for place, offset in zip(column, offsets, strict=True):
            others = [other for found in self._neighbours[place].values() for other in found]
            middle = sum(self._middle[other] for other in others) / len(others) if others else None
            wanted.append(None if middle is None else middle - offset)
            weights.append(_LINE_WEIGHT if place >= len(self._boxes) else 1.0 if others else 0.01)
        fitted = _isotonic(_filled(wanted), weights)
        for place, offset, found in zip(column, offsets, fitted, strict=True):
            self._middle[place] = found + offset

    def _offsets(self, column: Sequence[int]) -> list[float]:
        """Return how far below the first place of a column each place is when they stand close together."""
        offsets: list[float] = []
        for number, place in enumerate(column):
            if not number:
                offsets.append(0.0)
                continue
            above = column[number - 1]
            both_boxes = place < len(self._boxes) and above < len(self._boxes)
            gap = BOX_GAP if both_boxes else LINE_GAP
            offsets.append(offsets[-1] + (self._height_of[above] + self._height_of[place]) / 2 + gap)
        return offsets

    def _place_columns(self, placed: Placed) -> None:
        """Give columns their widths, and room between them that grows with the lines there."""
        busy = [0] * (len(self._columns) + 1)
        for chain in self._chains:
            for one, other in pairwise(chain):
                busy[max(self._column_of[one], self._column_of[other])] += 1
        left = 0.0
        for column, places in enumerate(self._columns):
            if column:
                left += min(70.0 + 2.5 * busy[column], 170.0)
            width = max(
                (self._boxes[place].width for place in places if place < len(self._boxes)), default=20.0
            )
            placed.columns.append((left, width))
            left += width
        placed.width = left


class _Lines:
    """The points of the lines, once all places are known."""

    def __init__(
        self,
        boxes: Sequence[Box],
        links: Sequence[Link],
        chains: Sequence[Sequence[int]],
        column_of: Sequence[int],
        middle: Sequence[float],
        placed: Placed,
    ) -> None:
        self._boxes = boxes
        self._links = links
        self._chains = chains
        self._column_of = column_of
        self._middle = middle
        self._placed = placed

    def draw(self) -> list[list[Point]]:
        ports = self._ports()
        return [self._points(number, chain, ports) for number, chain in enumerate(self._chains)]

    def _points(
        self, number: int, chain: Sequence[int], ports: Mapping[tuple[int, bool], float]
    ) -> list[Point]:
        points: list[Point] = []
        for place, (one, other) in enumerate(pairwise(chain)):
            start = ports[number, True] if place == 0 else self._middle[one]
            end = ports[number, False] if place == len(chain) - 2 else self._middle[other]
            to_right = self._goes_right(one, other)
            points.append((self._side(one, right=to_right), start))
            points.append((self._side(other, right=not to_right or self._same_column(one, other)), end))
        return points

    def _goes_right(self, one: int, other: int) -> bool:
        return self._column_of[one] <= self._column_of[other]

    def _same_column(self, one: int, other: int) -> bool:
        return self._column_of[one] == self._column_of[other]

    def _side(self, place: int, *, right: bool) -> float:
        left, width = self._placed.columns[self._column_of[place]]
        if place < len(self._boxes):
            width = self._boxes[place].width
        return left + width if right else left

    def _ports(self) -> dict[tuple[int, bool], float]:
        """Spread the ends of lines over the sides of their boxes, in the order of where they lead."""
        ends: dict[tuple[int, bool], list[tuple[float, int, bool]]] = defaultdict(list)
        for number, chain in enumerate(self._chains):
            for is_start, one, other in ((True, chain[0], chain[1]), (False, chain[-1], chain[-2])):
                right = self._goes_right(one, other) if is_start else not self._goes_right(other, one)
                if self._same_column(one, other):
                    right = True
                ends[one, right].append((self._middle[other], number, is_start))
        ports: dict[tuple[int, bool], float] = {}
        for (place, _), found in ends.items():
            height = self._boxes[place].height
            room = min(height - 14.0, 5.0 * (len(found) - 1))
            for rank, (_, number, is_start) in enumerate(sorted(found)):
                share = rank / (len(found) - 1) - 0.5 if len(found) > 1 else 0.0
                ports[number, is_start] = self._middle[place] + room * share
        return ports


def _filled(wanted: Sequence[float | None]) -> list[float]:
    """Give boxes that want nothing what the next one that does wants: they then stand close to it."""
    filled: list[float] = []
    known = next((each for each in wanted if each is not None), 0.0)
    for each in wanted:
        known = known if each is None else each
        filled.append(known)
    return filled


def _isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the non-decreasing numbers nearest to those wanted, by weighted squares (PAVA)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        mean, mass, size = value, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_mass, other_size = pools.pop()
            mean = (mean * mass + other * other_mass) / (mass + other_mass)
            mass += other_mass
            size += other_size
        pools.append((mean, mass, size))
    return [mean for mean, _, size in pools for _ in range(size)]
