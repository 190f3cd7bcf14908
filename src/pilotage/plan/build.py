"""Building a Plan: every archive entry placed, every table loaded, every wait named.

Consumed by whoever plans. No DDL is written here: each step's SQL is pg_dump's, and the only thing decided
is where it stands and what it waits for.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from pilotage import __version__
from pilotage.archive import PREAMBLE, RestorePass, is_of_database, restore_pass, statements_of
from pilotage.graph import DependencyOrder
from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.catalog import Catalog, Table, TableKind, ViewKind
from pilotage.model.names import QualifiedName
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
from pilotage.model.review import LoadStrategy
from pilotage.plan.costs import cost_of_index, cost_of_load, cost_of_scan
from pilotage.plan.fingerprint import fingerprint
from pilotage.plan.order import order_tables, partition_root
from pilotage.plan.placement import Becomes, Placement, place

_STAGES = tuple(Stage)


def make_plan(catalog: Catalog, archive: Archive) -> Plan:
    """Return the plan that brings all of the catalog and its archive to an empty target.

    Groups are the waves of the dependency order. Constraints come after the rows, so every table loads with
    the strategy ``plain``.
    """
    order = order_tables(catalog)
    root = partition_root(catalog)
    builder = _Builder(catalog, root, {name: _wave_name(depth) for name, depth in order.depths.items()})
    builder.place_entries(archive.entries)
    builder.load_tables(sorted(root, key=lambda name: (order.depths[root[name]], name)))
    builder.set_sequences()
    builder.analyze()
    return Plan(
        pilotage=__version__,
        fingerprint=fingerprint(catalog, archive),
        source=catalog.server,
        scope=catalog.scope,
        preamble=PREAMBLE,
        groups=_waves(catalog, order, root),
        steps=builder.steps_in_order(),
        edges=tuple(sorted(builder.edges)),
        hazards=tuple(builder.hazards),
    )


def _wave_name(depth: int) -> str:
    return f"wave-{depth}"


def _waves(
    catalog: Catalog,
    order: DependencyOrder[QualifiedName],
    root: Mapping[QualifiedName, QualifiedName],
) -> tuple[Group, ...]:
    """Return one group a wave; a partition goes with its table."""
    members: dict[int, list[Table]] = defaultdict(list)
    for table in catalog.tables:
        members[order.depths[root[table.name]]].append(table)
    return tuple(
        Group(
            name=_wave_name(depth),
            title="Wave 0: tables that reference none" if depth == 0 else f"Wave {depth}",
            tables=tuple(table.name for table in members[depth]),
            depth=(depth, depth),
            rows=sum(table.rows or 0 for table in members[depth]),
            bytes=sum(table.bytes for table in members[depth]),
        )
        for depth in sorted(members)
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Placed:
    """A step with its place: stage first, then pass, then the order of its making."""

    stage: Stage
    late: int
    number: int
    step: Step

    def sort_key(self) -> tuple[int, int, int]:
        return _STAGES.index(self.stage), self.late, self.number


class _Builder:
    """Collects steps and edges; every public method adds one family of steps."""

    def __init__(
        self,
        catalog: Catalog,
        root: Mapping[QualifiedName, QualifiedName],
        group_of_root: Mapping[QualifiedName, str],
    ) -> None:
        self._catalog = catalog
        self._tables = {table.name: table for table in catalog.tables}
        self._indexes = {index.name: index for index in catalog.indexes}
        self._group = {name: group_of_root[root[name]] for name in root}
        self._leaves: dict[QualifiedName, list[QualifiedName]] = defaultdict(list)
        self._fill_leaves()
        self._constraints = {
            (constraint.on.schema, f"{constraint.on.name} {constraint.name}"): constraint.on
            for constraint in catalog.constraints
        }
        self._foreign_keys = {
            (key.table.schema, f"{key.table.name} {key.name}"): key for key in catalog.foreign_keys
        }
        self._placed: list[_Placed] = []
        self._ids: Counter[str] = Counter()
        self._step_of_entry: dict[int, _Placed] = {}
        self._relation_step: dict[QualifiedName, str] = {}
        self.edges: set[Edge] = set()
        self.hazards: list[Hazard] = []

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
        stages = [placement.stage or Stage.STRUCTURE, *(placed.stage for placed in before)]
        stage = max(stages, key=_STAGES.index)
        late = 1 if restore_pass(entry) is not RestorePass.MAIN else 0
        step = self._step_for(entry, placement, stage)
        placed = self._add(step, stage, late)
        self._step_of_entry[entry.dump_id] = placed
        if entry.kind in {"TABLE", "FOREIGN TABLE", "SEQUENCE", "MATERIALIZED VIEW"}:
            self._relation_step.setdefault(QualifiedName(entry.schema, entry.tag), step.id)
        for placed_before in before:
            self._wait(placed_before.step.id, step.id, EdgeReason.DEFINITION)

    def _step_for(self, entry: ArchiveEntry, placement: Placement, stage: Stage) -> Step:
        """Return the step that an entry becomes, with the waits for rows that its kind has.

        An index or constraint that the catalog does not know (on a materialized view, or of an extension) and
        one that had to move to a later stage is plain DDL there.
        """
        name = QualifiedName(entry.schema, entry.tag)
        sql = statements_of(entry)
        match placement.becomes:
            case Becomes.INDEX if stage is Stage.DATA and (index := self._indexes.get(name)) is not None:
                return self._after_rows(
                    BuildIndex(
                        id=self._id(entry),
                        group=self._group.get(index.table, ""),
                        reason=placement.reason,
                        cost=cost_of_index(index, self._tables.get(index.table)),
                        index=name,
                        table=index.table,
                        method=index.method,
                        sql=sql,
                    ),
                    index.table,
                )
            case Becomes.CONSTRAINT if (
                stage is Stage.DATA
                and (table := self._constraints.get((entry.schema, entry.tag))) in self._tables
            ):
                return self._after_rows(
                    AddConstraint(
                        id=self._id(entry),
                        group=self._group.get(table, ""),
                        reason=placement.reason,
                        cost=cost_of_scan(self._tables.get(table)),
                        constraint=entry.tag.removeprefix(f"{table.name} "),
                        table=table,
                        sql=sql,
                    ),
                    table,
                )
            case Becomes.FOREIGN_KEY if (
                key := self._foreign_keys.get((entry.schema, entry.tag))
            ) is not None:
                step = AddForeignKey(
                    id=self._id(entry),
                    group=self._group.get(key.table, ""),
                    reason=placement.reason,
                    hazards=()
                    if key.validated
                    else (
                        Hazard(
                            kind=HazardKind.UNVALIDATED,
                            object=f"{key.table} {key.name}",
                            message="the source holds this key NOT VALID, and so will the target",
                        ),
                    ),
                    cost=cost_of_scan(self._tables.get(key.table), self._tables.get(key.referenced)),
                    constraint=key.name,
                    table=key.table,
                    referenced=key.referenced,
                    sql=sql,
                )
                for end in (key.table, key.referenced):
                    self._wait_for_rows(end, step.id, EdgeReason.BOTH_ENDS)
                return step
            case Becomes.REFRESH:
                return RefreshView(id=self._id(entry), group="", reason=placement.reason, view=name, sql=sql)
            case _:
                return RunDdl(
                    id=self._id(entry),
                    group=self._group.get(name, ""),
                    reason=placement.reason,
                    hazards=self._hazards_of(entry, placement),
                    stage=stage,
                    kind=entry.kind,
                    object=_describe(entry),
                    sql=sql,
                )

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
        step = LoadTable(
            id=_load_id(table.name),
            group=self._group[table.name],
            reason="its constraints come after the rows, so any order of tables and rows works",
            cost=cost_of_load(table),
            table=table.name,
            # COPY takes no generated column: the target computes its own.
            columns=tuple(column.name for column in table.columns if not column.generated),
            strategy=LoadStrategy.PLAIN,
            format=CopyFormat.TEXT if obstacle else CopyFormat.BINARY,
            format_reason=obstacle or "every column's type travels as binary",
        )
        self._add(step, Stage.DATA, -1)
        self._wait_for_relation(table.name, step.id)

    def set_sequences(self) -> None:
        """Add one step for every sequence, to put it where the source's stands."""
        for sequence in self._catalog.sequences:
            owner = sequence.owned_by
            step = SetSequence(
                id=f"position {sequence.name}",
                group=self._group.get(owner[0], "") if owner is not None else "",
                reason="COPY does not advance it",
                sequence=sequence.name,
                last_value=sequence.last_value,
                is_called=sequence.is_called,
            )
            self._add(step, Stage.DATA, 1)
            self._wait_for_relation(sequence.name, step.id)

    def analyze(self) -> None:
        """Add statistics for every table with rows; a partitioned table's cover its partitions."""
        filled = {
            name for name, leaves in self._leaves.items() if any(self._tables[leaf].rows for leaf in leaves)
        }
        for table in self._catalog.tables:
            if table.partition_of is None and table.name in filled and table.kind is not TableKind.FOREIGN:
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

    def _analyze(self, name: QualifiedName) -> str:
        step = AnalyzeTable(
            id=f"statistics {name}",
            group=self._group.get(name, ""),
            reason="COPY brings no statistics, and the planner guesses without them",
            cost=cost_of_scan(self._tables.get(name)),
            table=name,
        )
        self._add(step, Stage.REFRESH, 1)
        return step.id

    # -- bookkeeping -----------------------------------------------------------------------------------------

    def _add(self, step: Step, stage: Stage, late: int) -> _Placed:
        placed = _Placed(stage, late, len(self._placed), step)
        self._placed.append(placed)
        return placed

    def _wait(self, before: str, after: str, reason: EdgeReason) -> None:
        if before != after:
            self.edges.add(Edge(before, after, reason))

    def _wait_for_relation(self, name: QualifiedName, step: str) -> None:
        created = self._relation_step.get(name)
        if created is not None:
            self._wait(created, step, EdgeReason.DEFINITION)

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


def _describe(entry: ArchiveEntry) -> str:
    """Return the entry's schema and tag as pg_restore lists them."""
    return f"{entry.schema} {entry.tag}" if entry.schema else entry.tag


def _article(kind: str) -> str:
    word = kind.lower()
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
