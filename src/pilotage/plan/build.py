"""Building a Plan: every archive entry placed, every table loaded, every wait named.

Consumed by whoever plans. No DDL is written here: each step's SQL is pg_dump's, and the only thing decided
is where it stands and what it waits for.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from pilotage import __version__
from pilotage.archive import PREAMBLE, RestorePass, is_of_database, restore_pass
from pilotage.config.records import Configuration
from pilotage.graph import DependencyOrder
from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.catalog import Catalog, Table, TableKind, ViewKind
from pilotage.model.fixes import ChosenFix, LeftFix, left_fixes
from pilotage.model.locks import LockMode
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    CopyFormat,
    Edge,
    EdgeReason,
    Group,
    Hazard,
    HazardKind,
    LoadTable,
    Plan,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
)
from pilotage.model.review import SelfReferenceShape
from pilotage.model.roles import RoleChoices
from pilotage.plan.agreement import ensure_agreement
from pilotage.plan.belonging import table_needs
from pilotage.plan.costs import cost_of_load, cost_of_scan
from pilotage.plan.extension_rows import in_load_order as extension_tables_in_order
from pilotage.plan.extension_rows import load_of, positions
from pilotage.plan.file_layout import lay_out_files
from pilotage.plan.findings import expectation_findings, source_findings
from pilotage.plan.fingerprint import fingerprint
from pilotage.plan.fixes import can_be_taken, fix_steps, hazards_of_fixes, with_roles
from pilotage.plan.frame import Frame
from pilotage.plan.grouping import Grouping, group_tables
from pilotage.plan.hazards import hazards_of_load
from pilotage.plan.large_objects import large_object_steps, with_large_objects
from pilotage.plan.left_behind import left_behind
from pilotage.plan.locks import locks_of_definition
from pilotage.plan.newer_features import newer_features
from pilotage.plan.order import order_tables, partition_root
from pilotage.plan.pieces import index_first, validated_later
from pilotage.plan.placement import Becomes, Placement, place
from pilotage.plan.relations import Relations
from pilotage.plan.role_steps import (
    hazards_of_choices,
    plan_roles,
    resetting_step,
    steps_of_database,
    within_scope,
)
from pilotage.plan.translation import Translation, describe
from pilotage.plan.waves import waves
from pilotage.roles.needs import roles_needed

_STAGES = tuple(Stage)
_BEFORE_ALL = -1
"""The place of what comes before the first group."""


def make_plan(
    catalog: Catalog,
    archive: Archive,
    configuration: Configuration | None = None,
    *,
    shapes: Mapping[QualifiedName, SelfReferenceShape] = MappingProxyType({}),
    roles: RoleChoices | None = None,
    fixes: Sequence[ChosenFix] = (),
    left_fixes: Sequence[LeftFix] = (),
) -> Plan:
    """Return the plan that brings all of the catalog and its archive to an empty target.

    Without a configuration the plan is for running directly: groups are the waves of the dependency order
    and constraints come after the rows. With one it is for review as well: groups as configured or inferred,
    in an order that is proved, and laid out in files.

    Args:
        shapes: how rows of self-referencing tables reference each other, where that was read.
        roles: what becomes of owners, privileges and roles; by default what the configuration says.
        fixes: what is to be mended, in a plan for review.
        left_fixes: what was asked to be mended and is not.

    Raises:
        RefusedError: the catalog and the archive are not of the same tables and sequences, or roles cannot be
            mapped.
        UsageError: the configuration does not fit the catalog, or roles that are to be mapped are not there.
    """
    ensure_agreement(catalog, archive)
    if roles is None:
        roles = (
            within_scope(configuration.roles, configuration.scope)
            if configuration is not None
            else RoleChoices()
        )
    order = order_tables(catalog)
    root = partition_root(catalog)
    if configuration is None:
        groups = waves(catalog, order, root)
        builder = _Builder(catalog, root, Frame.of_waves(catalog, groups), roles)
        return builder.plan(archive, _by_depth(order, root), groups=groups)
    needs = table_needs(catalog, archive.entries, root)
    grouping = group_tables(catalog, configuration, order=order, root=root, needs=needs)
    frame = Frame.of_groups(catalog, archive, configuration, grouping, shapes)
    builder = _Builder(catalog, root, frame, roles, fixes=fixes, left_fixes=left_fixes)
    # A key that rows are not held to must not close a circle: within one, tables load in any order.
    load_order = order_tables(catalog, besides=frame.deferred_keys, enforced=True)
    plan = builder.plan(archive, _by_depth(load_order, root), groups=grouping.groups)
    return _for_review(plan, catalog, configuration, grouping, frame, builder.deferred_steps, root)


def _by_depth(
    order: DependencyOrder[QualifiedName], root: Mapping[QualifiedName, QualifiedName]
) -> list[QualifiedName]:
    """Return all tables, referenced ones first, partitions where their topmost table is."""
    return sorted(root, key=lambda name: (order.depths[root[name]], name))


def _for_review(
    plan: Plan,
    catalog: Catalog,
    configuration: Configuration,
    grouping: Grouping,
    frame: Frame,
    deferred_steps: frozenset[str],
    root: Mapping[QualifiedName, QualifiedName],
) -> Plan:
    """Return the plan with its files, and with all that a person should look at."""
    laid_out = lay_out_files(
        plan.steps,
        layout=configuration.layout,
        groups=grouping.order.planned,
        requests=configuration.groups,
        deferred=deferred_steps,
        needs=grouping.needed_groups,
        edges=plan.edges,
    )
    return msgspec.structs.replace(
        plan,
        layout=configuration.layout,
        order=grouping.order,
        components=frame.components,
        asked_scope=configuration.scope,
        data_format=configuration.data_format,
        split_bytes=configuration.split_bytes,
        files=laid_out.files,
        findings=(
            *grouping.findings,
            *laid_out.findings,
            *expectation_findings(catalog, configuration.expect, root),
            *source_findings(catalog, root),
        ),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Placed:
    """A step with its place: stage first, then its group's, then pass, then the order of its making."""

    stage: Stage
    group: int
    late: int
    number: int
    step: Step

    def sort_key(self) -> tuple[int, int, int, int]:
        return _STAGES.index(self.stage), self.group, self.late, self.number


class _Builder:
    """Collects steps and edges, one family of steps after the other."""

    def __init__(
        self,
        catalog: Catalog,
        root: Mapping[QualifiedName, QualifiedName],
        frame: Frame,
        roles: RoleChoices,
        *,
        fixes: Sequence[ChosenFix] = (),
        left_fixes: Sequence[LeftFix] = (),
    ) -> None:
        self._roles = roles
        self._fixes, self._left_fixes = tuple(fixes), tuple(left_fixes)
        self.deferred_steps: frozenset[str] = frozenset()
        self._catalog = catalog
        self._frame = frame
        self._relations = Relations(catalog, root)
        validated = {(each.table, each.name) for fix in self._fixes for each in fix.effect.constraints}
        self._translation = Translation(catalog, self._relations, frame, validated)
        self._placed: list[_Placed] = []
        self._step_of_entry: dict[int, _Placed] = {}
        self._relation: dict[QualifiedName, _Placed] = {}
        self._extension: dict[str, _Placed] = {}
        self._extension_tables = {each.table.name for each in catalog.extension_tables if each.readable}
        self._left: dict[int, str] = {}  # entries that are not migrated, by dump id: what they are
        self._edges: set[Edge] = set()
        self._hazards: list[Hazard] = []

    def plan(
        self, archive: Archive, in_load_order: Iterable[QualifiedName], *, groups: tuple[Group, ...]
    ) -> Plan:
        """Return the plan without what only review needs."""
        known = [role.name for role in self._catalog.role_facts]
        # Before roles are mapped: what a fix makes is told with the source's.
        forced = {table.name for table in self._catalog.tables if table.force_row_security}
        fixes, left_fixes = can_be_taken(self._fixes, self._roles, forced)
        mapped, fixes, of_fixes = with_roles(archive, fixes, self._roles, known)
        chosen = mapped.entries
        needs = roles_needed((*chosen, *of_fixes), with_database=self._roles.database_settings)
        needs = with_large_objects(needs, self._catalog, self._roles)
        planned = plan_roles(self._catalog, needs, self._roles)
        self._hazards += [*planned.hazards, *hazards_of_choices(archive.entries, self._roles)]
        if planned.creating is not None:
            self._add(planned.creating, Stage.STRUCTURE, 0, _BEFORE_ALL)
        self._place_entries(chosen)
        self._load_extension_rows()
        self._load_tables(in_load_order)
        self._load_large_objects()
        self._set_sequences()
        self._analyze_all()
        left_fixes += self._apply_fixes(fixes)
        rebuilt = {index.name for fix in fixes for index in fix.effect.rebuilt_indexes}
        # In an order in which they may run one after another.
        steps = tuple(placed.step for placed in sorted(self._placed, key=_Placed.sort_key))
        return Plan(
            pilotage=__version__,
            fingerprint=fingerprint(self._catalog, archive),
            source=self._catalog.server,
            scope=self._catalog.scope,
            preamble=PREAMBLE + _taking_on(self._roles),
            roles=self._roles,
            roles_needed=planned.needs,
            left_fixes=(*self._left_fixes, *left_fixes),
            groups=groups,
            steps=steps,
            edges=tuple(sorted(self._edges)),
            hazards=(*self._hazards, *left_behind(self._catalog, rebuilt)),
            newer_features=newer_features(self._catalog, steps),
        )

    # -- what the archive holds ------------------------------------------------------------------------------

    def _place_entries(self, entries: Iterable[ArchiveEntry]) -> None:
        """Place every entry of the archive, or say by name that it is not migrated."""
        for entry in entries:
            if is_of_database(entry):
                steps, left = steps_of_database(entry, self._roles)
                self._hazards += left
                for step in steps:
                    self._add(step, step.stage, 0, 0)
                continue
            placement = place(entry)
            missing = next((self._left[each] for each in entry.dependencies if each in self._left), None)
            if placement is None:
                self._leave_entry_behind(
                    entry, "this version does not know its kind; create it yourself, or use a newer pilotage"
                )
            elif missing is not None:
                self._leave_entry_behind(entry, f"it needs {missing}, which is not migrated")
            elif placement.becomes is not Becomes.PREAMBLE:
                self._place_entry(entry, placement)

    def _leave_entry_behind(self, entry: ArchiveEntry, message: str) -> None:
        self._left[entry.dump_id] = f"{entry.kind.lower()} {describe(entry)}"
        self._leave_behind(self._left[entry.dump_id], message)

    def _leave_behind(self, what: str, message: str) -> None:
        self._hazards.append(Hazard(kind=HazardKind.NOT_MIGRATED, object=what, message=message))

    def _place_entry(self, entry: ArchiveEntry, placement: Placement) -> None:
        before = [
            self._step_of_entry[needed] for needed in entry.dependencies if needed in self._step_of_entry
        ]
        # No entry may come before what it names, whatever its kind: a view that pg_dump defines after a
        # primary key takes its comment along.
        is_constraint = placement.becomes in {Becomes.CONSTRAINT, Becomes.FOREIGN_KEY}
        constraint = self._translation.constraint_of(entry) if is_constraint else None
        natural = self._frame.stage_of(entry, placement.stage or Stage.STRUCTURE, constraint)
        stage = max([natural, *(placed.stage for placed in before)], key=_STAGES.index)
        if stage is Stage.DATA and not self._translation.knows_its_rows(entry, placement):
            # Such as a domain's late check: the rows that it must not stop are those of any table.
            stage = Stage.FINISH
        late = 1 if restore_pass(entry) is not RestorePass.MAIN else 0
        step = self._translation.step_of(entry, placement, stage)
        if entry.kind == "DEFAULT ACL" and isinstance(step, RunDdl):
            late = 2  # behind all that is created in its stage, on which it must not act
            resetting = resetting_step(step)
            if resetting is not None:
                self._add(resetting, stage, late, self._frame.place_of_entry(entry))
        if isinstance(step, RunDdl) and stage is Stage.DATA:
            needed = [placed.step for placed in before]
            step = msgspec.structs.replace(step, locks=locks_of_definition(self._relations, needed))
        earlier, step, later = self._in_pieces(step, entry)
        if earlier is not None:
            self._place_piece(earlier, late, entry, before)
            self._wait(earlier.id, step.id, EdgeReason.DEFINITION)
        placed = self._add(step, stage, late, self._frame.place_of_entry(entry))
        if later is not None:
            self._place_piece(later, late, entry, [placed])
        self._step_of_entry[entry.dump_id] = placed
        if entry.kind in {"TABLE", "FOREIGN TABLE", "SEQUENCE", "MATERIALIZED VIEW"}:
            self._relation.setdefault(QualifiedName(entry.schema, entry.tag), placed)
        if entry.kind == "EXTENSION":
            self._extension[entry.tag] = placed
        self._wait_for_its_rows(step)
        for placed_before in before:
            references = isinstance(step, AddForeignKey) and isinstance(
                placed_before.step, AddConstraint | BuildIndex
            )
            reason = EdgeReason.KEY_FIRST if references else EdgeReason.DEFINITION
            self._wait(placed_before.step.id, step.id, reason)

    def _in_pieces(self, step: Step, entry: ArchiveEntry) -> tuple[Step | None, Step, Step | None]:
        """Return a step with what is done before and after it, where it can be taken apart."""
        if self._frame.in_pieces and step.stage is Stage.DATA:
            match step:
                case AddConstraint() if (pieces := index_first(step, entry, self._relations)) is not None:
                    return *pieces, None
                case AddForeignKey() if (
                    parts := validated_later(step, self._translation.key_of(step), self._relations)
                ) is not None:
                    return None, *parts
                case _:
                    pass
        return None, step, None

    def _place_piece(self, piece: Step, late: int, entry: ArchiveEntry, before: Iterable[_Placed]) -> None:
        self._add(piece, piece.stage, late, self._frame.place_of_entry(entry))
        self._wait_for_its_rows(piece)
        for placed in before:
            self._wait(placed.step.id, piece.id, EdgeReason.DEFINITION)

    def _wait_for_its_rows(self, step: Step) -> None:
        match step:
            case AddForeignKey(table=table, constraint=name, referenced=referenced):
                if (table, name) in self._frame.deferred_keys:
                    self.deferred_steps |= {step.id}
                for end in (table, referenced):
                    self._wait_for_rows(end, step.id, EdgeReason.BOTH_ENDS)
            case BuildIndex(table=table) | AddConstraint(table=table):
                self._wait_for_rows(table, step.id, EdgeReason.ROWS_FIRST)
            case _:
                pass

    def _wait_for_rows(self, table: QualifiedName, step: str, reason: EdgeReason) -> None:
        if self._frame.constraints_first:
            return
        if table in self._extension_tables:
            self._wait(_load_id(table), step, reason)
        for leaf in self._relations.leaves(table):
            if self._relations.tables[leaf].kind is TableKind.TABLE and leaf in self._relation:
                self._wait(_load_id(leaf), step, reason)

    # -- what the archive does not hold ----------------------------------------------------------------------

    def _load_tables(self, names: Iterable[QualifiedName]) -> None:
        """Add one load for every table that stores rows of its own, in the order given."""
        for name in names:
            table = self._relations.tables[name]
            if name not in self._relation:
                continue  # left behind, with what it needs
            if table.kind is TableKind.TABLE:
                self._load(table)
            elif table.kind is TableKind.FOREIGN:
                self._leave_behind(
                    f"rows of foreign table {name}", "they are another server's; the definition is migrated"
                )

    def _load(self, table: Table) -> None:
        obstacle = next((c.text_only_because for c in table.columns if c.text_only_because), "")
        strategy, reason = self._frame.strategy_of(self._relations.root[table.name])
        step = LoadTable(
            id=_load_id(table.name),
            group=self._frame.group_of[table.name],
            reason=reason,
            hazards=hazards_of_load(table.name, strategy, reason),
            cost=cost_of_load(table),
            locks=self._relations.alone(table.name, LockMode.ACCESS_EXCLUSIVE),
            table=table.name,
            # COPY takes no generated column: the target computes its own.
            columns=tuple(column.name for column in table.columns if not column.generated),
            strategy=strategy,
            format=CopyFormat.TEXT if obstacle else CopyFormat.BINARY,
            format_reason=obstacle or "every column's type travels as binary",
        )
        self._add(step, Stage.DATA, -1, self._frame.place_of_table(table.name))
        self._wait_for_relation(table.name, step.id)

    def _load_extension_rows(self) -> None:
        """Add what users keep in extensions' own tables and sequences, before the rows of any group."""
        for each, referenced in extension_tables_in_order(self._catalog):
            step = load_of(each, _load_id(each.table.name))
            self._add(step, Stage.DATA, -1, 0)
            self._wait_for_extension(each.extension, step.id)
            for name in referenced:
                self._wait(_load_id(name), step.id, EdgeReason.REFERENCED_ROWS)
        for sequence, position in positions(self._catalog):
            self._add(position, Stage.DATA, 1, 0)
            self._wait_for_extension(sequence.extension, position.id)

    def _wait_for_extension(self, name: str, step: str) -> None:
        created = self._extension.get(name)
        if created is not None:
            self._wait(created.step.id, step, EdgeReason.DEFINITION)

    def _load_large_objects(self) -> None:
        for step in large_object_steps(self._catalog):
            self._add(step, Stage.DATA, 1, 0)

    def _set_sequences(self) -> None:
        """Add one step for every sequence, to put it where the source's stands."""
        for sequence in self._catalog.sequences:
            created = self._relation.get(sequence.name)
            if created is None:
                continue  # left behind, with what it needs
            owner = sequence.owned_by
            if owner is not None and owner[0] in self._frame.group_of:
                group, place = self._frame.group_of[owner[0]], self._frame.place_of_table(owner[0])
            else:
                group, place = created.step.group, created.group
            step = SetSequence(
                id=f"position {sequence.name}",
                group=group,
                reason="COPY does not advance it",
                sequence=sequence.name,
                last_value=sequence.last_value,
                is_called=sequence.is_called,
            )
            self._add(step, Stage.DATA, 1, place)
            self._wait_for_relation(sequence.name, step.id)

    def _analyze_all(self) -> None:
        """Add statistics for every table with rows; a partitioned table's cover its partitions."""
        for table in self._catalog.tables:
            is_there = table.name in self._relation
            if is_there and self._relations.has_rows(table.name) and self._is_analyzed_itself(table):
                self._analyze(table.name)
        refreshes = {
            placed.step.view: placed.step.id
            for placed in self._placed
            if isinstance(placed.step, RefreshView)
        }
        for view in self._catalog.views:
            if view.kind is ViewKind.MATERIALIZED and view.name in refreshes:
                statistics = self._analyze(view.name)
                self._wait(refreshes[view.name], statistics, EdgeReason.STATISTICS)

    def _is_analyzed_itself(self, table: Table) -> bool:
        """Tell whether a table has a step of its own, and not the table that it is a partition of.

        ANALYZE of a partitioned table reads all of its partitions, foreign tables on other servers too: where
        there is one of those, each partition that is here is analyzed instead.
        """
        if table.kind is TableKind.FOREIGN or self._relations.has_foreign_rows(table.name):
            return False
        root = self._relations.root[table.name]
        return table.name == root or self._relations.has_foreign_rows(root)

    def _analyze(self, name: QualifiedName) -> str:
        step = AnalyzeTable(
            id=f"statistics {name}",
            group=self._frame.group_of.get(name, ""),
            reason="COPY brings no statistics, and the planner guesses without them",
            cost=cost_of_scan(self._relations.tables.get(name)),
            # From PostgreSQL 18 on, those that inherit from it are analyzed with it.
            locks=self._relations.with_partitions(
                LockMode.SHARE_UPDATE_EXCLUSIVE, *self._relations.with_heirs(name)
            ),
            table=name,
        )
        self._add(step, Stage.REFRESH, 1, 0)
        return step.id

    def _apply_fixes(self, fixes: Sequence[ChosenFix]) -> tuple[LeftFix, ...]:
        """Add what is to be otherwise than at the source, after all that is as there."""
        there = {*self._relation, *(routine.name for routine in self._catalog.routines)}
        here = [fix for fix in fixes if fix.name in there]
        self._hazards += hazards_of_fixes(here, self._catalog, self._roles)
        for step in fix_steps(here, self._relations, self._frame.group_of):
            self._add(step, Stage.FIXES, 0, 0)
            self._wait_for_relation(step.name, step.id)
        left = (left_fixes(fix, f"its {fix.kind} is not migrated") for fix in fixes if fix not in here)
        return tuple(itertools.chain.from_iterable(left))

    # -- bookkeeping -----------------------------------------------------------------------------------------

    def _add(self, step: Step, stage: Stage, late: int, group: int) -> _Placed:
        # What refreshes and activates is of the whole database: it follows pg_dump's order alone.
        place = group if stage in {Stage.STRUCTURE, Stage.DATA, Stage.FINISH} else 0
        placed = _Placed(stage, place, late, len(self._placed), step)
        self._placed.append(placed)
        return placed

    def _wait(self, before: str, after: str, reason: EdgeReason) -> None:
        if before != after:
            self._edges.add(Edge(before, after, reason))

    def _wait_for_relation(self, name: QualifiedName, step: str) -> None:
        created = self._relation.get(name)
        if created is not None:
            self._wait(created.step.id, step, EdgeReason.DEFINITION)


def _taking_on(roles: RoleChoices) -> str:
    """Return the statement by which a session takes on the role that was asked for."""
    return f"SET ROLE {quote_identifier(roles.role)};\n" if roles.role else ""


def _load_id(name: QualifiedName) -> str:
    return f"rows {name}"
