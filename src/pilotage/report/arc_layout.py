"""Where boxes and lines of a stacked drawing go: one column in a given order, lines as arcs beside it.

Numbers only, in pixels; consumed by :mod:`pilotage.report.svg_picture`, for graphs that are too dense for
columns. A line that leads up keeps to the right of the boxes and one that leads down, against the order, to
their left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pilotage.report.layered_layout import Box, Link, Placed, Point

_GAP = 18.0
_PORT_GAP = 5.0


def reach_of(distance: float) -> float:
    """Return how far beside the boxes the handles of an arc are; the arc goes three quarters as far."""
    return 46.0 + min(abs(distance) * 0.42, 560.0)


def stack_boxes(boxes: Sequence[Box], links: Sequence[Link]) -> Placed:
    """Return the boxes below each other, in their order, and each line as the two points of its arc."""
    width = max((box.width for box in boxes), default=0.0)
    tops: list[float] = []
    bottom = 0.0
    for box in boxes:
        tops.append(bottom)
        bottom += box.height + _GAP
    down = [abs(tops[link.start] - tops[link.end]) for link in links if link.start < link.end]
    up = [abs(tops[link.start] - tops[link.end]) for link in links if link.start >= link.end]
    left = reach_of(max(down)) * 0.75 + 8 if down else 0.0
    right = reach_of(max(up)) * 0.75 + 8 if up else 0.0
    ports = _ports(boxes, links, tops)
    lines: list[list[Point]] = []
    for number, link in enumerate(links):
        x = left if link.start < link.end else left + width
        lines.append([(x, ports[number, True]), (x, ports[number, False])])
    return Placed(
        boxes=[(left, top) for top in tops],
        lines=lines,
        columns=[(left, width)],
        width=left + width + right,
        height=max(bottom - _GAP, 0.0),
    )


def _ports(
    boxes: Sequence[Box], links: Sequence[Link], tops: Sequence[float]
) -> dict[tuple[int, bool], float]:
    """Spread the ends of arcs over the sides of their boxes so that arcs of one side nest."""
    ends: dict[tuple[int, bool], list[tuple[float, int, bool]]] = defaultdict(list)
    for number, link in enumerate(links):
        on_left = link.start < link.end
        for is_start, one, other in ((True, link.start, link.end), (False, link.end, link.start)):
            # Those that come from above stand in the upper half, the nearest of them topmost.
            distance = tops[other] - tops[one]
            ends[one, on_left].append((-1 / distance if distance else 0.0, number, is_start))
    ports: dict[tuple[int, bool], float] = {}
    for (place, _), found in ends.items():
        room = min(boxes[place].height - 12.0, _PORT_GAP * (len(found) - 1))
        ordered = sorted(found, key=lambda end: (-end[0], end[1], end[2]))
        for rank, (_, number, is_start) in enumerate(ordered):
            share = rank / (len(found) - 1) - 0.5 if len(found) > 1 else 0.0
            ports[number, is_start] = tops[place] + boxes[place].height / 2 + room * share
    return ports
