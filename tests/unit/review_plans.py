"""Plans for review made from a catalog and laid out in files; consumed by the tests of the reports."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotage.model.catalog import Catalog
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Group, LoadTable, Plan, RunDdl, SetSequence, Step
from pilotage.model.review import FileKind, GroupOrder
from pilotage.plan.file_layout import lay_out_files
from pilotage.plan.order import order_tables, partition_root
from pilotage.plan.waves import waves
from tests.unit.runs import plan_of


def group_of_tables(catalog: Catalog, name: str, *tables: QualifiedName, title: str = "") -> Group:
    """A group of these tables, with the figures that planning gives it."""
    known = {table.name: table for table in catalog.tables}
    order, root = order_tables(catalog), partition_root(catalog)
    depths = [order.depths[root[table]] for table in tables]
    return Group(
        name=name,
        title=title or name.capitalize(),
        purpose=f"What {name} is for",
        tables=tables,
        depth=(min(depths), max(depths)),
        rows=sum(known[table].rows or 0 for table in tables),
        bytes=sum(known[table].bytes for table in tables),
    )


def review_plan(
    catalog: Catalog, groups: Sequence[Group] | None = None, layout: Layout = Layout.SCHEMA_FIRST
) -> Plan:
    """A plan with groups, waves by default, and with files in which every step stands."""
    order, root = order_tables(catalog), partition_root(catalog)
    groups = tuple(waves(catalog, order, root) if groups is None else groups)
    group_of = {str(table): group.name for group in groups for table in group.tables}
    plan = plan_of(catalog, order)
    steps = tuple(
        msgspec.structs.replace(step, group=group_of.get(_table_of(step), "")) for step in plan.steps
    )
    names = [group.name for group in groups]
    needs: dict[str, set[str]] = {name: set() for name in names}
    for key in catalog.foreign_keys:
        one, other = group_of[str(key.table)], group_of.get(str(key.referenced))
        if other is not None and names.index(other) < names.index(one):
            needs[one].add(other)
    laid_out = lay_out_files(
        steps,
        layout=layout,
        groups=names,
        requests=(),
        deferred=frozenset(),
        needs={name: sorted(needed) for name, needed in needs.items()},
    )
    assert any(file.kind is FileKind.VALIDATE for file in laid_out.files)
    return msgspec.structs.replace(
        plan,
        groups=groups,
        steps=steps,
        files=laid_out.files,
        layout=layout,
        order=GroupOrder(requested=tuple(names), planned=tuple(names), changes=(), deferred_keys=()),
    )


def _table_of(step: Step) -> str:
    if isinstance(step, RunDdl):
        return step.object
    if isinstance(step, LoadTable):
        return str(step.table)
    if isinstance(step, SetSequence):
        return ""
    table = getattr(step, "table", None)
    return "" if table is None else str(table)
