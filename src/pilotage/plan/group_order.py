"""The order of groups, proved from what their tables need of each other.

What the user asked for is kept where it can be; where it cannot, groups change places; where even that cannot
work, the fewest foreign keys move into a last file. Consumed by planning.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pilotage.errors import UsageError
from pilotage.graph import CycleError, WeightedEdge, minimum_feedback_set, topological_order
from pilotage.model.names import QualifiedName
from pilotage.model.review import DeferredKey, GroupOrder, OrderChange
from pilotage.plan.belonging import TableNeed

_NEEDS_NAMED = 5
"""Of two groups that no order can hold, how many reasons are named: one would do."""

Pair = tuple[str, str]
"""Two groups: the one that needs, and the one that is needed."""


def order_groups(
    requested: Sequence[str], group_of: Mapping[QualifiedName, str], needs: Iterable[TableNeed]
) -> GroupOrder:
    """Return an order of the groups in which each comes after all that its tables need.

    Args:
        requested: the groups' names, in the order that the user wants.
        group_of: the group of every table, by partition root.
        needs: what tables need of each other.

    Raises:
        UsageError: two groups need each other through more than foreign keys.
    """
    between: dict[Pair, list[TableNeed]] = defaultdict(list)
    for need in needs:
        pair = (group_of[need.table], group_of[need.needed])
        if pair[0] != pair[1]:
            between[pair].append(need)
    broken = _pairs_to_break(between)
    kept = [pair for pair in sorted(between) if pair not in broken]
    place = {name: number for number, name in enumerate(requested)}
    planned = topological_order(sorted(place), kept, key=lambda name: (place[name], name))
    return GroupOrder(
        requested=tuple(requested),
        planned=planned,
        changes=_changes(requested, planned, {pair: between[pair] for pair in kept}),
        deferred_keys=_deferred(broken, between),
    )


def _pairs_to_break(between: Mapping[Pair, Sequence[TableNeed]]) -> dict[Pair, tuple[str, ...]]:
    """Return the pairs of groups whose fewest foreign keys close all circles, each with its circle."""
    breakable = {pair: all(need.constraint is not None for need in needs) for pair, needs in between.items()}
    feedback = minimum_feedback_set(
        WeightedEdge(pair[0], pair[1], weight=len(needs), breakable=breakable[pair])
        for pair, needs in sorted(between.items())
    )
    if feedback is None:
        raise UsageError(_impossible({pair: between[pair] for pair in between if not breakable[pair]}))
    pairs = sorted(feedback.edges)
    kept = [pair for pair in sorted(between) if pair not in set(pairs)]
    return {pair: _circle(pair, kept) for pair in pairs}


def _circle(pair: Pair, kept: Sequence[Pair]) -> tuple[str, ...]:
    """Return the circle that the pair would close, from the one that needs: a shortest one."""
    circle = _some_circle([*kept, pair])[:-1]
    start = circle.index(pair[0])
    return (*circle[start:], *circle[:start], pair[0])


def _some_circle(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Return groups that need each other in a circle, the first repeated at the end; there must be one."""
    try:
        topological_order(sorted({name for pair in pairs for name in pair}), pairs)
    except CycleError as error:
        return error.cycle
    raise ValueError("no groups need each other in a circle")


def _impossible(needs: Mapping[Pair, Sequence[TableNeed]]) -> str:
    lines = [
        f"  - {first} needs {second}: {need.describe()}"
        for first, second in itertools.pairwise(_some_circle(sorted(needs)))
        for need in [need for need in needs[first, second] if need.constraint is None][:_NEEDS_NAMED]
    ]
    return (
        "these groups need each other by the definitions of their tables, which no order can give:\n"
        + "\n".join(lines)
        + "\nPut these tables into one group."
    )


def _changes(
    requested: Sequence[str], planned: Sequence[str], needs: Mapping[Pair, Sequence[TableNeed]]
) -> tuple[OrderChange, ...]:
    """Return the pairs of groups that changed places, each with the needs that make it so."""
    wanted = {name: number for number, name in enumerate(requested)}
    return tuple(
        OrderChange(
            group=group,
            after=needed,
            because=tuple(sorted({need.describe() for need in needs[group, needed]})),
        )
        for group in planned
        for needed in planned
        if (group, needed) in needs and wanted[group] < wanted[needed]
    )


def _deferred(
    broken: Mapping[Pair, tuple[str, ...]], between: Mapping[Pair, Sequence[TableNeed]]
) -> tuple[DeferredKey, ...]:
    return tuple(
        DeferredKey(table=need.declared_on, constraint=need.constraint, referenced=need.needed, circle=circle)
        for pair, circle in broken.items()
        for need in between[pair]
        if need.constraint is not None
    )
