"""Boxes, lines, headings and a legend as SVG text: how a drawing looks.

Consumed by :mod:`pilotage.report.graph_drawing`, which knows what the boxes mean. Nothing here is measured by
a font: widths are estimates for the widest of the usual system fonts, so text fits its box everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape

from pilotage.report.arc_layout import reach_of, stack_boxes
from pilotage.report.layered_layout import Box, Link, Placed, Point, place_boxes
from pilotage.report.text_widths import fitted, text_width

# Middle tones, as far from white as from near black; the group's number stands beside each.
_COLOURS = (
    "#3b76c4",
    "#c8621b",
    "#2e8b57",
    "#a8459c",
    "#b3861a",
    "#2a93a0",
    "#c2434f",
    "#7261c9",
    "#6f8f2f",
    "#8a6a55",
    "#5f7890",
    "#d0588f",
)
_NO_GROUP = "#808890"

_NAME_SIZE = 12.5
_LINE_SIZE = 10.5
_STRIPE = 22.0
_PADDING = 9.0
_HEIGHT = 40.0
_LOOP_ROOM = 20.0
_LOOP_HEIGHT = 7.0
_WIDEST_TEXT = 285.0
_MARGIN = 28.0
_COLUMN_BOXES = 22
"""Boxes of one depth that stand in one column; more get another column beside it."""
_APART_WIDTH = 5
"""Columns of boxes that no line touches, where the drawing itself is narrower than that."""

_STYLE = """\
svg { --paper: #ffffff; --ink: #1d2329; --faint: #5b6570; --box: #fbfcfd; --rule: #d9dee3;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans",
  sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #15191e; --ink: #e4e8ec; --faint: #9aa5b1; --box: #1f252c; --rule: #343c45; } }
.paper { fill: var(--paper); } .box { fill: var(--box); stroke-width: 1.3; }
text { fill: var(--ink); } .title { font-size: 17px; font-weight: 600; }
.note { fill: var(--faint); font-size: 12px; }
.name { font-size: 12.5px; } .line { font-size: 10.5px; fill: var(--faint); }
.number { font-size: 11px; font-weight: 600; fill: #ffffff; text-anchor: middle; }
.column { font-size: 11px; fill: var(--faint); } .rule { stroke: var(--rule); stroke-width: 1; }
.tie path { fill: none; } .tie { stroke-opacity: .72; } .tie .head { fill-opacity: .9; stroke: none; }
.faint { stroke-opacity: .26; } .faint .head { fill-opacity: .35; }
@media (prefers-color-scheme: dark) { .faint { stroke-opacity: .5; } }
.tie:hover path, .loop:hover path { stroke-opacity: 1; stroke-width: 3; }
.loop path { fill: none; stroke-width: 1.5; } .keys { font-size: 10px; fill: var(--faint); }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A box: two lines of text in the colour of its group.

    Attributes:
        column: how far right it stands, counted from 0.
        group: its number from 0; None for none.
        loops: lines from it to itself.
    """

    name: str
    line: str
    column: int
    group: int | None
    loops: int
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A line from one node to another, by their places; wider for more keys."""

    start: int
    end: int
    keys: int
    faint: bool
    dashed: bool
    tooltip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that is drawn.

    Attributes:
        column: what a column is called in its heading, before its number; of a stacked picture the whole
            heading.
        stacked: whether the nodes stand below each other in their order, with lines as arcs beside them.
        legend: a line for each group, in order.
    """

    title: str
    note: str
    column: str
    stacked: bool
    legend: tuple[str, ...]
    nodes: tuple[Node, ...]
    ties: tuple[Tie, ...]


def picture_svg(picture: Picture) -> str:
    """Return the drawing as SVG text, with a line break at its end."""
    return _Drawing(picture).svg()


class _Drawing:
    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._names = [fitted(node.name, _NAME_SIZE, _WIDEST_TEXT) for node in picture.nodes]
        self._lines = [fitted(node.line, _LINE_SIZE, _WIDEST_TEXT) for node in picture.nodes]
        tied = {end for tie in picture.ties for end in (tie.start, tie.end)}
        if picture.stacked:
            tied = set(range(len(picture.nodes)))
        self._tied = [place for place in range(len(picture.nodes)) if place in tied]
        self._apart = [place for place in range(len(picture.nodes)) if place not in tied]
        self._columns, self._heads = self._dealt_columns()
        self._widths = self._even_widths()
        place = stack_boxes if picture.stacked else place_boxes
        self._placed: Placed = place(
            [Box(self._columns[node], self._widths[node], self._height(node)) for node in self._tied],
            self._links(),
        )
        self._corner: dict[int, Point] = {}

    def _even_widths(self) -> list[float]:
        """Return the width of each box: all of a column are as wide as its longest text needs."""
        widths = [
            math.ceil(
                _STRIPE + 2 * _PADDING + max(text_width(name, _NAME_SIZE), text_width(line, _LINE_SIZE))
            )
            for name, line in zip(self._names, self._lines, strict=True)
        ]
        widest: dict[int | None, float] = {}
        for place, width in enumerate(widths):
            column = self._columns.get(place)
            widest[column] = max(widest.get(column, 0.0), width)
        return [widest[self._columns.get(place)] for place in range(len(widths))]

    def _height(self, place: int) -> float:
        """Return the height that a box takes up: one with a loop keeps room for it above and below."""
        return _HEIGHT + (2 * _LOOP_HEIGHT if self._picture.nodes[place].loops else 0.0)

    def _links(self) -> list[Link]:
        rank = {place: number for number, place in enumerate(self._tied)}
        return [Link(rank[tie.start], rank[tie.end], loose=tie.faint) for tie in self._picture.ties]

    def _dealt_columns(self) -> tuple[dict[int, int], list[tuple[int, int]]]:
        """Return the column of every tied node, and for each column of the picture its first and last one."""
        members: dict[int, list[int]] = {}
        for place in self._tied:
            members.setdefault(self._picture.nodes[place].column, []).append(place)
        dealt: dict[int, int] = {}
        heads: list[tuple[int, int]] = []
        first = 0
        for column in range(1 + max(members, default=-1)):
            places = members.get(column, [])
            needed = 1 if self._picture.stacked else max(1, math.ceil(len(places) / _COLUMN_BOXES))
            for number, place in enumerate(places):
                dealt[place] = first + number * needed // len(places)
            heads.append((first, first + needed - 1))
            first += needed
        return dealt, heads

    # -- putting it together --------------------------------------------------------------------------------

    def svg(self) -> str:
        picture, placed = self._picture, self._placed
        legend, legend_right, legend_bottom = self._legend(_MARGIN + 46.0 + 16 * len(self._note_lines()))
        top = legend_bottom + (34.0 if self._tied else 8.0)
        for rank, place in enumerate(self._tied):
            x, y = placed.boxes[rank]
            self._corner[place] = (_MARGIN + x, top + y + (self._height(place) - _HEIGHT) / 2)
        bottom = top + placed.height
        apart, bottom, right = self._place_apart(bottom)
        drawn_right = max(_MARGIN + placed.width + _LOOP_ROOM, right)
        width = max(drawn_right, legend_right, self._text_right(), 640.0) + _MARGIN
        height = bottom + _MARGIN
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}"'
            f' width="{_n(width)}" height="{_n(height)}" role="img">',
            f"<title>{_xml(picture.title)}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_n(width)}" height="{_n(height)}"/>',
            _text("title", _MARGIN, _MARGIN + 14, picture.title),
            *(
                _text("note", _MARGIN, _MARGIN + 36 + 16 * number, line)
                for number, line in enumerate(self._note_lines())
            ),
            *legend,
            *self._headings(top),
            *self._ties(top, faint=True),
            *self._ties(top, faint=False),
            *apart,
            *(self._node(place) for place in self._corner),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _note_lines(self) -> list[str]:
        lines = [""]
        for word in self._picture.note.split(" "):
            longer = f"{lines[-1]} {word}".lstrip()
            if lines[-1] and text_width(longer, 12) > self._room():
                lines.append(word)
            else:
                lines[-1] = longer
        return [fitted(line, 12, self._room()) for line in lines]

    def _room(self) -> float:
        return max(self._placed.width + _LOOP_ROOM, 900.0)

    def _text_right(self) -> float:
        texts = [
            text_width(self._picture.title, 17.5),
            *(text_width(each, 12) for each in self._note_lines()),
        ]
        return _MARGIN + max(texts)

    def _legend(self, top: float) -> tuple[list[str], float, float]:
        """Return the legend's parts and where it ends, to the right and below.

        As many entries stand side by side as there is room for.
        """
        texts = [fitted(text, 12, 520.0) for text in self._picture.legend]
        if not texts:
            return [], _MARGIN, top - 10
        cell = max(text_width(text, 12) for text in texts) + 52
        across = max(1, min(len(texts), int(self._room() // cell)))
        parts = []
        for number, (text, full) in enumerate(zip(texts, self._picture.legend, strict=True)):
            x = _MARGIN + (number % across) * cell
            y = top + (number // across) * 24
            parts.append(
                f"<g><title>{_xml(full)}</title>{_badge(x, y, 22, 18, number)}"
                f"{_text('note', x + 30, y + 13, text)}</g>"
            )
        return parts, _MARGIN + across * cell, top + math.ceil(len(texts) / across) * 24

    def _headings(self, top: float) -> Iterable[str]:
        for number, (first, last) in enumerate(self._heads):
            left = _MARGIN + self._placed.columns[first][0]
            right = _MARGIN + sum(self._placed.columns[last])
            heading = self._picture.column if self._picture.stacked else f"{self._picture.column} {number}"
            yield _text("column", left, top - 16, heading)
            yield _rule(left, right, top - 10)

    def _place_apart(self, bottom: float) -> tuple[list[str], float, float]:
        """Put the boxes that no line touches below the others, in rows."""
        if not self._apart:
            return [], bottom, 0.0
        cell = self._widths[self._apart[0]] + 24
        across = max(1, int(max(self._placed.width, _APART_WIDTH * cell) // cell))
        top = bottom + (48.0 if self._tied else 26.0)
        for number, place in enumerate(self._apart):
            self._corner[place] = (_MARGIN + number % across * cell, top + number // across * (_HEIGHT + 14))
        right = _MARGIN + min(across, len(self._apart)) * cell
        heading = [
            _text("column", _MARGIN, top - 16, "no foreign key to or from another"),
            _rule(_MARGIN, right - 24, top - 10),
        ]
        return heading, top + math.ceil(len(self._apart) / across) * (_HEIGHT + 14) - 14, right

    # -- boxes and lines ------------------------------------------------------------------------------------

    def _node(self, place: int) -> str:
        node = self._picture.nodes[place]
        x, y = self._corner[place]
        width = self._widths[place]
        colour = _colour(node.group)
        loop = self._loop(node, x + width, y) if node.loops else ""
        return (
            f'<g class="node"><title>{_xml(node.tooltip)}</title>'
            f'<rect class="box" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(_HEIGHT)}" rx="5"'
            f' stroke="{colour}"/>'
            f'<path fill="{colour}" d="M{_n(x + 5)} {_n(y)}H{_n(x + _STRIPE)}V{_n(y + _HEIGHT)}H{_n(x + 5)}'
            f'a5 5 0 0 1 -5 -5V{_n(y + 5)}a5 5 0 0 1 5 -5z"/>'
            + ("" if node.group is None else _text("number", x + _STRIPE / 2, y + 24, str(node.group + 1)))
            + _text("name", x + _STRIPE + _PADDING, y + 17.5, self._names[place])
            + _text("line", x + _STRIPE + _PADDING, y + 32, self._lines[place])
            + f"{loop}</g>"
        )

    def _loop(self, node: Node, right: float, y: float) -> str:
        colour = _colour(node.group)
        several = _text("keys", right + 13, y - 3, f"{node.loops} keys") if node.loops > 1 else ""
        return (
            f'<g class="loop"><path stroke="{colour}"'
            f' d="M{_n(right - 16)} {_n(y)}C{_n(right - 14)} {_n(y - 15)} {_n(right + 19)} {_n(y - 9)}'
            f' {_n(right + 6)} {_n(y + 7.5)}"/>'
            f'<path style="fill:{colour};stroke:none" d="{_head((right, y + 11), (right + 6, y + 7), 0.9)}"/>'
            f"{several}</g>"
        )

    def _ties(self, top: float, *, faint: bool) -> Iterable[str]:
        for tie, points in zip(self._picture.ties, self._placed.lines, strict=True):
            if tie.faint != faint:
                continue
            moved = [(_MARGIN + x, top + y) for x, y in points]
            arc = self._arc(tie)
            colour = _colour(self._picture.nodes[tie.end].group)
            width = 1.3 + 0.9 * math.log2(tie.keys)
            opacity = f' stroke-opacity="{_n(min(0.3 + width / 10, 0.9))}"' if self._picture.stacked else ""
            head, tip = _head_of(moved, arc, min(1.0 + width / 6, 2.0))
            dash = ' stroke-dasharray="6 4"' if tie.dashed else ""
            yield (
                f'<g class="tie{" faint" if faint else ""}"><title>{_xml(tie.tooltip)}</title>'
                f'<path stroke="{colour}" stroke-width="{_n(width)}"{dash}{opacity}'
                f' d="{_curve([*moved[:-1], tip], arc)}"/>'
                f'<path class="head" style="fill:{colour};stroke:none" d="{head}"/></g>'
            )

    def _arc(self, tie: Tie) -> float:
        """Return how far a line between boxes of one column bows out beside them, to the left below 0."""
        if self._columns[tie.start] != self._columns[tie.end]:
            return 0.0
        distance = self._corner[tie.end][1] - self._corner[tie.start][1]
        if self._picture.stacked:
            return reach_of(distance) * (-1 if distance > 0 else 1)
        return 24 + min(abs(distance) / 6, 40)


def _curve(points: Sequence[Point], arc: float) -> str:
    """Return a path that bends between the points of each pair and is level between pairs."""
    (x, y), (end_x, end_y) = points[0], points[-1]
    if arc:
        reach = (max if arc > 0 else min)(x, end_x) + arc
        return f"M{_n(x)} {_n(y)}C{_n(reach)} {_n(y)} {_n(reach)} {_n(end_y)} {_n(end_x)} {_n(end_y)}"
    path = f"M{_n(x)} {_n(y)}"
    for number, ((x, y), (next_x, next_y)) in enumerate(pairwise(points)):
        if number % 2:
            path += f"L{_n(next_x)} {_n(next_y)}"
        else:
            middle = (x + next_x) / 2
            path += f"C{_n(middle)} {_n(y)} {_n(middle)} {_n(next_y)} {_n(next_x)} {_n(next_y)}"
    return path


def _head_of(points: Sequence[Point], arc: float, scale: float) -> tuple[str, Point]:
    """Return the arrow's head at a line's last point, and where the line itself must end."""
    x, y = points[-1]
    from_right = arc > 0 if arc else points[-2][0] > x
    back = (x + 7 * scale * (1 if from_right else -1), y)
    return _head((x, y), back, scale), back


def _head(tip: Point, back: Point, scale: float) -> str:
    dx, dy = tip[0] - back[0], tip[1] - back[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length * 3.2 * scale, dx / length * 3.2 * scale
    corners = (tip, (back[0] + nx, back[1] + ny), (back[0] - nx, back[1] - ny))
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in corners) + "z"


def _rule(left: float, right: float, y: float) -> str:
    return f'<line class="rule" x1="{_n(left)}" y1="{_n(y)}" x2="{_n(right)}" y2="{_n(y)}"/>'


def _badge(x: float, y: float, width: float, height: float, group: int) -> str:
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="4"'
        f' fill="{_colour(group)}"/>' + _text("number", x + width / 2, y + 13, str(group + 1))
    )


def _colour(group: int | None) -> str:
    return _NO_GROUP if group is None else _COLOURS[group % len(_COLOURS)]


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}">{_xml(text)}</text>'


def _xml(text: str) -> str:
    """Return text for XML 1.0, which cannot hold some characters even as references (section 2.2)."""
    return escape("".join(each if _is_legal(each) else "\N{REPLACEMENT CHARACTER}" for each in text))


def _is_legal(character: str) -> bool:
    code = ord(character)
    return code in {0x9, 0xA, 0xD} or (
        code >= 0x20 and not 0xD800 <= code <= 0xDFFF and code & 0xFFFE != 0xFFFE
    )


def _n(number: float) -> str:
    """Return a number with at most one decimal place."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
