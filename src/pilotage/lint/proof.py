"""Fixes of policies, tried on the database itself in a transaction that is rolled back.

Consumed by the command line, before it writes fixes, and made for every rule whose fix changes policies:

    proofs = await prove(parameters, [Trial(fix=…, table=…, calls=("auth.uid()",))])

One session asks every role what it sees and may write, see :mod:`pilotage.security.probing`; a second one,
at the same snapshot, makes the changes, asks the same, looks at plans, takes the changes back with their
reverse, and is rolled back. Two sessions, since a setting that was once made leaves an empty text behind,
which policies can tell from nothing. All fixes are tried together; where that changes something, halves
of them, until it is known which. A changed table is locked against everybody else until the transaction
ends, so the time for that is limited, as is the wait for its lock.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence

import msgspec

from pilotage.catalog.queries import query
from pilotage.catalog.scope import schemas_in_scope
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import export_snapshot
from pilotage.errors import ConnectionLostError, ServerError, UsageError
from pilotage.lint.affected import affected
from pilotage.lint.evidence import (
    Asked,
    Trial,
    changed_policies,
    difference,
    judged,
    not_proved,
    unaskable,
)
from pilotage.lint.holding import (
    AT_ONCE,
    HELD,
    IS_READ_ONLY,
    LOCK_TIMEOUT,
    is_in_use,
    is_read_only,
    limit,
    lock_first,
    rolled_back,
)
from pilotage.lint.plans import per_row_calls
from pilotage.lint.reading import SHARED_QUERIES
from pilotage.model.catalog import Schema
from pilotage.model.identities import NOBODY, Identity
from pilotage.model.lint import PolicyChange, Proof
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.model.scope import Scope
from pilotage.model.visible import visible_identifier
from pilotage.security.asking import undone
from pilotage.security.identities import derive_identities
from pilotage.security.probing import choose_probes, probe
from pilotage.security.reading import read_roles, read_surface

_PAUSES = 3
"""How often, in all, a second is waited, with nothing locked, before what was in use is tried again."""

NOT_TRIED = Proof(proved=False, reason="it was not tried: pilotage lint --fix DIR tries it")
"""What a rule says of its fix."""


async def prove(
    parameters: ConnectionParameters, trials: Sequence[Trial], identities: Sequence[Identity] = ()
) -> tuple[Proof, ...]:
    """Try fixes and say of each whether it changes nothing of what anybody sees and may write.

    Args:
        parameters: of the database; its role must own the tables, and should be a member of the others.
        trials: independent of each other.
        identities: under which roles ask; derived from the data where there are none.

    Returns:
        A proof for each trial, in their order.

    Raises:
        ConnectionFailedError: the database cannot be reached.
        UsageError: an identity is of a role that the server does not have.
    """
    if not trials:
        return ()
    async with connect(parameters) as session:
        await _ensure_roles_exist(session, identities)
        if await is_read_only(session):
            return (not_proved(IS_READ_ONLY),) * len(trials)
    proofs: dict[int, Proof] = {}
    pauses = _PAUSES
    open_ = [tuple(range(len(trials)))]
    while open_:
        places = open_.pop()
        try:
            found = await _try(parameters, [trials[place] for place in places], identities)
        except TimeoutError:
            found = [_Together(f"trying it would keep tables locked for more than {HELD} s")] * len(places)
        except (ServerError, ConnectionLostError) as error:
            if is_in_use(error) and pauses:
                pauses -= 1
                await asyncio.sleep(1)
                open_.append(places)
                continue
            said_of_all = _Together(_IN_USE) if is_in_use(error) else not_proved(str(error))
            found = [said_of_all] * len(places)
        unclear = []
        for place, said in zip(places, found, strict=True):
            if isinstance(said, Proof):
                proofs[place] = said
            elif len(places) == 1:
                proofs[place] = not_proved(said.reason)
            else:
                unclear.append(place)
        half = len(unclear) // 2
        open_ += [part for part in (tuple(unclear[half:]), tuple(unclear[:half])) if part]
    return tuple(proofs[place] for place in range(len(trials)))


async def _ensure_roles_exist(session: Session, identities: Sequence[Identity]) -> None:
    for identity in identities:
        if identity.role is not None and not await session.value(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)", identity.role
        ):
            raise UsageError(
                f"identity {visible_identifier(identity.name)} of pilotage.toml is of role "
                f"{visible_identifier(identity.role)}, which the server does not have: nobody would be "
                "asked under it; name a role that is there"
            )


# -- one attempt --------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Together:
    """What may be due to any of the fixes that were tried together."""

    reason: str


_IN_USE = "a table that trying it reads was in use by somebody else"

_Said = Proof | _Together


async def _try(
    parameters: ConnectionParameters, trials: Sequence[Trial], identities: Sequence[Identity]
) -> list[_Said]:
    async with (
        connect(parameters) as asking,
        connect(parameters) as changing,
        rolled_back(changing, isolation="REPEATABLE READ"),
    ):
        async with export_snapshot(asking) as snapshot:
            await changing.run(f"SET TRANSACTION SNAPSHOT {quote_literal(snapshot)}")
            # what was read stays locked against whoever wants it alone
            await asking.run(AT_ONCE)
            asked = await _ask(asking, [trial.table for trial in trials], identities)
        said: list[_Said | None] = [unaskable(trial, asked) for trial in trials]
        places = [place for place, each in enumerate(said) if each is None]
        if places:
            async with asyncio.timeout(HELD):
                found = await _change(changing, [trials[place] for place in places], asked)
            for place, each in zip(places, found, strict=True):
                said[place] = each
        return [each for each in said if each is not None]


async def _ask(session: Session, tables: Sequence[QualifiedName], identities: Sequence[Identity]) -> Asked:
    major = session.version_num // 10000
    database = str(await session.text("SELECT current_database()::text"))
    # not only those that were linted: a view elsewhere may show what a policy lets through
    existing = await session.records(query("schemas", major), Schema)
    schemas = tuple(schema.name for schema in schemas_in_scope(Scope(), existing, database))
    every = await read_roles(session, schemas)
    roles = tuple(role for role in every if role.settable)
    names = [role.name for role in roles]
    surface = await read_surface(session, schemas, [role.name for role in every])
    chosen = (NOBODY, *identities) if identities else await derive_identities(session, surface, names)
    asked = {name: surface.relations[name] for name in affected(tables, surface)}
    probes = await choose_probes(
        session, dataclasses.replace(surface, relations=asked), chosen, making_up=True
    )
    # The same must be asked again while the tables are locked: what takes too long is not begun.
    async with asyncio.timeout(HELD):
        answers = await probe(session, surface, probes, roles)
    return Asked(
        schemas=schemas,
        roles=roles,
        unasked=tuple(role for role in every if not role.settable),
        surface=surface,
        probes=probes,
        answers=answers,
    )


async def _change(session: Session, trials: Sequence[Trial], asked: Asked) -> list[_Said]:
    """Make the changes that the server lets us make, and say of each what became of it."""
    await limit(session)
    locked = [await _locked(session, trial, alone=len(trials) == 1) for trial in trials]
    said: list[_Said | None] = []
    changes: list[PolicyChange] = []
    for trial, lock in zip(trials, locked, strict=True):
        change = lock or await _made(session, trial)
        if isinstance(change, PolicyChange):
            changes.append(change)
        said.append(None if isinstance(change, PolicyChange) else change)
    made = [trial for trial, each in zip(trials, said, strict=True) if each is None]
    if not made:
        return [each for each in said if each is not None]
    surface = await read_surface(session, asked.schemas, asked.names)
    # What policies call must not write, nor advance a sequence, which no rollback takes back.
    async with undone(session):
        await session.run("SET TRANSACTION READ ONLY")
        plans = [
            await per_row_calls(
                session,
                trial.table,
                [text for policy in changed_policies(trial, asked, surface) for text in policy.expressions],
                trial.calls,
            )
            for trial in made
        ]
        answers = await probe(session, surface, asked.probes, asked.roles, seconds=HELD)
    taken_back = [await _refused(session, trial.fix.reverse) for trial in reversed(made)][::-1]
    again = await read_surface(session, asked.schemas, asked.names)
    changed = difference(asked.answers, answers)
    found: list[_Said] = []
    for trial, plan, back, change in zip(made, plans, taken_back, changes, strict=True):
        if changed is not None:
            found.append(_Together(changed))
        elif plan is not None:
            found.append(_Together(plan))
        elif back is not None:
            found.append(not_proved(f"the reverse: {back.reason}"))
        elif again.policies.get(trial.table) != asked.surface.policies.get(trial.table):
            found.append(_Together("after its reverse, the table's policies are not what they were"))
        else:
            found.append(judged(trial, asked, surface, change))
    rest = iter(found)
    return [next(rest) if each is None else each for each in said]


async def _locked(session: Session, trial: Trial, *, alone: bool) -> _Said | None:
    """Lock a fix's table; return why that could not be.

    Who waits for a lock while holding others may end in a deadlock with an application, and be what ends the
    application's transaction: of several tables, none is waited for. What is in use is tried again alone.
    """
    await session.run("SAVEPOINT pilotage_lock")
    try:
        if alone:
            await lock_first(session, trial.table)
        else:
            await session.run(f"LOCK TABLE ONLY {trial.table} IN ACCESS EXCLUSIVE MODE NOWAIT")
    except ServerError as error:
        await session.run("ROLLBACK TO SAVEPOINT pilotage_lock; RELEASE SAVEPOINT pilotage_lock")
        if is_in_use(error):
            return _Together(f"its table was in use, and its lock not to be had within {LOCK_TIMEOUT} s")
        return not_proved(str(error)) if alone else _Together(str(error))
    await session.run("RELEASE SAVEPOINT pilotage_lock")
    return None


async def _made(session: Session, trial: Trial) -> PolicyChange | Proof:
    """Make a fix's change; return what it changes, or why the server refuses it."""
    before = await _hashes(session, trial.table)
    refused = await _refused(session, trial.fix.statements)
    if refused is not None:
        return refused
    after = await _hashes(session, trial.table)
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    dropped = [before[name] for name in names if name not in after]
    created = [after[name] for name in names if name not in before]
    replaces_all = any(each.for_all for each in dropped) and not all(each.for_all for each in created)
    return PolicyChange(
        table=str(trial.table),
        policies=tuple(names),
        before=",".join(before[name].hash if name in before else "" for name in names),
        after=",".join(after[name].hash if name in after else "" for name in names),
        rights=await _rights(session, trial.table) if replaces_all else "",
    )


class _Hash(msgspec.Struct, frozen=True):
    """A row of ``policy_hashes.sql``."""

    name: str
    hash: str
    for_all: bool


async def _hashes(session: Session, table: QualifiedName) -> Mapping[str, _Hash]:
    text = SHARED_QUERIES.text("policy_hashes", session.version_num // 10000)
    return {each.name: each for each in await session.records(text, _Hash, str(table))}


async def _rights(session: Session, table: QualifiedName) -> str:
    text = SHARED_QUERIES.text("table_rights", session.version_num // 10000)
    return str(await session.value(text, str(table)))


async def _refused(session: Session, statements: Sequence[str]) -> Proof | None:
    """Run statements; where the server refuses one, take them back and return what it says."""
    await session.run("SAVEPOINT pilotage_trial")
    try:
        for statement in statements:
            await session.run(statement)
    except ServerError as error:
        await session.run("ROLLBACK TO SAVEPOINT pilotage_trial; RELEASE SAVEPOINT pilotage_trial")
        if is_in_use(error):
            raise
        return not_proved(str(error))
    await session.run("RELEASE SAVEPOINT pilotage_trial")
    return None
