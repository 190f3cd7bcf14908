"""What a plan says of its steps' locks is what servers hold."""

from __future__ import annotations

import msgspec
import pytest

from pilotage.connection import Session, connect
from pilotage.errors import ServerError
from pilotage.execute.held_locks import HeldLocks
from pilotage.execute.statements import work_of
from pilotage.inspect import hold_inspection
from pilotage.model.locks import LockMode, TableLock, conflicts_of
from pilotage.model.names import QualifiedName
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    LoadTable,
    Plan,
    RefreshView,
    Stage,
    Step,
    ValidateForeignKey,
)
from pilotage.model.scope import Scope
from pilotage.plan import make_plan
from tests.servers_at_hand import Databases, installations

SOURCE = """
CREATE TABLE r (id int PRIMARY KEY, x int UNIQUE DEFERRABLE, y int, EXCLUDE USING btree (y WITH =));
CREATE TABLE t (id int PRIMARY KEY, r int, self int REFERENCES t, note text NOT NULL);
ALTER TABLE t ADD CONSTRAINT t_r FOREIGN KEY (r) REFERENCES r;
COMMENT ON CONSTRAINT t_r ON t IS 'said';
CREATE INDEX t_note ON t (note);
CREATE UNIQUE INDEX t_unique ON t (note);
ALTER TABLE t CLUSTER ON t_note;
ALTER TABLE t REPLICA IDENTITY USING INDEX t_unique;
CREATE TABLE p (id int, k int, r int REFERENCES r, PRIMARY KEY (id, k)) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (99) PARTITION BY RANGE (k);
CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (0) TO (10);
CREATE INDEX p_r ON p (r);
CREATE TABLE refers (id int, k int, FOREIGN KEY (id, k) REFERENCES p);
CREATE TABLE up (a int); CREATE TABLE down () INHERITS (up);
INSERT INTO r VALUES (1, 1, 1);
INSERT INTO t VALUES (1, 1, 1, 'n');
INSERT INTO p VALUES (1, 1, 1), (11, 1, 1);
INSERT INTO refers VALUES (1, 1);
INSERT INTO up VALUES (-1);
ALTER TABLE up ADD CONSTRAINT late CHECK (a > 0) NOT VALID;
CREATE MATERIALIZED VIEW seen AS SELECT t.id FROM t JOIN p ON p.r = t.r;
CREATE INDEX seen_id ON seen (id);
"""

HELD = """
SELECT n.nspname AS schema, c.relname AS name, l.mode
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE
    l.pid = pg_catalog.pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND n.nspname = 'public'
    AND c.relkind IN ('r', 'p', 'm')
"""


def mode_of(word: str) -> LockMode:
    """The mode that pg_locks calls ``ShareRowExclusiveLock``."""
    return next(mode for mode in LockMode if mode.replace(" ", "").lower() + "lock" == word.lower())


def is_told(table: QualifiedName, mode: LockMode, plan: Plan, step: Step) -> bool:
    """Whether all that is in the way of a lock that is held is in the way of what the plan says."""
    said = HeldLocks()
    said.add(step.id, step.locks)
    above = {each.table: each.partition_of for other in plan.steps for each in other.locks}
    return all(
        said.obstacle([TableLock(table=table, mode=other, partition_of=above.get(table))]) is not None
        for other in conflicts_of(mode)
    )


async def held_by(session: Session, step: Step) -> list[tuple[QualifiedName, LockMode]]:
    """Run a step in a transaction and return what it locks."""
    sent = [
        f"TRUNCATE ONLY {each.table}" if isinstance(each, LoadTable) else str(each)
        for _, each in work_of([step])
    ]
    await session.run("BEGIN;\n" + "\n".join(sent))
    found = await session.records(HELD, Held)
    await session.run("COMMIT")
    return [(QualifiedName(each.schema, each.name), mode_of(each.mode)) for each in found]


class Held(msgspec.Struct):
    """A row of ``pg_locks``."""

    schema: str
    name: str
    mode: str


@pytest.mark.servers(16, 18)
@pytest.mark.parametrize("major", [16, 18])
async def test_no_step_locks_more_than_its_plan_says(new_database: Databases, major: int) -> None:
    """What only reads is left aside: nothing that it would hold up runs beside it."""
    async with hold_inspection(new_database(major, sql=SOURCE), Scope(), installations()) as inspection:
        plan = make_plan(inspection.catalog, inspection.archive)
    kinds = set()
    async with connect(new_database(major, "target")) as session:
        await session.run(plan.preamble)
        for step in plan.steps:
            held = await held_by(session, step)
            if step.stage not in {Stage.DATA, Stage.REFRESH}:
                continue
            untold = [
                (str(table), mode)
                for table, mode in held
                if mode is not LockMode.ACCESS_SHARE and not is_told(table, mode, plan, step)
            ]
            assert not untold, (step.id, step.locks)
            strongest = {lock.mode for lock in step.locks} - {LockMode.ACCESS_SHARE}
            # Nor does the plan say much more than is so: what it holds up would be held up by the server.
            if not any(lock.with_partitions for lock in step.locks) and not step.id.startswith(
                "index attach"
            ):
                assert strongest <= {mode for _, mode in held}, (step.id, held)
            kinds.add(type(step))
    assert {LoadTable, BuildIndex, AddConstraint, AddForeignKey, ValidateForeignKey, AnalyzeTable} <= kinds
    assert RefreshView in kinds


@pytest.mark.servers(18)
async def test_modes_conflict_on_a_server_as_they_do_here(new_database: Databases) -> None:
    database = new_database(18, sql="CREATE TABLE t (a int)")
    async with connect(database) as one, connect(database) as other:
        for held in LockMode:
            await one.run(f"BEGIN; LOCK TABLE public.t IN {held} MODE")
            for wanted in LockMode:
                try:
                    await other.run(f"BEGIN; LOCK TABLE public.t IN {wanted} MODE NOWAIT; ROLLBACK")
                    had = True
                except ServerError:
                    await other.run("ROLLBACK")
                    had = False
                assert had == (held not in conflicts_of(wanted)), (held, wanted)
            await one.run("ROLLBACK")
