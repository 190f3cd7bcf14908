"""Going on where an earlier attempt ended: what still holds under another snapshot, and what does not.

Consumed by the runner, before the first step of an attempt that is not the first. Afterwards the journal says
of nothing that it is done that is not so under the present snapshot, or else under one for all.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from pilotage.catalog.changed_rows import changed_parts
from pilotage.connection import Session
from pilotage.errors import RefusedError
from pilotage.execute.parts import is_complete
from pilotage.execute.undoing import Undoing, unlinking
from pilotage.journal.writing import forgetting
from pilotage.model.copied import CopiedPart
from pilotage.model.journal import Begun, Done, Journal
from pilotage.model.names import QualifiedName
from pilotage.model.plan import LoadLargeObjects, LoadTable, Plan, SetSequence, Stage
from pilotage.model.run import CopiedAgain


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What of the journal still holds.

    Attributes:
        again: tables of which what was copied was taken back.
        older: the number of the attempt under whose snapshot all rows are, where it is not the present one.
    """

    again: tuple[CopiedAgain, ...]
    older: int | None


def refuse_another(journal: Journal, begun: Begun) -> None:
    """Refuse to go on with what another source, another structure, or other choices began.

    Raises:
        RefusedError: the message says which.
    """
    before = journal.begun
    way_out = "Continue with what it was begun with; or give it up: empty the target, and start anew"
    began = (
        f"the target holds a migration of {before.source} that was begun at {before.started} and is not "
        "finished"
    )
    if before.source_identity != begun.source_identity:
        raise RefusedError(f"{began}; this source is {begun.source}, another database. {way_out}")
    if before.choices != begun.choices:
        unlike = "; ".join(_unlike(before.choices, begun.choices))
        raise RefusedError(f"{began}, with other choices: {unlike}. {way_out}")
    if before.fingerprint != begun.fingerprint:
        raise RefusedError(
            f"{began}, and since then the structure of the source has changed (its fingerprint was "
            f"{before.fingerprint}, and is {begun.fingerprint}). {way_out}"
        )


def _unlike(before: str, now: str) -> Iterator[str]:
    """Yield what differs between two choices, which are JSON."""
    one, other = (dict(_leaves("", msgspec.json.decode(choices))) for choices in (before, now))
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield f"{name} was {one.get(name, 'not known')}, and is {other.get(name, 'not known')}"


def _leaves(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(f"{name}.{key}" if name else key, below)
    else:
        yield name, msgspec.json.encode(value).decode()


async def reconcile(
    source: Session,
    target: Session,
    plan: Plan,
    journal: Journal,
    leaving_out: Mapping[QualifiedName, Sequence[str]],
) -> Continuation:
    """Take back what is on the target and no longer what the source holds.

    Where all rows had arrived under one earlier snapshot, they stay as they are, unless a server refused to
    build on them: what is mended on the source since then is to be brought.

    Args:
        source: in the present snapshot.
        target: as the role that does the work, outside of any transaction.
    """
    done: defaultdict[str, list[Done]] = defaultdict(list)
    for each in journal.done:
        done[each.step].append(each)
    steps = {step.id: step for step in plan.steps}
    # Other steps than those planned now, in a structure that is the same: of other ranges of large objects.
    stale = sorted(set(done) - set(steps))
    positions = [id_ for id_ in done if isinstance(steps.get(id_), SetSequence)]
    moves = [step for step in plan.steps_of(Stage.DATA) if isinstance(step, LoadTable | LoadLargeObjects)]
    changed = await _changed(source, journal, moves, done, leaving_out)
    refused = {failure.step for failure in journal.failures} - done.keys()
    to_mend = any(step.id in refused for step in plan.steps_of(Stage.DATA))
    # Behind the rows come triggers, which would act on them if they came again.
    finishing = any(step.id in done for step in plan.steps_of(Stage.FINISH))
    if finishing or (not to_mend and all(is_complete(done.get(step.id, ())) for step in moves)):
        await _forget(target, positions)
        # Each attempt brings what earlier ones copied to its own snapshot, so the last that copied counts.
        last = max((each.attempt for step in moves for each in done.get(step.id, ())), default=0)
        tables = {step.id for step in moves if isinstance(step, LoadTable)}
        return Continuation(again=(), older=last if tables & changed.keys() else None)
    again: list[CopiedAgain] = []
    undoing = Undoing(plan)
    await _forget(target, positions)
    if stale:
        async with target.transaction():
            await target.run(f"{unlinking(stale)}\n{forgetting(stale)}")
    for step in moves:
        if step.id in changed:
            statements, undone = undoing.of_load(step, done)
            async with target.transaction():
                await target.run(f"{statements}\n{forgetting(undone)}")
            for id_ in undone:
                done.pop(id_, None)
            if isinstance(step, LoadTable):
                again.append(CopiedAgain(step=step.id, table=step.table, reason=changed[step.id]))
    return Continuation(again=tuple(again), older=None)


async def _forget(target: Session, ids: Collection[str]) -> None:
    if ids:
        await target.run(forgetting(ids))


async def _changed(
    source: Session,
    journal: Journal,
    moves: Sequence[LoadTable | LoadLargeObjects],
    done: Mapping[str, Sequence[Done]],
    leaving_out: Mapping[QualifiedName, Sequence[str]],
) -> dict[str, str]:
    """Return why what was moved before must be moved again, by step; what is not there is as it was."""
    moments = {attempt.number: attempt.moment for attempt in journal.attempts}
    changed: dict[str, str] = {}
    parts: dict[CopiedPart, str] = {}
    for step in moves:
        for each in done.get(step.id, ()):
            if isinstance(step, LoadLargeObjects):
                changed[step.id] = "what large objects hold is not known to be unchanged"
                continue
            whole = each.first_block == 0 and each.end_block is None and not each.filenode
            part = CopiedPart(
                table=step.table,
                blocks=None if whole else (each.first_block, each.end_block),
                rows=each.rows,
                all_rows=not (step.condition or each.left_out or leaving_out.get(step.table)),
                filenode=each.filenode,
                moment=moments[each.attempt],
            )
            parts[part] = step.id
    for part in await changed_parts(source, tuple(parts)):
        changed[parts[part]] = (
            "it may have changed on the source"
            if part.all_rows
            else "some of its rows are not brought, and which ones may have changed"
        )
    return changed
