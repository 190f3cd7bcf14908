"""The dependency tree as text: every table below the tables that it references.

Consumed by the baseline. A table that references several others stands in full once, below the deepest of
them; elsewhere a line refers to that place. Nothing recurses, so a chain of any length works.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TypeAlias

from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.report.census import Census, Order
from pilotage.report.escape import visible_identifier, visible_identifiers, visible_name
from pilotage.report.figures import count, counted

LEVELS = 16
"""How far a branch is indented before it continues at the margin: what still fits a screen."""

Cycle: TypeAlias = tuple[QualifiedName, ...]
Item: TypeAlias = QualifiedName | Cycle
"""What has a line of its own: a table, or a cycle, below which its tables stand."""


@dataclass(frozen=True, slots=True)
class _Line:
    indent: str
    item: Item
    in_full: bool
    continued_below: bool = False
    continues: bool = False


def dependency_tree(catalog: Catalog, order: Order) -> str:
    """Return the tree from the roots down, with depth and rows; self-references and cycles are marked."""
    census = Census(catalog, order)
    branches = _Branches(order)
    lines: list[_Line | None] = []
    for root in branches.roots:
        lines += [*_tree_of(root, branches), None]
    first_line = {line.item: number for number, line in enumerate(lines) if line and line.in_full}
    written = [
        "" if line is None else line.indent + _text(line, number, first_line, census)
        for number, line in enumerate(lines)
    ]
    return "\n".join([*_head(census), *written, *_apart(census, branches)]).rstrip("\n") + "\n"


class _Branches:
    """Which lines stand below which: the items in full, then those that stand in full elsewhere."""

    def __init__(self, order: Order) -> None:
        cycle_of = {table: cycle for cycle in order.cycles for table in cycle}
        members: dict[Item, list[QualifiedName]] = defaultdict(list)
        for table in order.graph.nodes:
            members[cycle_of.get(table, table)].append(table)
        self._below: dict[Item, list[tuple[Item, bool]]] = {cycle: [] for cycle in order.cycles}
        for cycle in order.cycles:
            self._below[cycle] = [(table, True) for table in cycle]
        roots: list[Item] = []
        self.apart: list[QualifiedName] = []
        for item, tables in members.items():
            above = {
                referenced
                for table in tables
                for referenced in order.graph.references_of(table)
                if cycle_of.get(referenced, referenced) != item
            }
            # The deepest one; the first by name where several are.
            home = min(above, key=lambda table: (-order.depths[table], table), default=None)
            for referenced in above:
                self._below.setdefault(referenced, []).append((item, referenced == home))
            if home is not None:
                continue
            if len(tables) == 1 and not order.direct_dependents[tables[0]]:
                self.apart.append(tables[0])
            else:
                roots.append(item)
        for below in self._below.values():
            below.sort(key=lambda pair: (not pair[1], _sort_key(pair[0])))
        self.roots = sorted(roots, key=_sort_key)

    def below(self, item: Item) -> list[tuple[Item, bool]]:
        return self._below.get(item, [])


def _sort_key(item: Item) -> QualifiedName:
    return item if isinstance(item, QualifiedName) else item[0]


def _tree_of(root: Item, branches: _Branches) -> list[_Line]:
    """One root with everything below it, in several blocks where it is deep."""
    lines: list[_Line] = []
    blocks = deque([root])
    while blocks:
        top = blocks.popleft()
        lines.append(_Line("", top, in_full=top == root, continues=top != root))
        # Each entry: the indent of the lines below an item, and those of them still to be written.
        walk = [("", deque(branches.below(top)))]
        while walk:
            indent, waiting = walk[-1]
            if not waiting:
                walk.pop()
                continue
            item, in_full = waiting.popleft()
            below = branches.below(item) if in_full else []
            too_deep = bool(below) and len(walk) >= LEVELS
            lines.append(_Line(indent + ("├── " if waiting else "└── "), item, in_full, too_deep))
            if too_deep:
                blocks.append(item)
            elif below:
                walk.append((indent + ("│   " if waiting else "    "), deque(below)))
    return lines


def _text(line: _Line, number: int, first_line: dict[Item, int], census: Census) -> str:
    if line.continues:
        return f"{_name(line.item)} (continued)"
    if not line.in_full:
        return f"{_name(line.item)} (see {'above' if first_line[line.item] < number else 'below'})"
    text = _table(line.item, census) if isinstance(line.item, QualifiedName) else _cycle(line.item, census)
    return f"{text} … continued below" if line.continued_below else text


def _name(item: Item) -> str:
    if isinstance(item, QualifiedName):
        return visible_name(item)
    return f"the cycle of {visible_name(item[0])} and {counted(len(item) - 1, 'other')}"


def _cycle(cycle: Cycle, census: Census) -> str:
    return f"cycle of {count(len(cycle))} tables that need each other (depth {census.depth_of(cycle[0])})"


def _table(table: QualifiedName, census: Census) -> str:
    rows = census.rows_of(table)
    facts = [f"depth {census.depth_of(table)}", "rows not counted" if rows is None else counted(rows, "row")]
    if table in census.partitions:
        facts[-1] += f" in {counted(len(census.partitions[table]), 'partition')}"
    number = census.order.condensation.numbers[table]
    cycle = census.order.condensation.components[number]
    if len(cycle) > 1:
        others = [visible_name(other) for other in census.order.graph.references_of(table) if other in cycle]
        facts.append(f"in the cycle by {', '.join(others)}")
    own = census.self_references.get(table, ())
    if own:
        columns = [
            visible_identifier(key.columns[0])
            if len(key.columns) == 1
            else f"({visible_identifiers(key.columns)})"
            for key in own
        ]
        facts.append(f"references itself by {', '.join(columns)}")
    outside = sorted({key.referenced for key in census.leaving_scope.get(table, ())})
    if outside:
        facts.append(f"references {', '.join(map(visible_name, outside))} outside the scope")
    return f"{visible_name(table)} ({', '.join(facts)})"


def _head(census: Census) -> list[str]:
    order = census.order
    return [
        f"Dependency tree of {visible_identifier(census.catalog.server.database)}: "
        + ", ".join(
            (
                counted(len(order.graph.nodes), "table"),
                counted(len(census.catalog.foreign_keys), "foreign key"),
                f"depth {max(len(order.waves) - 1, 0)}",
                counted(len(order.roots), "root"),
                counted(len(order.cycles), "cycle") if order.cycles else "no cycles",
            )
        ),
        "",
        "A table stands below each table that it references, in full below the deepest of them.",
        "",
    ]


def _apart(census: Census, branches: _Branches) -> list[str]:
    if not branches.apart:
        return []
    heading = f"Tables that reference no other table and that none references ({count(len(branches.apart))})"
    return [heading, *(f"  {_table(table, census)}" for table in branches.apart)]
