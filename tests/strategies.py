"""Hypothesis strategies of the whole project, by room.

Consumed by property tests. What a strategy yields is valid input; how it is built is nobody's concern.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from hypothesis import settings
from hypothesis import strategies as st

from pilotage.graph.feedback import WeightedEdge
from pilotage.model.catalog import Catalog, ForeignKey, MatchType
from pilotage.model.names import QualifiedName
from pilotage.model.review import DataFormat, SelfReferenceShape
from tests import catalogs

# How long an example takes says something about the machine, not about the product.
settings.register_profile("pilotage", deadline=None)
settings.load_profile("pilotage")

# --- graph ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnGraph:
    """Nodes in no order, and (referencing, referenced) edges, some repeated, some from a node to itself."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]


def _edges_among(nodes: tuple[str, ...], most: int) -> st.SearchStrategy[list[tuple[str, str]]]:
    if not nodes:
        return st.just([])
    node = st.sampled_from(nodes)
    return st.lists(st.tuples(node, node), max_size=most)


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 9, max_edges: int = 24) -> DrawnGraph:
    """Any directed graph."""
    names = "abcdefghijklmnopqrstuvwxyz"[: draw(st.integers(0, max_nodes))]
    nodes = tuple(draw(st.permutations(names)))
    return DrawnGraph(nodes, tuple(draw(_edges_among(nodes, max_edges))))


@st.composite
def acyclic_graphs(draw: st.DrawFn, max_nodes: int = 9, max_edges: int = 24) -> DrawnGraph:
    """A graph without cycles of two or more nodes; ``nodes`` is one of its topological orders."""
    graph = draw(graphs(max_nodes, max_edges))
    place = {node: number for number, node in enumerate(graph.nodes)}
    edges = tuple(
        (max(edge, key=place.__getitem__), min(edge, key=place.__getitem__)) for edge in graph.edges
    )
    return DrawnGraph(graph.nodes, edges)


def weighted_edges(
    max_nodes: int = 6, min_edges: int = 0, max_edges: int = 11
) -> st.SearchStrategy[list[WeightedEdge[str]]]:
    """The edges of any graph, with small weights, so that equals are common."""
    node = st.sampled_from("abcdefghijklmnopqrstuvwxyz"[:max_nodes])
    # An eighth of the edges unbreakable: with more, dense graphs could hardly ever be broken.
    edge = st.builds(
        WeightedEdge[str],
        referencing=node,
        referenced=node,
        weight=st.integers(0, 4),
        breakable=st.integers(0, 7).map(bool),
    )
    return st.lists(edge, min_size=min_edges, max_size=max_edges)


# --- execution -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnWork:
    """Steps in no order: what each weighs, what each locks, and (before, after) edges without a cycle."""

    weights: dict[str, int]
    locks: dict[str, tuple[str, ...]]
    edges: tuple[tuple[str, str], ...]


@st.composite
def work(draw: st.DrawFn, max_steps: int = 12, max_edges: int = 24) -> DrawnWork:
    """Work for several hands; some edges come from elsewhere, and locks are few, so that many share one."""
    graph = draw(acyclic_graphs(max_steps, max_edges))
    edges = tuple((after, before) for before, after in graph.edges if before != after)
    if graph.nodes:
        edges += tuple(
            ("elsewhere", node) for node in draw(st.lists(st.sampled_from(graph.nodes), max_size=2))
        )
    return DrawnWork(
        weights={node: draw(st.integers(0, 5)) for node in graph.nodes},
        locks={
            node: tuple(sorted(draw(st.sets(st.sampled_from("XYZ"), max_size=2)))) for node in graph.nodes
        },
        edges=edges,
    )


# --- plan ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnLoad:
    """A few tables with keys among them, and how their rows are written."""

    catalog: Catalog
    data_format: DataFormat
    split_bytes: int
    shapes: dict[QualifiedName, SelfReferenceShape]


@st.composite
def loads(draw: st.DrawFn, max_tables: int = 5, max_keys: int = 9) -> DrawnLoad:
    """Tables ``a``, ``b``…; keys of one or two columns, no two of which share a column."""
    names = "abcdefghij"[: draw(st.integers(1, max_tables))]
    keys = [draw(_keys_among(names, number)) for number in range(draw(st.integers(0, max_keys)))]
    tables = []
    for name in names:
        mine = [key for key in keys if key.table.name == name]
        columns = [
            catalogs.column(column, not_null=column not in key.nullable_columns)
            for key in mine
            for column in key.columns
        ]
        tables.append(
            catalogs.table(
                name,
                rows=draw(st.sampled_from([0, 10, 1_000, 1_001, 50_000])),
                bytes=draw(st.sampled_from([0, 1_000, 10_000])),
                columns=(catalogs.column("id", not_null=True), *columns),
            )
        )
    with_key = draw(st.sets(st.sampled_from(names))) if draw(st.booleans()) else set(names)
    shaped = draw(st.sets(st.sampled_from(names)))
    depth = st.one_of(st.none(), st.integers(0, 20))
    return DrawnLoad(
        catalog=catalogs.catalog(
            tables,
            keys,
            indexes=[
                catalogs.index(name, f"{name}_pkey", unique=True, primary=True) for name in sorted(with_key)
            ],
        ),
        data_format=draw(st.sampled_from(DataFormat)),
        split_bytes=draw(st.sampled_from([500, 5_000, 50_000])),
        shapes={
            catalogs.named(name): SelfReferenceShape(
                table=catalogs.named(name), roots=1, linked=9, depth=draw(depth)
            )
            for name in sorted(shaped)
        },
    )


@st.composite
def _keys_among(draw: st.DrawFn, names: str, number: int) -> ForeignKey:
    table = st.sampled_from(names)
    columns = tuple(f"k{number}{end}" for end in "xy"[: draw(st.integers(1, 2))])
    nullable = draw(st.sampled_from([(), columns, columns[-1:], columns]))
    key = catalogs.foreign_key(
        draw(table),
        draw(table),
        columns=columns,
        referenced_columns=("id", "id")[: len(columns)],
        name=f"fk{number}",
        match=draw(st.sampled_from([MatchType.SIMPLE, MatchType.FULL])),
        deferrable=draw(st.booleans()),
        enforced=draw(st.integers(0, 9)) > 0,
    )
    return msgspec.structs.replace(key, nullable_columns=nullable)
