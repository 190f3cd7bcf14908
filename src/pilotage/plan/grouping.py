"""Groups and their order: as configured, or inferred, and proved in either case.

Joins assignment, inference and the order of groups; consumed by the building of a plan.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pilotage.config.records import Configuration
from pilotage.graph import Condensation, DependencyOrder, Digraph
from pilotage.model.catalog import Catalog, Table
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.plan import Group
from pilotage.model.review import Finding, FindingKind, GroupOrder
from pilotage.plan.assignment import assign_tables
from pilotage.plan.belonging import TableNeed
from pilotage.plan.group_order import order_groups
from pilotage.plan.inference import InferredGroup, infer_groups, place_unlisted

_REASONS_SHOWN = 6


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Every table in one group, and the groups in an order that works.

    Attributes:
        group_of: for every table, partitions too.
        needed_groups: for each group, the groups before it that its tables need.
        findings: tables that were placed, groups that were moved, keys that were put off.
    """

    groups: tuple[Group, ...]
    group_of: Mapping[QualifiedName, str]
    order: GroupOrder
    needed_groups: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]

    @property
    def place_of(self) -> Mapping[QualifiedName, int]:
        """The place of every table's group in the planned order."""
        place = {name: number for number, name in enumerate(self.order.planned)}
        return {table: place[group] for table, group in self.group_of.items()}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NamedGroup:
    """A group before its place is known.

    Attributes:
        reasons: why tables are in it, where they were not listed by hand.
    """

    name: str
    title: str
    purpose: str
    tables: tuple[QualifiedName, ...]
    reasons: Mapping[QualifiedName, str] = dataclasses.field(default_factory=dict)


def group_tables(
    catalog: Catalog,
    configuration: Configuration,
    *,
    order: DependencyOrder[QualifiedName],
    root: Mapping[QualifiedName, QualifiedName],
    needs: Sequence[TableNeed],
) -> Grouping:
    """Return the groups that the configuration asks for, or inferred ones, in an order that is proved.

    Raises:
        UsageError: the configuration names tables that are not there, twice or not at all, or groups that
            no order can hold.
    """
    if configuration.groups:
        named, findings = _as_configured(catalog, configuration, root)
    else:
        named, findings = inferred_groups(catalog, root, needs), []
    group_of = {table: group.name for group in named for table in group.tables}
    group_of = {table: group_of[root[table]] for table in root}
    proved = order_groups([group.name for group in named], group_of, needs)
    if not configuration.groups:
        # Nobody asked for an order, so none was changed.
        proved = msgspec.structs.replace(proved, requested=proved.planned, changes=())
    findings += _order_findings(proved)
    by_name = {group.name: group for group in named}
    known = {table.name: table for table in catalog.tables}
    members = defaultdict(list)
    for table in sorted(root, key=lambda name: (order.depths[root[name]], name)):
        members[group_of[table]].append(table)
    return Grouping(
        groups=tuple(
            _group(by_name[name], tuple(members[name]), known, order, root) for name in proved.planned
        ),
        group_of=group_of,
        order=proved,
        needed_groups=_needed_groups(proved, group_of, needs),
        findings=tuple(findings),
    )


def _as_configured(
    catalog: Catalog, configuration: Configuration, root: Mapping[QualifiedName, QualifiedName]
) -> tuple[list[NamedGroup], list[Finding]]:
    """Return the configured groups with every table in one, and where the unlisted ones were put."""
    assignment = assign_tables(configuration, catalog, root)
    members: dict[str, list[QualifiedName]] = {request.name: [] for request in configuration.groups}
    for table, listing in assignment.listed.items():
        members[listing.group].append(table)
    placed = place_unlisted(
        catalog, {name: tuple(tables) for name, tables in members.items()}, assignment.unlisted
    )
    findings = []
    for table in assignment.unlisted:
        group, reason = placed[table]
        members.setdefault(group, []).append(table)
        findings.append(
            Finding(
                kind=FindingKind.TABLE_PLACED,
                object=str(table),
                message=f"no group lists it; it is placed in {group}: {reason}",
                found=group,
            )
        )
    requests = {request.name: request for request in configuration.groups}
    return [
        NamedGroup(
            name=name,
            title=requests[name].title if name in requests else name.replace("-", " ").capitalize(),
            purpose=requests[name].purpose if name in requests else "Tables that no configured group fits",
            tables=tuple(tables),
        )
        for name, tables in members.items()
    ], findings


def inferred_groups(
    catalog: Catalog, root: Mapping[QualifiedName, QualifiedName], needs: Iterable[TableNeed]
) -> list[NamedGroup]:
    """Return the groups that are inferred from keys and names, one made of those that cannot be apart.

    Inference knows foreign keys only. Where definitions, too, make groups wait for each other, such as by
    functions that read tables, no order of files could hold them.
    """
    inferred = infer_groups(catalog)
    number = {table: place for place, group in enumerate(inferred) for table in group.tables}
    definitions = {
        (number[root[need.table]], number[root[need.needed]]) for need in needs if need.constraint is None
    }
    components = Condensation.of(Digraph.of(range(len(inferred)), definitions)).components
    return [_as_one([inferred[place] for place in sorted(places)]) for places in sorted(components, key=min)]


def _as_one(groups: Sequence[InferredGroup]) -> NamedGroup:
    """Return inferred groups as one, under the first one's name."""
    first, *others = groups
    purpose = first.purpose
    if others:
        with_others = ", ".join(group.title for group in others)
        purpose += f"; with {with_others}, since their definitions need each other"
    return NamedGroup(
        name=first.name,
        title=" and ".join(group.title for group in groups),
        purpose=purpose,
        tables=tuple(table for group in groups for table in group.tables),
        reasons={table: reason for group in groups for table, reason in group.reasons.items()},
    )


def _order_findings(order: GroupOrder) -> Iterable[Finding]:
    for change in order.changes:
        yield Finding(
            kind=FindingKind.GROUP_MOVED,
            object=change.group,
            message=f"it stands after {change.after}, since " + _some(change.because),
            expected=f"before {change.after}",
            found=f"after {change.after}",
        )
    for key in order.deferred_keys:
        yield Finding(
            kind=FindingKind.KEY_DEFERRED,
            object=f"{key.table} {quote_identifier(key.constraint)}",
            message=f"its groups need each other ({' → '.join(key.circle)}), so this key to {key.referenced} "
            "is created after all rows",
        )


def _some(reasons: Sequence[str]) -> str:
    """Return the first few reasons; the plan's order has them all."""
    left = len(reasons) - _REASONS_SHOWN
    return "; ".join(reasons[:_REASONS_SHOWN]) + (f"; and {left:,} more" if left > 0 else "")


def _needed_groups(
    order: GroupOrder, group_of: Mapping[QualifiedName, str], needs: Iterable[TableNeed]
) -> dict[str, tuple[str, ...]]:
    """Return for each group those before it that it needs; deferred keys need nothing of the order."""
    place = {name: number for number, name in enumerate(order.planned)}
    needed: dict[str, set[str]] = {name: set() for name in order.planned}
    for need in needs:
        group, other = group_of[need.table], group_of[need.needed]
        if place[other] < place[group]:
            needed[group].add(other)
    return {name: tuple(sorted(others, key=place.__getitem__)) for name, others in needed.items()}


def _group(
    named: NamedGroup,
    tables: tuple[QualifiedName, ...],
    known: Mapping[QualifiedName, Table],
    order: DependencyOrder[QualifiedName],
    root: Mapping[QualifiedName, QualifiedName],
) -> Group:
    depths = [order.depths[root[name]] for name in tables]
    return Group(
        name=named.name,
        title=named.title,
        purpose=named.purpose,
        tables=tables,
        depth=(min(depths, default=0), max(depths, default=0)),
        rows=sum(known[name].rows or 0 for name in tables),
        bytes=sum(known[name].bytes for name in tables),
    )
