"""Taking back what was copied, so that it can be copied again.

Pure: what is done comes as an argument, and what comes of it is text. Consumed by the runner, where it goes
on under another snapshot of the source than the one before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from pilotage.model.names import quote_literal
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    Plan,
    RunDdl,
    Stage,
    Step,
)

_DROP_INDEX = "DROP INDEX "


class Undoing:
    """Knows what stands on what in a plan."""

    def __init__(self, plan: Plan) -> None:
        self._place = {step.id: place for place, step in enumerate(plan.steps)}
        self._steps = {step.id: step for step in plan.steps_of(Stage.DATA)}
        self._after: dict[str, list[str]] = defaultdict(list)
        for edge in plan.edges:
            if edge.after in self._steps:
                self._after[edge.before].append(edge.after)

    def of_load(self, load: LoadTable | LoadLargeObjects, done: Collection[str]) -> tuple[str, list[str]]:
        """Return the statements that take a load back, and the ids of all steps that are undone by them.

        Foreign keys go, since a table that is referenced is not truncated. Indexes go too, for rows come in
        faster without; but where something else stands on one of them, as a view on a primary key, or a
        partitioned index on its parts, all of them stay.

        Args:
            done: the ids of steps that are done.
        """
        if isinstance(load, LoadLargeObjects):
            return unlinking([load.id]), [load.id]
        behind = self._behind([load.id], done)
        keys = [step for step in behind if isinstance(step, AddForeignKey)]
        with_keys = {step.id for step in self._behind([key.id for key in keys], done)}
        others = [step for step in behind if step not in keys and step.id not in with_keys]
        undone = [*keys, *others] if all(map(_goes, others)) else keys
        drops = [_drop(step) for step in sorted(undone, key=lambda step: -self._place[step.id])]
        empty = (
            f"DELETE FROM ONLY {load.table} {load.condition};"  # noqa: S608 - quoted
            if load.condition
            else f"TRUNCATE ONLY {load.table};"
        )
        return "\n".join([*filter(None, drops), empty]), [
            load.id,
            *(step.id for step in undone),
            *sorted(with_keys),
        ]

    def _behind(self, ids: Iterable[str], done: Collection[str]) -> list[Step]:
        """Return the steps that are done and stand on others, directly or not."""
        found: dict[str, Step] = {}
        waiting = list(ids)
        while waiting:
            for after in self._after[waiting.pop()]:
                if after in done and after not in found:
                    found[after] = self._steps[after]
                    waiting.append(after)
        return list(found.values())


def _goes(step: Step) -> bool:
    """Tell whether a step can be undone, or goes with what it is on."""
    if isinstance(step, RunDdl):
        return step.kind == "COMMENT"
    return isinstance(step, BuildIndex | AddConstraint) and bool(step.drop_sql)


def _drop(step: Step) -> str:
    match step:
        case BuildIndex(drop_sql=sql):
            # It may have gone with the constraint that it was made for.
            return f"{_DROP_INDEX}IF EXISTS {sql.removeprefix(_DROP_INDEX)}"
        case AddConstraint(drop_sql=sql) | AddForeignKey(drop_sql=sql):
            return sql
        case _:
            return ""


def unlinking(steps: Iterable[str]) -> str:
    """Return the statement that removes the large objects that steps have brought, and no others.

    They are those that the transaction made which recorded the step: only it has that ``xmin``.
    """
    listed = ", ".join(map(quote_literal, steps))
    return (
        "SELECT pg_catalog.count(pg_catalog.lo_unlink(oid)) FROM pg_catalog.pg_largeobject_metadata "  # noqa: S608
        f"WHERE xmin IN (SELECT done.xmin FROM pilotage.done WHERE done.step IN ({listed}));"
    )
