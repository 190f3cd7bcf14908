"""Load strategies: how the rows of tables that reference themselves or each other get in.

For rows that come while the constraints are there already. Consumed by planning; files and reports show the
reason. What a component is and which columns can wait as NULL is found out beside this module, in
:mod:`pilotage.plan.components` and :mod:`pilotage.plan.first_pass`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

from pilotage.graph import WeightedEdge, minimum_feedback_set
from pilotage.model.catalog import Catalog
from pilotage.model.choices import DataFormat
from pilotage.model.names import QualifiedName
from pilotage.model.review import (
    Component,
    KeyTreatment,
    LoadStrategy,
    SelfReferenceShape,
)
from pilotage.plan import reasons
from pilotage.plan.components import ROWS_PER_INSERT, Edge, LinkedTables, Statements, find_components
from pilotage.plan.first_pass import FirstPass, FirstPasses

__all__ = ["ROWS_PER_INSERT", "choose_components", "tables_to_walk"]

NO_SHAPES: Mapping[QualifiedName, SelfReferenceShape] = MappingProxyType({})


def choose_components(
    catalog: Catalog,
    *,
    deferred_keys: frozenset[tuple[QualifiedName, str]],
    data_format: DataFormat,
    split_bytes: int,
    shapes: Mapping[QualifiedName, SelfReferenceShape] = NO_SHAPES,
) -> tuple[Component, ...]:
    """Choose a strategy for every component that has an edge inside, referenced components first.

    A table in none of them is ``plain``. Of the strategies, in the order of ``LoadStrategy``, it is the first
    that applies:

    - ``one-statement`` rests on when PostgreSQL checks a foreign key that is not deferred: after every
      command (documentation of CREATE TABLE, DEFERRABLE), so after all rows of one COPY or INSERT;
    - ``deferred`` defers the fewest keys, so that the tables have an order by the others. A self-reference
      that no single statement satisfies is deferred too;
    - ``parents-first`` needs a shape that says that the rows form no loop;
    - ``two-pass`` breaks the fewest keys that can be NULL meanwhile, and self-references likewise;
    - ``drop-and-restore`` drops the fewest keys. A single table that can still be one COPY is
      ``one-statement`` instead, in a file above the limit: a large file is no hazard.

    Args:
        catalog: with rows counted, where ``data_format`` is INSERT.
        deferred_keys: tables and names of keys that are created only after the data.
        data_format: decides how many rows one statement brings.
        split_bytes: the size above which a table is split, if its strategy allows that.
        shapes: of self-referencing tables, see :func:`tables_to_walk`.
    """
    chooser = _Chooser(catalog, deferred_keys, Statements.of(catalog, data_format, split_bytes), shapes)
    return tuple(chooser.component(linked) for linked in find_components(catalog, deferred_keys))


def tables_to_walk(
    catalog: Catalog,
    *,
    deferred_keys: frozenset[tuple[QualifiedName, str]],
    data_format: DataFormat,
    split_bytes: int,
) -> tuple[QualifiedName, ...]:
    """Return the tables whose strategy depends on their shape, so that no others need be read; sorted."""
    statements = Statements.of(catalog, data_format, split_bytes)
    return tuple(
        sorted(
            linked.tables[0]
            for linked in find_components(catalog, deferred_keys)
            if linked.is_single
            and not statements.is_one_within_limit(linked.tables[0])
            and not all(edge.key.deferrable for edge in linked.edges)
        )
    )


class _Chooser:
    """Tries the strategies in turn, on one component after the other."""

    def __init__(
        self,
        catalog: Catalog,
        deferred_keys: Collection[tuple[QualifiedName, str]],
        statements: Statements,
        shapes: Mapping[QualifiedName, SelfReferenceShape],
    ) -> None:
        self._statements = statements
        self._shapes = shapes
        self._passes = FirstPasses(catalog, deferred_keys)

    def component(self, linked: LinkedTables) -> Component:
        attempts = (
            self._one_statement,
            self._deferred,
            self._parents_first,
            self._two_pass,
            self._one_large_statement,
        )
        for attempt in attempts:
            if (component := attempt(linked)) is not None:
                return component
        return self._drop_and_restore(linked)

    def _one_statement(self, linked: LinkedTables) -> Component | None:
        if not (linked.is_single and self._statements.is_one_within_limit(linked.tables[0])):
            return None
        return _component(
            linked,
            LoadStrategy.ONE_STATEMENT,
            reasons.one_statement(linked, self._statements),
            may_split=False,
        )

    def _deferred(self, linked: LinkedTables) -> Component | None:
        # A single table is here because it is not one statement within the limit; in a component of several,
        # which are not split, each table may be one of any size.
        selves = [
            edge
            for edge in linked.self_references
            if linked.is_single or not self._statements.is_one(edge.referencing)
        ]
        if not all(edge.key.deferrable for edge in selves):
            return None
        links = _fewest(linked.links, lambda edge: edge.key.deferrable)
        if links is None:
            return None
        treated = {*selves, *links}
        return _component(
            linked,
            LoadStrategy.DEFERRED,
            reasons.deferred(linked, treated, self._statements),
            treated,
            may_split=False,
        )

    def _parents_first(self, linked: LinkedTables) -> Component | None:
        shape = self._shapes.get(linked.tables[0])
        if not linked.is_single or shape is None or shape.depth is None:
            return None
        reason = reasons.parents_first(linked, shape.depth, self._statements)
        return _component(linked, LoadStrategy.PARENTS_FIRST, reason, may_split=True)

    def _two_pass(self, linked: LinkedTables) -> Component | None:
        """Break keys so that tables can be split, or at least so that they load at all."""
        passes = {edge: self._passes.of(edge.key) for edge in linked.edges}
        links = _fewest(linked.links, lambda edge: not passes[edge].obstacle)
        if links is None:
            return None
        for may_split, is_one in (
            (True, self._statements.is_one_within_limit),
            (False, self._statements.is_one),
        ):
            selves = [edge for edge in linked.self_references if not is_one(edge.referencing)]
            treated = {*links, *selves}
            if treated and not any(passes[edge].obstacle for edge in selves):
                reason = reasons.two_pass(linked, treated, self._statements, self._shapes)
                broken = {edge: passes[edge] for edge in treated}
                return _component(
                    linked, LoadStrategy.TWO_PASS, reason, treated, may_split=may_split, passes=broken
                )
        return None

    def _one_large_statement(self, linked: LinkedTables) -> Component | None:
        if not (linked.is_single and self._statements.is_one(linked.tables[0])):
            return None
        reason = reasons.one_large_statement(linked, self._statements, self._shapes, self._obstacles(linked))
        return _component(linked, LoadStrategy.ONE_STATEMENT, reason, may_split=False)

    def _drop_and_restore(self, linked: LinkedTables) -> Component:
        selves = [edge for edge in linked.self_references if not self._statements.is_one(edge.referencing)]
        links = _fewest(linked.links, lambda _: True)
        assert links is not None  # noqa: S101 - any edge may be broken, so no cycle remains
        treated = {*selves, *links}
        reason = reasons.drop_and_restore(
            linked, treated, self._statements, self._shapes, self._obstacles(linked)
        )
        return _component(linked, LoadStrategy.DROP_AND_RESTORE, reason, treated, may_split=False)

    def _obstacles(self, linked: LinkedTables) -> tuple[str, ...]:
        found = (self._passes.of(edge.key).obstacle for edge in linked.edges)
        return tuple(dict.fromkeys(obstacle for obstacle in found if obstacle))


def _fewest(links: Iterable[Edge], may_break: Callable[[Edge], bool]) -> set[Edge] | None:
    """Return the fewest keys without which the tables have an order; None where there is no such set.

    Keys between the same two tables are broken together or not at all.
    """
    links = tuple(links)
    found = minimum_feedback_set(
        WeightedEdge(edge.referencing, edge.referenced, weight=1, breakable=may_break(edge)) for edge in links
    )
    if found is None:
        return None
    broken = set(found.edges)
    return {edge for edge in links if (edge.referencing, edge.referenced) in broken}


_UNBROKEN = FirstPass()


def _component(
    linked: LinkedTables,
    strategy: LoadStrategy,
    reason: str,
    treated: Collection[Edge] = (),
    *,
    may_split: bool,
    passes: Mapping[Edge, FirstPass] = MappingProxyType({}),
) -> Component:
    return Component(
        tables=linked.order_without(treated),
        strategy=strategy,
        reason=reason,
        keys=tuple(
            KeyTreatment(
                table=edge.key.table,
                constraint=edge.key.name,
                referenced=edge.key.referenced,
                treated=edge in treated,
                set_null=passes.get(edge, _UNBROKEN).set_null,
                match_columns=passes.get(edge, _UNBROKEN).match_columns,
            )
            for edge in linked.edges
        ),
        may_split=may_split,
    )
