"""Building a Plan: every archive entry placed, every table loaded, every wait named.

Consumed by whoever plans. No DDL is written here: each step's SQL is pg_dump's, and the only thing decided
is where it stands and what it waits for.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType

import msgspec

from pilotage import __version__
from pilotage.archive import PREAMBLE, RestorePass, is_of_database, restore_pass, statements_of
from pilotage.config.records import Configuration
from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.catalog import Catalog, ForeignKey, Index, Table, TableKind, ViewKind
from pilotage.model.names import QualifiedName
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    CopyFormat,
    Edge,
    EdgeReason,
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
from pilotage.plan.agreement import ensure_agreement
from pilotage.plan.belonging import table_needs
from pilotage.plan.costs import cost_of_attaching, cost_of_index, cost_of_load, cost_of_scan
from pilotage.plan.file_layout import lay_out_files
from pilotage.plan.findings import expectation_findings, source_findings
from pilotage.plan.fingerprint import fingerprint
from pilotage.plan.frame import Frame
from pilotage.plan.grouping import group_tables
from pilotage.plan.order import order_tables, partition_root
from pilotage.plan.left_behind import contents_left_behind
from pilotage.plan.placement import Becomes, Placement, place
from pilotage.plan.waves import waves

_STAGES = tuple(Stage)
_BUILDING = frozenset({Stage.STRUCTURE, Stage.DATA})
"""Stages in which indexes and constraints are steps of their own kinds."""

_CONSTRAINT_NAME = re.compile(r'ADD CONSTRAINT (?:([^\s"]+)|"((?:[^"]|"")+)")')


def make_plan(
    catalog: Catalog,
    archive: Archive,
    configuration: Configuration | None = None,
    *,
    shapes: Mapping[QualifiedName, SelfReferenceShape] = MappingProxyType({}),
) -> Plan:
    """Return the plan that brings all of the catalog and its archive to an empty target.

    Without a configuration the plan is for running directly: groups are the waves of the dependency order
    and constraints come after the rows. With one it is for review as well: groups as configured or inferred,
    in an order that is proved, and laid out in files.

    Args:
        shapes: how rows of self-referencing tables reference each other, where that was read.

    Raises:
        RefusedError: the catalog and the archive are not of the same tables and sequences.
        UsageError: the configuration does not fit the catalog.
    """
    ensure_agreement(catalog, archive)
    order = order_tables(catalog)
    root = partition_root(catalog)
    needs = table_needs(catalog, archive.entries, root)
    if configuration is None:
        groups = waves(catalog, order, root)
        grouping = None
        builder = _Builder(catalog, root, Frame.of_waves(groups))
    else:
        grouping = group_tables(catalog, configuration, order=order, root=root, needs=needs)
        groups = grouping.groups
        builder = _Builder(catalog, root, Frame.of_groups(catalog, archive, configuration, grouping, shapes))
    builder.place_entries(archive.entries)
    builder.load_tables(sorted(root, key=lambda name: (order.depths[root[name]], name)))
    builder.set_sequences()
    builder.analyze()
    steps = builder.steps_in_order()
    plan = Plan(
        pilotage=__version__,
        fingerprint=fingerprint(catalog, archive),
        source=catalog.server,
        scope=catalog.scope,
        preamble=PREAMBLE,
        groups=groups,
        steps=steps,
        edges=tuple(sorted(builder.edges)),
        hazards=(*builder.hazards, *contents_left_behind(catalog)),
    )
    if configuration is None or grouping is None:
        return plan
    laid_out = lay_out_files(
        steps,
        layout=configuration.layout,
        groups=grouping.order.planned,
        requests=configuration.groups,
        deferred=builder.deferred_steps,
        needs=grouping.needed_groups,
    )
    return msgspec.structs.replace(
        plan,
        layout=configuration.layout,
        order=grouping.order,
        components=builder.frame.components,
        data_format=configuration.data_format,
        split_bytes=configuration.split_bytes,
        files=laid_out.files,
        findings=(
            *grouping.findings,
            *laid_out.findings,
            *expectation_findings(catalog, configuration.expect, root),
            *source_findings(catalog),
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
    """Collects steps and edges; every public method adds one family of steps."""

    def __init__(
        self,
        catalog: Catalog,
        root: Mapping[QualifiedName, QualifiedName],
        frame: Frame,
    ) -> None:
        self.frame = frame
        self._catalog = catalog
        self._tables = {table.name: table for table in catalog.tables}
        self._indexes = {index.name: index for index in catalog.indexes}
        self._root = root
        self._group = frame.group_of
        self._leaves: dict[QualifiedName, list[QualifiedName]] = defaultdict(list)
        self._fill_leaves()
        self._constraints = {(constraint.on, constraint.name) for constraint in catalog.constraints}
        self._foreign_keys = {(key.table, key.name): key for key in catalog.foreign_keys}
        self._placed: list[_Placed] = []
        self._ids: Counter[str] = Counter()
        self._step_of_entry: dict[int, _Placed] = {}
        self._relation: dict[QualifiedName, _Placed] = {}
        self.edges: set[Edge] = set()
        self.hazards: list[Hazard] = []
        self.deferred_steps: frozenset[str] = frozenset()

    def _fill_leaves(self) -> None:
        """Note for every table the tables whose rows are its rows: itself, or its leaf partitions."""
        for table in self._catalog.tables:
            if table.kind is TableKind.PARTITIONED:
                continue
            above: QualifiedName | None = table.name
            while above is not None:
                self._leaves[above].append(table.name)
                parent = self._tables.get(above)
                above = parent.partition_of if parent is not None else None

    # -- what the archive holds ------------------------------------------------------------------------------

    def place_entries(self, entries: Iterable[ArchiveEntry]) -> None:
        """Place every entry of the archive, or say by name that it is not migrated."""
        for entry in entries:
            if is_of_database(entry):
                # The target database is the user's to make; what is set on it is said, not done.
                if entry.kind != "DATABASE":
                    self.hazards.append(
                        Hazard(
                            kind=HazardKind.NOT_MIGRATED,
                            object=f"{entry.kind.lower()} of {_describe(entry)}",
                            message="it is the database's own; set it on the target database yourself",
                        )
                    )
                continue
            placement = place(entry)
            if placement is None:
                self.hazards.append(
                    Hazard(
                        kind=HazardKind.NOT_MIGRATED,
                        object=_describe(entry),
                        message=f"entries of kind {entry.kind} are not known to this version",
                    )
                )
            elif placement.becomes is not Becomes.PREAMBLE:
                self._place_entry(entry, placement)

    def _place_entry(self, entry: ArchiveEntry, placement: Placement) -> None:
        before = [
            self._step_of_entry[needed] for needed in entry.dependencies if needed in self._step_of_entry
        ]
        # No entry may come before what it names, whatever its kind: a view that pg_dump defines after a
        # primary key takes its comment along.
        natural = self.frame.stage_of(entry, placement.stage or Stage.STRUCTURE)
        stage = max([natural, *(placed.stage for placed in before)], key=_STAGES.index)
        if stage is Stage.DATA and not self._knows_its_rows(entry, placement):
            # Such as a domain's late check: the rows that it must not stop are those of any table.
            stage = Stage.FINISH
        late = 1 if restore_pass(entry) is not RestorePass.MAIN else 0
        step = self._step_for(entry, placement, stage)
        placed = self._add(step, stage, late, self.frame.place_of_entry(entry))
        self._step_of_entry[entry.dump_id] = placed
        if entry.kind in {"TABLE", "FOREIGN TABLE", "SEQUENCE", "MATERIALIZED VIEW"}:
            self._relation.setdefault(QualifiedName(entry.schema, entry.tag), placed)
        for placed_before in before:
            references = isinstance(step, AddForeignKey) and isinstance(
                placed_before.step, AddConstraint | BuildIndex
            )
            reason = EdgeReason.KEY_FIRST if references else EdgeReason.DEFINITION
            self._wait(placed_before.step.id, step.id, reason)

    def _step_for(self, entry: ArchiveEntry, placement: Placement, stage: Stage) -> Step:
        """Return the step that an entry becomes, with the waits for rows that its kind has.

        An index or constraint that is not of a table or materialized view in the catalog and one that had to
        move to a later stage is plain DDL there.
        """
        name = QualifiedName(entry.schema, entry.tag)
        match placement.becomes:
            case Becomes.INDEX if stage in _BUILDING and (index := self._indexes.get(name)) is not None:
                return self._after_rows(self._index_step(entry, placement, index, stage), index.table)
            case Becomes.CONSTRAINT if (
                (stage in _BUILDING or self.frame.constraints_first)
                and (constraint := self._constraint_of(entry, self._constraints)) is not None
                and constraint[0] in self._tables
            ):
                table = constraint[0]
                return self._after_rows(
                    AddConstraint(
                        id=self._id(entry),
                        group=self._group[table],
                        reason=placement.reason,
                        cost=cost_of_scan(self._tables[table]),
                        locks=self._locks(table),
                        constraint=constraint[1],
                        table=table,
                        sql=statements_of(entry),
                        drop_sql=entry.drop_statement,
                        stage=stage,
                    ),
                    table,
                )
            case Becomes.FOREIGN_KEY if (
                stage is not Stage.REFRESH
                and (found := self._constraint_of(entry, self._foreign_keys)) is not None
            ):
                step = self._foreign_key_step(entry, placement, self._foreign_keys[found], stage)
                if self.frame.is_deferred(found):
                    self.deferred_steps |= {step.id}
                for end in (step.table, step.referenced):
                    self._wait_for_rows(end, step.id, EdgeReason.BOTH_ENDS)
                return step
            case Becomes.REFRESH if stage is Stage.REFRESH:
                return RefreshView(
                    id=self._id(entry),
                    group="",
                    reason=placement.reason,
                    view=name,
                    sql=statements_of(entry),
                )
            case _:
                return RunDdl(
                    id=self._id(entry),
                    group=self.frame.group_of_entry(entry, self._group.get(name, "")),
                    reason=placement.reason,
                    hazards=self._hazards_of(entry, placement),
                    stage=stage,
                    kind=entry.kind,
                    object=_describe(entry),
                    sql=statements_of(entry),
                    drop_sql=entry.drop_statement,
                )

    def _index_step(
        self, entry: ArchiveEntry, placement: Placement, index: Index, stage: Stage
    ) -> BuildIndex:
        attaches = entry.kind == "INDEX ATTACH"
        # A definition may go on with ALTER TABLE (CLUSTER ON, REPLICA IDENTITY), and attaching the last part
        # of a partitioned index locks the tables above. CREATE INDEX alone lets other indexes be built.
        locks: tuple[QualifiedName, ...] = ()
        if attaches:
            locks = self._roots(index.table)
        elif "ALTER TABLE " in entry.definition:
            locks = self._locks(index.table)
        return BuildIndex(
            id=self._id(entry),
            group=self._group.get(index.table, ""),
            reason=placement.reason,
            cost=cost_of_attaching() if attaches else cost_of_index(index, self._tables.get(index.table)),
            locks=locks,
            index=index.name,
            table=index.table,
            method=index.method,
            sql=statements_of(entry),
            drop_sql=entry.drop_statement,
            stage=stage,
        )

    def _foreign_key_step(
        self, entry: ArchiveEntry, placement: Placement, key: ForeignKey, stage: Stage
    ) -> AddForeignKey:
        return AddForeignKey(
            id=self._id(entry),
            group=self._group[key.table],
            reason=placement.reason,
            hazards=_hazards_of_key(key),
            cost=cost_of_scan(self._tables.get(key.table), self._tables.get(key.referenced)),
            locks=self._roots(key.table, key.referenced),
            constraint=key.name,
            table=key.table,
            referenced=key.referenced,
            sql=statements_of(entry),
            drop_sql=entry.drop_statement,
            stage=stage,
        )

    def _locks(self, table: QualifiedName) -> tuple[QualifiedName, ...]:
        """Return what a step locks that alters one table: a partition alone, the others go on meanwhile."""
        known = self._tables.get(table)
        return self._roots(table) if known is not None and known.kind is TableKind.PARTITIONED else (table,)

    def _roots(self, *tables: QualifiedName) -> tuple[QualifiedName, ...]:
        """Return what a step locks that alters tables with all above and below them."""
        return tuple(sorted({self._root.get(table, table) for table in tables}))

    def _constraint_of(
        self, entry: ArchiveEntry, known: Container[tuple[QualifiedName, str]]
    ) -> tuple[QualifiedName, str] | None:
        """Return the table and the name of an entry's constraint, or None where it is not a known one.

        The tag holds both, with a space between them, and each of them may hold spaces too; the definition
        says which part is the name.
        """
        for match in _CONSTRAINT_NAME.finditer(entry.definition):
            name = match[1] or match[2].replace('""', '"')
            table = QualifiedName(entry.schema, entry.tag.removesuffix(f" {name}"))
            if (table, name) in known:
                return table, name
        return None

    def _knows_its_rows(self, entry: ArchiveEntry, placement: Placement) -> bool:
        """Tell whether it is known after which tables' rows an entry comes, if it comes after rows at all."""
        match placement.becomes:
            case Becomes.INDEX:
                return QualifiedName(entry.schema, entry.tag) in self._indexes
            case Becomes.CONSTRAINT:
                constraint = self._constraint_of(entry, self._constraints)
                return constraint is not None and constraint[0] in self._tables
            case Becomes.FOREIGN_KEY:
                return self._constraint_of(entry, self._foreign_keys) is not None
            case _:
                return True

    def _hazards_of(self, entry: ArchiveEntry, placement: Placement) -> tuple[Hazard, ...]:
        if placement.needs is None:
            return ()
        return (
            Hazard(
                kind=placement.needs,
                object=_describe(entry),
                message=f"only a superuser of the target may create {_article(entry.kind)}",
            ),
        )

    def _after_rows(self, step: Step, table: QualifiedName) -> Step:
        self._wait_for_rows(table, step.id, EdgeReason.ROWS_FIRST)
        return step

    def _wait_for_rows(self, table: QualifiedName, step: str, reason: EdgeReason) -> None:
        if self.frame.constraints_first:
            return
        for leaf in self._leaves[table]:
            if self._tables[leaf].kind is TableKind.TABLE:
                self._wait(_load_id(leaf), step, reason)

    # -- what the archive does not hold ----------------------------------------------------------------------

    def load_tables(self, names: Iterable[QualifiedName]) -> None:
        """Add one load for every table that stores rows of its own, in the order given."""
        for name in names:
            table = self._tables[name]
            if table.kind is TableKind.TABLE:
                self._load(table)
            elif table.kind is TableKind.FOREIGN:
                self.hazards.append(
                    Hazard(
                        kind=HazardKind.NOT_MIGRATED,
                        object=f"rows of foreign table {name}",
                        message="they are another server's; the definition is migrated",
                    )
                )

    def _load(self, table: Table) -> None:
        obstacle = next((c.text_only_because for c in table.columns if c.text_only_because), "")
        strategy, reason = self.frame.strategy_of(self._root[table.name])
        step = LoadTable(
            id=_load_id(table.name),
            group=self._group[table.name],
            reason=reason,
            cost=cost_of_load(table),
            table=table.name,
            # COPY takes no generated column: the target computes its own.
            columns=tuple(column.name for column in table.columns if not column.generated),
            strategy=strategy,
            format=CopyFormat.TEXT if obstacle else CopyFormat.BINARY,
            format_reason=obstacle or "every column's type travels as binary",
        )
        self._add(step, Stage.DATA, -1, self.frame.place_of_table(table.name))
        self._wait_for_relation(table.name, step.id)

    def set_sequences(self) -> None:
        """Add one step for every sequence, to put it where the source's stands."""
        for sequence in self._catalog.sequences:
            created = self._relation.get(sequence.name)
            owner = sequence.owned_by
            if owner is not None and owner[0] in self._group:
                group, place = self._group[owner[0]], self.frame.place_of_table(owner[0])
            else:
                group = created.step.group if created is not None else ""
                place = created.group if created is not None else 0
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

    def analyze(self) -> None:
        """Add statistics for every table with rows; a partitioned table's cover its partitions."""
        filled = {
            name for name, leaves in self._leaves.items() if any(self._tables[leaf].rows for leaf in leaves)
        }
        for table in self._catalog.tables:
            if table.name in filled and self._is_analyzed_itself(table):
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
        if table.kind is TableKind.FOREIGN:
            return False
        if self._has_foreign_rows(table.name):
            return False
        root = self._root[table.name]
        return table.name == root or self._has_foreign_rows(root)

    def _has_foreign_rows(self, name: QualifiedName) -> bool:
        return any(self._tables[leaf].kind is TableKind.FOREIGN for leaf in self._leaves[name])

    def _analyze(self, name: QualifiedName) -> str:
        step = AnalyzeTable(
            id=f"statistics {name}",
            group=self._group.get(name, ""),
            reason="COPY brings no statistics, and the planner guesses without them",
            cost=cost_of_scan(self._tables.get(name)),
            table=name,
        )
        self._add(step, Stage.REFRESH, 1, 0)
        return step.id

    # -- bookkeeping -----------------------------------------------------------------------------------------

    def _add(self, step: Step, stage: Stage, late: int, group: int) -> _Placed:
        # What refreshes and activates is of the whole database: it follows pg_dump's order alone.
        place = group if stage in {Stage.STRUCTURE, Stage.DATA, Stage.FINISH} else 0
        placed = _Placed(stage, place, late, len(self._placed), step)
        self._placed.append(placed)
        return placed

    def _wait(self, before: str, after: str, reason: EdgeReason) -> None:
        if before != after:
            self.edges.add(Edge(before, after, reason))

    def _wait_for_relation(self, name: QualifiedName, step: str) -> None:
        created = self._relation.get(name)
        if created is not None:
            self._wait(created.step.id, step, EdgeReason.DEFINITION)

    def _id(self, entry: ArchiveEntry) -> str:
        """Return an id that people can read and that no other step of the plan has."""
        stem = f"{entry.kind.lower()} {_describe(entry)}"
        self._ids[stem] += 1
        return stem if self._ids[stem] == 1 else f"{stem} #{self._ids[stem]}"

    def steps_in_order(self) -> tuple[Step, ...]:
        """Return the steps in an order in which they may run one after another."""
        return tuple(placed.step for placed in sorted(self._placed, key=_Placed.sort_key))


def _load_id(name: QualifiedName) -> str:
    return f"rows {name}"


def _hazards_of_key(key: ForeignKey) -> tuple[Hazard, ...]:
    if key.validated:
        return ()
    how = "NOT VALID" if key.enforced else "NOT ENFORCED"
    return (
        Hazard(
            kind=HazardKind.UNVALIDATED,
            object=f"{key.table} {key.name}",
            message=f"the source holds this key {how}, and so will the target",
        ),
    )


def _describe(entry: ArchiveEntry) -> str:
    """Return the entry's schema and tag as pg_restore lists them."""
    return f"{entry.schema} {entry.tag}" if entry.schema else entry.tag


def _article(kind: str) -> str:
    word = kind.lower()
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
