"""Groups of tables where no configuration names them.

Consumed by planning and by ``plan --suggest``. Which tables belong together is found in
:mod:`pilotage.plan.communities`; here the result is put in order, named and explained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pilotage.graph import topological_order
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan.affinity import Landscape
from pilotage.plan.communities import Community, Kind, find_communities
from pilotage.plan.group_names import describe_group, name_groups, reason_for, shown
from pilotage.plan.unlisted import place_unlisted

__all__ = ["InferredGroup", "infer_groups", "place_unlisted"]

_PREFERENCE = {Kind.FOUNDATION: 0, Kind.COMMUNITY: 1, Kind.STANDALONE: 1, Kind.SATELLITES: 2}
"""What comes first where references leave it open: what others need, and last what nobody needs."""


@dataclass(frozen=True, kw_only=True)
class InferredGroup:
    """Tables that are reviewed together.

    Attributes:
        name: a unique slug, ``[a-z0-9][a-z0-9-]{0,39}``.
        purpose: one sentence made of facts, without its full stop.
        tables: by depth, then name; partitions follow the table that they are partitions of.
        reasons: for each of the tables one printable line.
    """

    name: str
    title: str
    purpose: str
    tables: tuple[QualifiedName, ...]
    reasons: Mapping[QualifiedName, str]


def infer_groups(catalog: Catalog) -> tuple[InferredGroup, ...]:
    """Divide the catalog's tables into groups, in an order in which they can load.

    By schema, foreign keys and names: see :func:`pilotage.plan.communities.find_communities`. No two groups
    wait for each other. The same groups for the same tables and keys, in whatever order they are given.
    """
    landscape = Landscape.of(catalog)
    communities = _in_load_order(landscape, find_communities(landscape))
    return tuple(
        InferredGroup(
            name=name,
            title=title,
            purpose=describe_group(landscape, community),
            tables=tuple(
                each
                for table in _by_depth(landscape, community)
                for each in _with_partitions(landscape, table)
            ),
            reasons={
                each: reason_for(landscape, community, table)
                if each == table
                else f"partition of {shown(table, each)}"
                for table in _by_depth(landscape, community)
                for each in _with_partitions(landscape, table)
            },
        )
        for community, (name, title) in zip(communities, name_groups(landscape, communities), strict=True)
    )


def _in_load_order(landscape: Landscape, communities: Sequence[Community]) -> tuple[Community, ...]:
    number = {table: place for place, each in enumerate(communities) for table in each.tables}
    edges = {
        (number[table], number[referenced])
        for table in landscape.tables
        for referenced in landscape.references_of(table)
    }

    def preference(place: int) -> tuple[int, str, int, QualifiedName]:
        community = communities[place]
        depth = max(landscape.order.depths[table] for table in community.tables)
        first = community.tables[0]
        return _PREFERENCE[community.kind], landscape.territories[first], depth, first

    return tuple(
        communities[place] for place in topological_order(range(len(communities)), edges, key=preference)
    )


def _by_depth(landscape: Landscape, community: Community) -> list[QualifiedName]:
    return sorted(community.tables, key=lambda table: (landscape.order.depths[table], table))


def _with_partitions(landscape: Landscape, table: QualifiedName) -> Sequence[QualifiedName]:
    return (table, *landscape.partitions.get(table, ()))
