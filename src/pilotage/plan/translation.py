"""Archive entries as steps: the SQL as pg_dump wrote it, and what the catalog knows besides.

Consumed by the building of a plan, which decides in which stage an entry stands and what it waits for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from pilotage.archive import statements_of
from pilotage.model.archive import ArchiveEntry
from pilotage.model.catalog import Catalog, ForeignKey, Index
from pilotage.model.locks import LockMode
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    BuildIndex,
    Hazard,
    HazardKind,
    RefreshView,
    RunDdl,
    Stage,
    Step,
)
from pilotage.plan.costs import cost_of_attaching, cost_of_index, cost_of_scan
from pilotage.plan.frame import Frame
from pilotage.plan.locks import locks_of_constraint, locks_of_index
from pilotage.plan.placement import Becomes, Placement
from pilotage.plan.relations import Relations
from pilotage.plan.self_reading_views import with_stand_in
from pilotage.roles.choosing import needs_superuser

ConstraintName = tuple[QualifiedName, str]
"""What a constraint is on, and its own name."""

_BUILDING = frozenset({Stage.STRUCTURE, Stage.DATA})
"""Stages in which indexes are steps of their own kind."""

_UNVALIDATED = "the source never checked all rows against it, so it comes after them"

_CONSTRAINT_NAME = re.compile(r'ADD CONSTRAINT (?:([^\s"]+)|"((?:[^"]|"")+)")')


class Translation:
    """Makes the step of each entry; remembers which ids it gave.

    Args:
        catalog: the source's.
        relations: its tables.
        frame: what was decided before.
        validated: keys that chosen fixes validate.
    """

    def __init__(
        self,
        catalog: Catalog,
        relations: Relations,
        frame: Frame,
        validated: Collection[tuple[QualifiedName, str]] = (),
    ) -> None:
        self._validated = validated
        self._relations = relations
        self._frame = frame
        self._foreign_keys = {(key.table, key.name): key for key in catalog.foreign_keys}
        self._views = {view.name: view for view in catalog.views}
        self._constraints = {(constraint.on, constraint.name) for constraint in catalog.constraints}
        self._ids: Counter[str] = Counter()

    def constraint_of(self, entry: ArchiveEntry) -> ConstraintName | None:
        """Return what an entry's constraint is on and its name, or None where it is not a known one.

        The tag holds both, with a space between them, and each of them may hold spaces too; the definition
        says which part is the name.
        """
        for match in _CONSTRAINT_NAME.finditer(entry.definition):
            name = match[1] or match[2].replace('""', '"')
            found = QualifiedName(entry.schema, entry.tag.removesuffix(f" {name}")), name
            if found in self._foreign_keys or found in self._constraints:
                return found
        return None

    def key_of(self, step: AddForeignKey) -> ForeignKey:
        """Return the foreign key that a step adds."""
        return self._foreign_keys[step.table, step.constraint]

    def knows_its_rows(self, entry: ArchiveEntry, placement: Placement) -> bool:
        """Tell whether it is known after which tables' rows an entry comes, if it comes after rows at all."""
        match placement.becomes:
            case Becomes.INDEX:
                return QualifiedName(entry.schema, entry.tag) in self._relations.indexes
            case Becomes.CONSTRAINT | Becomes.FOREIGN_KEY:
                constraint = self.constraint_of(entry)
                return constraint is not None and constraint[0] in self._relations.tables
            case _:
                return True

    def step_of(self, entry: ArchiveEntry, placement: Placement, stage: Stage) -> Step:
        """Return the step that an entry becomes in a stage.

        An index or constraint that is not of a table or materialized view in the catalog is plain DDL; so is
        one that had to move to a stage where such steps are not expected.
        """
        name = QualifiedName(entry.schema, entry.tag)
        match placement.becomes:
            case Becomes.INDEX if stage in _BUILDING:
                index = self._relations.indexes.get(name)
                if index is not None:
                    return self._index_step(entry, placement, index, stage)
            case Becomes.CONSTRAINT if stage in _BUILDING or self._frame.constraints_first:
                constraint = self.constraint_of(entry)
                if constraint is not None and constraint[0] in self._relations.tables:
                    return self._constraint_step(entry, placement, constraint, stage)
            case Becomes.FOREIGN_KEY if stage is not Stage.REFRESH:
                constraint = self.constraint_of(entry)
                if constraint is not None and constraint in self._foreign_keys:
                    return self._foreign_key_step(entry, placement, self._foreign_keys[constraint], stage)
            case Becomes.REFRESH if stage is Stage.REFRESH:
                return RefreshView(
                    id=self._id(entry),
                    group="",
                    reason=placement.reason,
                    locks=self._relations.alone(name, LockMode.ACCESS_EXCLUSIVE),
                    view=name,
                    sql=statements_of(entry),
                )
            case _:
                pass
        return RunDdl(
            id=self._id(entry),
            group=self._frame.group_of_entry(entry, of=name),
            reason=self._reason(placement, stage),
            hazards=_hazards_of(entry, placement),
            stage=stage,
            kind=entry.kind,
            object=describe(entry),
            sql=with_stand_in(statements_of(entry), self._views.get(name) if entry.kind == "VIEW" else None),
            drop_sql=entry.drop_statement,
        )

    def _index_step(
        self, entry: ArchiveEntry, placement: Placement, index: Index, stage: Stage
    ) -> BuildIndex:
        attaches = entry.kind == "INDEX ATTACH"
        table = self._relations.tables.get(index.table)
        return BuildIndex(
            id=self._id(entry),
            group=self._frame.group_of_entry(entry, of=index.table),
            reason=self._reason(placement, stage),
            cost=cost_of_attaching() if attaches else cost_of_index(index, table),
            locks=locks_of_index(self._relations, entry, index.table),
            index=index.name,
            table=index.table,
            method=index.method,
            sql=statements_of(entry),
            drop_sql=entry.drop_statement,
            stage=stage,
        )

    def _constraint_step(
        self, entry: ArchiveEntry, placement: Placement, constraint: ConstraintName, stage: Stage
    ) -> AddConstraint:
        table, name = constraint
        index = self._relations.indexes.get(QualifiedName(table.schema, name))
        known = self._relations.tables[table]
        return AddConstraint(
            id=self._id(entry),
            group=self._frame.group_of_entry(entry, of=table),
            reason=self._reason(placement, stage, constraint),
            cost=cost_of_index(index, known) if index is not None else cost_of_scan(known),
            locks=locks_of_constraint(self._relations, entry, table),
            constraint=name,
            table=table,
            sql=statements_of(entry),
            drop_sql=entry.drop_statement,
            stage=stage,
        )

    def _foreign_key_step(
        self, entry: ArchiveEntry, placement: Placement, key: ForeignKey, stage: Stage
    ) -> AddForeignKey:
        tables = self._relations.tables
        return AddForeignKey(
            id=self._id(entry),
            group=self._frame.group_of_entry(entry, of=key.table),
            reason=self._reason(placement, stage, (key.table, key.name)),
            hazards=() if (key.table, key.name) in self._validated else _hazards_of_key(key),
            cost=cost_of_scan(tables.get(key.table), tables.get(key.referenced)),
            locks=self._relations.with_partitions(LockMode.SHARE_ROW_EXCLUSIVE, key.table, key.referenced),
            constraint=key.name,
            table=key.table,
            referenced=key.referenced,
            sql=statements_of(entry),
            drop_sql=entry.drop_statement,
            stage=stage,
        )

    def _reason(self, placement: Placement, stage: Stage, constraint: ConstraintName | None = None) -> str:
        """Return why the step stands where it stands: elsewhere than usual, where constraints come first."""
        if constraint in self._frame.unvalidated:
            return _UNVALIDATED
        if self._frame.constraints_first and stage is Stage.STRUCTURE:
            return placement.reason_first or placement.reason
        return placement.reason

    def _id(self, entry: ArchiveEntry) -> str:
        """Return an id that people can read and that no other step of the plan has."""
        stem = f"{entry.kind.lower()} {describe(entry)}"
        self._ids[stem] += 1
        return stem if self._ids[stem] == 1 else f"{stem} #{self._ids[stem]}"


def describe(entry: ArchiveEntry) -> str:
    """Return the entry's schema and tag as pg_restore lists them."""
    return f"{entry.schema} {entry.tag}" if entry.schema else entry.tag


def _hazards_of(entry: ArchiveEntry, placement: Placement) -> tuple[Hazard, ...]:
    hazards = []
    if placement.needs is not None or needs_superuser(entry):
        hazards.append(
            Hazard(
                kind=placement.needs or HazardKind.NEEDS_SUPERUSER,
                object=describe(entry),
                message=f"only a superuser of the target may create {_article(entry.kind)}",
            )
        )
    if entry.kind == "SUBSCRIPTION":
        name = quote_identifier(entry.tag)
        hazards.append(
            Hazard(
                kind=HazardKind.LEFT_DISABLED,
                object=f"subscription {name}",
                message="it is created disabled and connects to nobody; once the source's has given up its "
                f"slot: ALTER SUBSCRIPTION {name} ENABLE, then ALTER SUBSCRIPTION {name} REFRESH PUBLICATION "
                "WITH (copy_data = false)",
            )
        )
    return tuple(hazards)


def _hazards_of_key(key: ForeignKey) -> tuple[Hazard, ...]:
    if key.validated:
        return ()
    how = "NOT VALID" if key.enforced else "NOT ENFORCED"
    return (
        Hazard(
            kind=HazardKind.UNVALIDATED,
            object=f"{key.table} {quote_identifier(key.name)}",
            message=f"the source holds this key {how}, and so will the target",
        ),
    )


def _article(kind: str) -> str:
    word = kind.lower()
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
