"""The dependency graph as a drawing: columns by depth, boxes coloured by group, lines for foreign keys.

Consumed by `generate`. The SVG holds everything it needs, runs no script, and reads on light and dark. Past a
number of tables it draws the groups instead. Where boxes go is :mod:`pilotage.report.layered_layout`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pilotage.model.catalog import Catalog, ForeignKey
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Group
from pilotage.report.census import Census, Order
from pilotage.report.escape import short_names, terminal_text, visible_identifier, visible_name
from pilotage.report.figures import count, counted, span
from pilotage.report.svg_picture import Node, Picture, Tie, picture_svg

MOST_TABLES = 120
"""With more tables than this, groups are drawn."""
_HUB_SHARE = 0.25
"""A table that more than this share of all references is a hub: its lines are drawn faint."""
_NEEDS_NAMED = 6
_FEWEST_FOR_HUBS = 8
"""In smaller databases every line can be followed."""


def dependency_graph_svg(catalog: Catalog, order: Order, groups: Sequence[Group]) -> str:
    """Return the drawing of the tables, or of their groups where there are too many tables.

    Args:
        order: of the catalog's tables.
        groups: in the order in which they load; they give boxes their colours.
    """
    census = Census(catalog, order)
    tables = order.graph.nodes
    picture = _tables(census, groups) if len(tables) <= MOST_TABLES else _groups(census, groups)
    return picture_svg(picture)


def _title(census: Census) -> str:
    order = census.order
    return f"Foreign keys of {visible_identifier(census.catalog.server.database)}: " + ", ".join(
        (
            counted(len(order.graph.nodes), "table"),
            counted(
                sum(key.referenced in census.tables for key in census.catalog.foreign_keys), "foreign key"
            ),
            f"depth {max(len(order.waves) - 1, 0)}",
        )
    )


def _tables(census: Census, groups: Sequence[Group]) -> Picture:
    order = census.order
    nodes = order.graph.nodes
    number_of = {name: number for number, group in enumerate(groups) for name in group.tables}
    names = (
        short_names(nodes) if len(census.catalog.scope) == 1 else {name: visible_name(name) for name in nodes}
    )
    cycle_of = {name: cycle for cycle in order.cycles for name in cycle}
    place = {
        name: number
        for number, name in enumerate(
            sorted(nodes, key=lambda name: (order.depths[name], number_of.get(name, len(groups)), name))
        )
    }
    hubs = _hubs(census)
    return Picture(
        title=_title(census),
        note="A line leads from the table that references to the table that is referenced, on its left."
        + (f" Faint: lines to {', '.join(names[hub] for hub in sorted(hubs))}." if hubs else ""),
        column="depth",
        stacked=False,
        legend=tuple(_legend(groups, census)),
        nodes=tuple(
            Node(
                name=names[name],
                line=_rows(census, name),
                column=order.depths[name],
                group=number_of.get(name),
                loops=len(census.self_references.get(name, ())),
                tooltip=_tooltip(census, name, groups, number_of.get(name)),
            )
            for name in place
        ),
        ties=tuple(
            Tie(
                start=place[one],
                end=place[other],
                keys=len(keys),
                faint=other in hubs,
                dashed=one in cycle_of and cycle_of.get(one) == cycle_of.get(other),
                tooltip="\n".join(_key(key, names) for key in keys),
            )
            for (one, other), keys in _between(census.catalog.foreign_keys, census.partition_root).items()
        ),
    )


def _hubs(census: Census) -> frozenset[QualifiedName]:
    tables = len(census.order.graph.nodes)
    if tables < _FEWEST_FOR_HUBS:
        return frozenset()
    return frozenset(
        name for name, direct in census.order.direct_dependents.items() if direct > tables * _HUB_SHARE
    )


def _rows(census: Census, name: QualifiedName) -> str:
    rows = census.rows_of(name)
    return "rows not counted" if rows is None else counted(rows, "row")


def _tooltip(census: Census, name: QualifiedName, groups: Sequence[Group], group: int | None) -> str:
    order = census.order
    lines = [
        visible_name(name),
        f"{_rows(census, name)}, depth {order.depths[name]}",
        f"referenced by {counted(order.direct_dependents[name], 'table')}"
        f", {count(order.all_dependents[name])} with those that wait through them",
    ]
    if group is not None:
        lines.append(f"group {group + 1}: {_group_title(groups[group])}")
    if name in census.partitions:
        lines.append(counted(len(census.partitions[name]), "partition"))
    lines += [f"references itself: {_columns(key)}" for key in census.self_references.get(name, ())]
    return "\n".join(lines)


def _key(key: ForeignKey, names: Mapping[QualifiedName, str]) -> str:
    one = names.get(key.table) or visible_name(key.table)
    other = names.get(key.referenced) or visible_name(key.referenced)
    return f"{one}.{_columns(key)} → {other}"


def _columns(key: ForeignKey) -> str:
    columns = ", ".join(map(visible_identifier, key.columns))
    return columns if len(key.columns) == 1 else f"({columns})"


def _between(
    keys: Iterable[ForeignKey], place_of: Mapping[QualifiedName, QualifiedName]
) -> dict[tuple[QualifiedName, QualifiedName], list[ForeignKey]]:
    """Return the keys between two different tables in scope, by both, sorted."""
    found: dict[tuple[QualifiedName, QualifiedName], list[ForeignKey]] = defaultdict(list)
    for key in keys:
        one, other = place_of.get(key.table), place_of.get(key.referenced)
        if one is not None and other is not None and one != other:
            found[one, other].append(key)
    return dict(sorted(found.items()))


def _legend(groups: Sequence[Group], census: Census) -> Iterable[str]:
    for group in groups:
        roots = [name for name in group.tables if census.partition_root.get(name) == name]
        rows = sum(census.rows_of(name) or 0 for name in roots)
        yield f"{_group_title(group)}: {counted(len(roots), 'table')}, {counted(rows, 'row')}"


def _group_title(group: Group) -> str:
    return terminal_text(group.title or group.name)


def _groups(census: Census, groups: Sequence[Group]) -> Picture:
    number_of = {name: number for number, group in enumerate(groups) for name in group.tables}
    keys: dict[tuple[int, int], int] = defaultdict(int)
    for key in census.catalog.foreign_keys:
        one, other = number_of.get(key.table), number_of.get(key.referenced)
        if one is not None and other is not None:
            keys[one, other] += 1
    needs: dict[int, list[int]] = defaultdict(list)
    for one, other in sorted(keys):
        if one != other:
            needs[one].append(other)
    return Picture(
        title=_title(census),
        note="Groups in the order in which they load. An arc leads from the group that references to the one"
        " that is referenced, the wider the more foreign keys; dashed on the left, against the order.",
        column="groups, first to last",
        stacked=True,
        legend=(),
        nodes=tuple(
            Node(
                name=_group_title(group),
                line=_group_line(group, census) + _needed(needs[number]),
                column=0,
                group=number,
                loops=0,
                tooltip="\n".join(
                    (
                        _group_title(group),
                        _group_line(group, census),
                        f"table depth {span(*group.depth)}",
                        f"{counted(keys.get((number, number), 0), 'foreign key')} within",
                        *(
                            f"{counted(keys[number, other], 'foreign key')} to {_group_title(groups[other])}"
                            for other in needs[number]
                        ),
                    )
                ),
            )
            for number, group in enumerate(groups)
        ),
        ties=tuple(
            Tie(
                start=one,
                end=other,
                keys=number,
                faint=False,
                dashed=one < other,
                tooltip=f"{counted(number, 'foreign key')}: {_group_title(groups[one])} →"
                f" {_group_title(groups[other])}",
            )
            for (one, other), number in sorted(keys.items())
            if one != other
        ),
    )


def _needed(numbers: Sequence[int]) -> str:
    if len(numbers) > _NEEDS_NAMED:
        return f"; needs {count(len(numbers))} groups"
    return f"; needs {', '.join(str(number + 1) for number in numbers)}" if numbers else ""


def _group_line(group: Group, census: Census) -> str:
    roots = [name for name in group.tables if census.partition_root.get(name) == name]
    rows = sum(census.rows_of(name) or 0 for name in roots)
    return f"{counted(len(roots), 'table')}, {counted(rows, 'row')}"
