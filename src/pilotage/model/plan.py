"""What will happen: the Plan, as data.

Made by :mod:`pilotage.plan`, consumed by execution, files and reports. A plan is deterministic: the same
catalog, archive and configuration give the same bytes. Its JSON form is documented in ``docs/plan.md``.

A step is one unit of work. Steps are a closed union: whoever consumes them matches every kind and ends
with ``assert_never``, so a new kind does not type-check until everything handles it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from pilotage.model.catalog import Server
from pilotage.model.choices import Allowable, DataFormat, Layout
from pilotage.model.fixes import Effect, LeftFix, Mended, rules_of
from pilotage.model.locks import TableLock
from pilotage.model.names import QualifiedName
from pilotage.model.review import (
    Component,
    Finding,
    GroupOrder,
    LoadStrategy,
    PlannedFile,
)
from pilotage.model.roles import RoleChoices, RoleNeed
from pilotage.model.scope import Scope

PLAN_FORMAT = 2
"""Version of the JSON form of a plan; it grows when a reader of the old form could be misled."""


class Stage(StrEnum):
    """The parts of a migration; a stage begins when the one before it is complete."""

    STRUCTURE = "structure"
    """What must exist before rows: schemas, types, functions, tables, views. In the plan's order."""
    DATA = "data"
    """Rows, then indexes and constraints. A step waits only for the steps that its edges name."""
    FINISH = "finish"
    """What must not act during the load: rules, triggers, policies, privileges. In the plan's order."""
    REFRESH = "refresh"
    """Materialized views, with their owners' privileges, and statistics. By edges, as in DATA."""
    ACTIVATE = "activate"
    """What would act on our own statements: event triggers, subscriptions. In the plan's order."""
    FIXES = "fixes"
    """What is to be otherwise than at the source: chosen fixes. In the plan's order; only in SQL files."""

    @property
    def in_order(self) -> bool:
        """Whether its steps run one after another, in the plan's order, in few transactions."""
        return self in {Stage.STRUCTURE, Stage.FINISH, Stage.ACTIVATE, Stage.FIXES}


class HazardKind(StrEnum):
    """What a person must know of, or allow, before a step runs."""

    DROPS_DATA = "drops data"
    NEEDS_SUPERUSER = "needs superuser"
    LONG_LOCK = "long lock"
    FIRES_TRIGGERS = "fires triggers"
    UNVALIDATED = "leaves a constraint unvalidated"
    LEFT_DISABLED = "is left disabled"
    NOT_MIGRATED = "is not migrated"
    OLDER_SERVER = "goes back to an older server"
    DROPS_CONSTRAINT = "drops a constraint for the load"

    @property
    def allowed_by(self) -> Allowable | None:
        """What allows it; None for what never has to be allowed."""
        return _ALLOWED_BY.get(self)


_ALLOWED_BY = {
    HazardKind.OLDER_SERVER: Allowable.OLDER_SERVER,
    HazardKind.DROPS_CONSTRAINT: Allowable.DROP_CONSTRAINTS,
}


class Hazard(msgspec.Struct, frozen=True, kw_only=True):
    """A hazard of one step, or of the plan where no step does the thing.

    Attributes:
        object: the object it concerns, as SQL names it.
        must_allow: whether the run is refused until the user allows it by the name ``kind.allowed_by``.
    """

    kind: HazardKind
    object: str
    message: str
    must_allow: bool = False


class NewerFeature(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a plan's statements that PostgreSQL did not always know.

    Attributes:
        step: the id of the step whose statements have it.
        feature: what it is, in PostgreSQL's words.
        since: the first major version that knows it.
    """

    step: str
    feature: str
    since: int


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a step is expected to move or build.

    Attributes:
        rows: rows moved, indexed or checked.
        bytes: bytes read for it, on the source's sizes.
        weight: relative expected duration, in bytes of plain copying that would take as long. Ordering
            only; it is not a forecast.
    """

    rows: int = 0
    bytes: int = 0
    weight: int = 0


class CopyFormat(StrEnum):
    """The format of COPY between the two servers."""

    BINARY = "binary"
    TEXT = "text"


class _Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="step"):
    """What every step says of itself.

    Attributes:
        id: stable across plans of an unchanged database; unique in the plan.
        group: the group under which it is reviewed; empty for what belongs to the whole database.
        reason: why it stands where it stands.
        locks: tables that it locks, and how; for all of a partitioned table's partitions, the topmost table.
            Two steps whose locks conflict must not run side by side: each may wait for what the other holds.
    """

    id: str
    group: str
    reason: str
    hazards: tuple[Hazard, ...] = ()
    cost: Cost = Cost()
    locks: tuple[TableLock, ...] = ()


class RunDdl(_Step, tag="run-ddl", frozen=True, kw_only=True):
    """Run one archive entry: a definition exactly as pg_dump wrote it, and its owner.

    Attributes:
        kind: pg_dump's word for what it defines.
        drop_sql: pg_dump's statement that takes it back; empty where it goes with what it is on.
    """

    stage: Stage
    kind: str
    object: str
    sql: str
    drop_sql: str = ""


class LoadTable(_Step, tag="load-table", frozen=True, kw_only=True):
    """Bring one table's rows from the source's snapshot to the target.

    Attributes:
        condition: which rows, where not all: ``WHERE …`` as the extension has it whose table it is.
    """

    table: QualifiedName
    columns: tuple[str, ...]
    strategy: LoadStrategy
    format: CopyFormat
    format_reason: str
    condition: str = ""
    stage: Stage = Stage.DATA


class LoadLargeObjects(_Step, tag="load-large-objects", frozen=True, kw_only=True):
    """Bring the large objects of a range of OIDs: contents, owners, privileges, comments, security labels.

    The ranges of a plan's steps leave no OID out, so that together they bring every large object there is.

    Attributes:
        first, last: the range of OIDs.
        number: how many large objects it held when the plan was made.
    """

    first: int
    last: int
    number: int
    stage: Stage = Stage.DATA


class BuildIndex(_Step, tag="build-index", frozen=True, kw_only=True):
    """Build an index, also one that a constraint takes over, or attach a partition's."""

    index: QualifiedName
    table: QualifiedName
    method: str
    sql: str
    drop_sql: str = ""
    stage: Stage = Stage.DATA


class AddConstraint(_Step, tag="add-constraint", frozen=True, kw_only=True):
    """Add a primary key, unique, exclusion or late check constraint, or let it take over an index."""

    constraint: str
    table: QualifiedName
    sql: str
    drop_sql: str = ""
    stage: Stage = Stage.DATA


class AddForeignKey(_Step, tag="add-foreign-key", frozen=True, kw_only=True):
    """Add a foreign key, after the rows of both its ends; NOT VALID where a later step validates it."""

    constraint: str
    table: QualifiedName
    referenced: QualifiedName
    sql: str
    drop_sql: str = ""
    stage: Stage = Stage.DATA


class ValidateForeignKey(_Step, tag="validate-foreign-key", frozen=True, kw_only=True):
    """Check all rows against a foreign key that was added NOT VALID. What takes the key back undoes it."""

    constraint: str
    table: QualifiedName
    referenced: QualifiedName
    sql: str
    stage: Stage = Stage.DATA


class SetSequence(_Step, tag="set-sequence", frozen=True, kw_only=True):
    """Put a sequence where the source's stood in the snapshot."""

    sequence: QualifiedName
    last_value: int
    is_called: bool
    stage: Stage = Stage.DATA


class RefreshView(_Step, tag="refresh-view", frozen=True, kw_only=True):
    """Fill a materialized view from the target's own tables."""

    view: QualifiedName
    sql: str
    stage: Stage = Stage.REFRESH


class AnalyzeTable(_Step, tag="analyze-table", frozen=True, kw_only=True):
    """Bring the planner's statistics, which COPY does not: by ANALYZE, or by taking over the source's own."""

    table: QualifiedName
    stage: Stage = Stage.REFRESH


class ApplyFix(_Step, tag="apply-fix", frozen=True, kw_only=True):
    """Mend what rules of the linter have found of one object: make it otherwise than the source has it.

    Attributes:
        of_kind: of the object that is mended: table, materialized view, function or sequence.
        name: of that object.
        findings: what is mended.
        proof: why nothing else changes; empty where it needs no proof.
        drop_sql: the statements that take it back.
        effect: what it makes of its objects, with the source's roles.
    """

    of_kind: str
    name: QualifiedName
    findings: tuple[Mended, ...]
    proof: str
    sql: str
    drop_sql: str
    effect: Effect
    stage: Stage = Stage.FIXES

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules whose findings it mends."""
        return rules_of(self.findings)


Step: TypeAlias = (
    RunDdl
    | LoadTable
    | LoadLargeObjects
    | BuildIndex
    | AddConstraint
    | AddForeignKey
    | ValidateForeignKey
    | SetSequence
    | RefreshView
    | AnalyzeTable
    | ApplyFix
)


class EdgeReason(StrEnum):
    """Why one step waits for another."""

    DEFINITION = "its definition names it"
    ROWS_FIRST = "rows come before it"
    BOTH_ENDS = "both ends of the key are loaded first"
    KEY_FIRST = "the referenced key exists first"
    REFERENCED_ROWS = "the rows that it references come first"
    STATISTICS = "statistics describe what is there"


class Edge(msgspec.Struct, frozen=True, order=True):
    """``after`` may not begin until ``before`` is done."""

    before: str
    after: str
    reason: EdgeReason


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Tables that are reviewed together, in the order in which groups load.

    Attributes:
        name: short, lower case, fit for a file's name.
        purpose: one sentence for people; may be empty.
        depth: shallowest and deepest depth of its tables.
        rows: of its tables, exact.
        bytes: of its tables without indexes.
    """

    name: str
    title: str
    purpose: str = ""
    tables: tuple[QualifiedName, ...]
    depth: tuple[int, int]
    rows: int
    bytes: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Groups, steps and the edges between them, fingerprinted.

    Attributes:
        fingerprint: of the source's structure; execution refuses a source whose fingerprint differs.
        scope: the schemas that were found in scope.
        asked_scope: the scope as it was asked for, to read the same source again.
        preamble: settings under which every step's SQL runs.
        layout: where constraints stand: with their tables, or after the rows as a direct migration needs it.
        groups: in the order in which they load.
        steps: in an order in which they may be run one after another.
        hazards: of the plan as a whole; each step has its own besides.
        order: how that order came about; None where groups were not asked for and not inferred.
        components: tables that reference themselves or each other, and how they load.
        data_format, split_bytes: how rows are written into files; strategies were chosen for these.
        files: the SQL files that hold the steps, in the order in which they run; empty for a plan that is
            run directly.
        findings: what a person should look at.
        newer_features: what not all servers that are tested know.
        roles: what becomes of owners, privileges and roles; every step's SQL is made by it.
        roles_needed: the roles that the steps name, by name.
        left_fixes: findings of rules whose fixes were chosen that no step mends.
    """

    format: int = PLAN_FORMAT
    pilotage: str
    fingerprint: str
    source: Server
    scope: tuple[str, ...]
    preamble: str
    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    edges: tuple[Edge, ...]
    hazards: tuple[Hazard, ...]
    layout: Layout = Layout.BULK
    order: GroupOrder | None = None
    components: tuple[Component, ...] = ()
    asked_scope: Scope = Scope()
    data_format: DataFormat = DataFormat.COPY
    split_bytes: int = 0
    files: tuple[PlannedFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    newer_features: tuple[NewerFeature, ...] = ()
    roles: RoleChoices = RoleChoices()
    roles_needed: tuple[RoleNeed, ...] = ()
    left_fixes: tuple[LeftFix, ...] = ()

    @property
    def all_hazards(self) -> tuple[Hazard, ...]:
        """Its own hazards and those of its steps, in the plan's order."""
        return self.hazards + tuple(hazard for step in self.steps for hazard in step.hazards)

    def steps_of(self, stage: Stage) -> tuple[Step, ...]:
        """Return the steps of one stage, in the plan's order."""
        return tuple(step for step in self.steps if step.stage is stage)

    @property
    def fixes(self) -> tuple[ApplyFix, ...]:
        """The chosen fixes, in the plan's order."""
        return tuple(step for step in self.steps if isinstance(step, ApplyFix))
