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
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from pilotage.catalog.queries import query
from pilotage.catalog.scope import schemas_in_scope
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import export_snapshot
from pilotage.errors import ConnectionLostError, ServerError
from pilotage.lint.affected import affected
from pilotage.lint.plans import per_row_calls
from pilotage.lint.reading import SHARED_QUERIES
from pilotage.model.catalog import Schema
from pilotage.model.identities import NOBODY, Identity
from pilotage.model.lint import Fix, PolicyChange, Proof
from pilotage.model.names import QualifiedName, quote_identifiers, quote_literal
from pilotage.model.scope import Scope
from pilotage.security.asking import CANCELED, NOT_ASKED, PERMISSION_DENIED, READ_ONLY, Answer, undone
from pilotage.security.identities import derive_identities
from pilotage.security.probing import Probes, Question, choose_probes, probe
from pilotage.security.reading import Surface, read_roles, read_surface
from pilotage.security.records import AppliedPolicy, Reach, RoleToProbe
from pilotage.security.rule import Action

NOT_TRIED = Proof(proved=False, reason="it was not tried: pilotage lint --fix DIR tries it")
"""What a rule says of its fix."""

LOCK_TIMEOUT = 2
"""Seconds to wait for a table's lock; everybody who comes later waits behind us for as long."""

HELD = 10
"""Seconds for which changed tables may be locked."""

_SILENT = 5
"""Seconds without a word from us, as from a stopped process, after which the server gives the locks back."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A fix, and what is to be proved of it.

    Attributes:
        fix: its statements can run inside a transaction.
        table: whose policies it changes.
        calls: as SQL, depending on no row: the policies must not make them for every row any more.
        same_by_form: whether the change is known to mean the same already; of others, a table without rows
            proves nothing.
    """

    fix: Fix
    table: QualifiedName
    calls: tuple[str, ...] = ()
    same_by_form: bool = False


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
    """
    proofs: dict[int, Proof] = {}
    open_ = [tuple(range(len(trials)))] if trials else []
    while open_:
        places = open_.pop()
        try:
            found = await _try(parameters, [trials[place] for place in places], identities)
        except TimeoutError:
            found = [_Together(f"trying it would keep tables locked for more than {HELD} s")] * len(places)
        except (ServerError, ConnectionLostError) as error:
            found = [_no(_told(error))] * len(places)
        unclear = []
        for place, said in zip(places, found, strict=True):
            if isinstance(said, Proof):
                proofs[place] = said
            elif len(places) == 1:
                proofs[place] = _no(said.reason)
            else:
                unclear.append(place)
        half = len(unclear) // 2
        open_ += [part for part in (tuple(unclear[half:]), tuple(unclear[:half])) if part]
    return tuple(proofs[place] for place in range(len(trials)))


# -- one attempt --------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Together:
    """What may be due to any of the fixes that were tried together."""

    reason: str


_Said = Proof | _Together


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was asked before anything was changed, and the answers.

    Attributes:
        roles: that were asked.
        unasked: to which our session may not ``SET ROLE``.
    """

    schemas: tuple[str, ...]
    roles: tuple[RoleToProbe, ...]
    unasked: tuple[RoleToProbe, ...]
    surface: Surface
    probes: Probes
    answers: Mapping[Question, Answer]

    @property
    def names(self) -> list[str]:
        """All roles, those that could not be asked too."""
        return [role.name for role in (*self.roles, *self.unasked)]


async def _try(
    parameters: ConnectionParameters, trials: Sequence[Trial], identities: Sequence[Identity]
) -> list[_Said]:
    async with connect(parameters) as asking, connect(parameters) as changing, _rolled_back(changing):
        async with export_snapshot(asking) as snapshot:
            await changing.run(
                f"SET TRANSACTION SNAPSHOT {quote_literal(snapshot)}; "
                f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'"
            )
            asked = await _ask(asking, [trial.table for trial in trials], identities)
        said: list[_Said | None] = [_unaskable(trial, asked) for trial in trials]
        places = [place for place, each in enumerate(said) if each is None]
        if places:
            async with asyncio.timeout(HELD):
                found = await _change(changing, [trials[place] for place in places], asked)
            for place, each in zip(places, found, strict=True):
                said[place] = each
        return [each for each in said if each is not None]


@asynccontextmanager
async def _rolled_back(session: Session) -> AsyncIterator[None]:
    await session.run("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    try:
        yield
    finally:
        if not session.is_closed():
            await session.roll_back()


async def _ask(session: Session, tables: Sequence[QualifiedName], identities: Sequence[Identity]) -> _Asked:
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
    return _Asked(
        schemas=schemas,
        roles=roles,
        unasked=tuple(role for role in every if not role.settable),
        surface=surface,
        probes=probes,
        answers=answers,
    )


def _unaskable(trial: Trial, asked: _Asked) -> Proof | None:
    """Return why nothing can be proved about a table, before anything is changed."""
    relation = asked.surface.relations.get(trial.table)
    if relation is None:
        return _no(f"table {trial.table} is not there any more")
    if not relation.guarded:
        return _no("row level security is not enabled on its table, and the policy decides on nothing")
    for name, chosen in (("see", asked.probes.extents), ("write", asked.probes.candidates)):
        if trial.table not in chosen:
            reasons = [each for each in asked.probes.not_probed if each.startswith(f"{relation}: ")]
            return _no(reasons[0] if reasons else f"what roles {name} in its table could not be asked")
    if not trial.same_by_form and _is_empty(trial, asked) and not asked.probes.made_up.get(trial.table):
        return _no("its table has no rows that it could be tried on, and none could be made up")
    return None


async def _change(session: Session, trials: Sequence[Trial], asked: _Asked) -> list[_Said]:
    """Make the changes that the server lets us make, and say of each what became of it."""
    await _limit(session)
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
                session, trial.table, _expressions(_changed(trial, asked, surface)), trial.calls
            )
            for trial in made
        ]
        answers = await probe(session, surface, asked.probes, asked.roles, seconds=HELD)
    taken_back = [await _refused(session, trial.fix.reverse) for trial in reversed(made)][::-1]
    again = await read_surface(session, asked.schemas, asked.names)
    difference = _difference(asked.answers, answers)
    found: list[_Said] = []
    for trial, plan, back, change in zip(made, plans, taken_back, changes, strict=True):
        if difference is not None:
            found.append(_Together(difference))
        elif plan is not None:
            found.append(_Together(plan))
        elif back is not None:
            found.append(_no(f"the reverse: {back.reason}"))
        elif again.policies.get(trial.table) != asked.surface.policies.get(trial.table):
            found.append(_Together("after its reverse, the table's policies are not what they were"))
        else:
            found.append(_judged(trial, asked, surface, change))
    rest = iter(found)
    return [next(rest) if each is None else each for each in said]


async def _limit(session: Session) -> None:
    """Have the server end our transaction itself, should we be stopped or cut off while we hold locks."""
    limits = [
        f"SET LOCAL statement_timeout = '{HELD}s'",
        f"SET LOCAL idle_in_transaction_session_timeout = '{_SILENT}s'",
        # not known to servers on all systems
        "SET LOCAL client_connection_check_interval = '1s'",
    ]
    if session.version_num >= _KNOWS_TRANSACTION_TIMEOUT:
        limits.append(f"SET LOCAL transaction_timeout = '{HELD + _SILENT}s'")
    for limit in limits:
        await _refused(session, (limit,))


async def _locked(session: Session, trial: Trial, *, alone: bool) -> _Said | None:
    """Lock a fix's table; return why that could not be.

    Who waits for a lock while holding others may end in a deadlock with an application, and be what ends the
    application's transaction: of several tables, none is waited for. What is in use is tried again alone.
    """
    refused = await _refused(
        session, (f"LOCK TABLE ONLY {trial.table} IN ACCESS EXCLUSIVE MODE" + ("" if alone else " NOWAIT"),)
    )
    return refused if alone or refused is None else _Together(refused.reason)


async def _made(session: Session, trial: Trial) -> PolicyChange | Proof:
    """Make a fix's change; return what it changes, or why the server refuses it."""
    before = await _hashes(session, trial.table)
    refused = await _refused(session, trial.fix.statements)
    if refused is not None:
        return refused
    after = await _hashes(session, trial.table)
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return PolicyChange(
        table=str(trial.table),
        policies=tuple(names),
        before=",".join(before.get(name, "") for name in names),
        after=",".join(after.get(name, "") for name in names),
    )


class _Hash(msgspec.Struct, frozen=True):
    """A row of ``policy_hashes.sql``."""

    name: str
    hash: str


async def _hashes(session: Session, table: QualifiedName) -> Mapping[str, str]:
    text = SHARED_QUERIES.text("policy_hashes", session.version_num // 10000)
    return {each.name: each.hash for each in await session.records(text, _Hash, str(table))}


async def _refused(session: Session, statements: Sequence[str]) -> Proof | None:
    """Run statements; where the server refuses one, take them back and return what it says."""
    await session.run("SAVEPOINT pilotage_trial")
    try:
        for statement in statements:
            await session.run(statement)
    except ServerError as error:
        await session.run("ROLLBACK TO SAVEPOINT pilotage_trial; RELEASE SAVEPOINT pilotage_trial")
        return _no(_told(error))
    await session.run("RELEASE SAVEPOINT pilotage_trial")
    return None


# -- what is looked at --------------------------------------------------------------------------------------


def _difference(before: Mapping[Question, Answer], after: Mapping[Question, Answer]) -> str | None:
    """Return the first question that is answered in another way than before."""
    for question in dict.fromkeys((*before, *after)):
        one, other = before.get(question), after.get(question)
        if one is None or other is None or (one.text, one.sqlstate) != (other.text, other.sqlstate):
            if question.made_up and any(each is not None and _is_of_data(each) for each in (one, other)):
                continue
            return (
                f"role {question.role}, {question.identity}: what it "
                f"{_WORDS[question.action]} {question.relation} is not the same afterwards"
                + (", tried on made-up rows" if question.made_up else "")
            )
    return None


def _is_of_data(answer: Answer) -> bool:
    """Whether it is an error because of what is in a row, which one that was made up need not have."""
    return answer.sqlstate.startswith(_DATA_EXCEPTION)


def _judged(trial: Trial, asked: _Asked, surface: Surface, change: PolicyChange) -> Proof:
    """Say of a fix after which every answer is the same whether these answers mean anything."""
    relation = surface.relations[trial.table]
    changed = _changed(trial, asked, surface)
    held = {
        role.name
        for role in asked.roles
        if relation.reach[role.name].restricted and any(role.name in each.applies_to for each in changed)
    }
    about = {
        question: answer
        for question, answer in asked.answers.items()
        if question.relation == trial.table and question.role in held
    }
    if not about:
        return _no("no role to which the policy applies could be asked")
    if not trial.same_by_form:
        silent = [
            role.name
            for role in asked.unasked
            if _may_anything(relation.reach[role.name])
            and relation.reach[role.name].restricted
            and any(role.name in each.applies_to for each in changed)
        ]
        if silent:
            return _no(
                f"the policies apply to {quote_identifiers(silent)} too, which could not be asked: run it as "
                "a role that may SET ROLE to them"
            )
        if all(answer.sqlstate for answer in about.values()):
            # a missing privilege is told of tables, and says nothing of their policies
            first = min(about.values(), key=lambda answer: answer.sqlstate == PERMISSION_DENIED)
            return _no(f"every question about its table ended in an error, the first in: {first.message}")
        untold = _untold(about) if _is_empty(trial, asked) else None
        if untold is not None:
            return _no(untold)
    for question, answer in about.items():
        if answer.sqlstate in {CANCELED, NOT_ASKED, READ_ONLY} or (
            question.action not in {Action.SEE, None}
            and answer.sqlstate.startswith("42")
            and answer.sqlstate != PERMISSION_DENIED
        ):
            return _no(f"role {question.role}, {question.identity}: it could not be asked: {answer.message}")
    identities = len({question.identity for question in about})
    extent = asked.probes.extents[trial.table]
    return Proof(
        proved=True,
        change=change,
        reason=(
            f"tried and rolled back: {_counted(len(about), 'answer')} about what "
            f"{_counted(len({question.role for question in about}), 'role')} under "
            f"{_counted(identities, 'identity', 'identities')} see and may write in the table are the same"
            + ("; of its rows, those with the lowest keys were looked at" if extent.condition else "")
            + _of_made_up(trial, asked)
            + ("; the plan makes the calls once" if trial.calls else "")
        ),
    )


def _untold(about: Mapping[Question, Answer]) -> str | None:
    """Return why nothing is told by the answers about a table without rows, of rows that were made up."""
    made_up = {question: answer for question, answer in about.items() if question.made_up}
    for question, answer in made_up.items():
        if answer.sqlstate:
            return (
                f"its table has no rows, and made-up ones tell nothing: role {question.role}, "
                f"{question.identity}: {answer.message}"
            )
    if not any("1" in (answer.text or "") for answer in made_up.values()):
        return "its table has no rows, and of made-up ones, its policies let none through for anybody"
    return None


def _of_made_up(trial: Trial, asked: _Asked) -> str:
    rows = _counted(len(asked.probes.made_up.get(trial.table, ())), "made-up row")
    if _is_empty(trial, asked):
        return f"; the table has no rows: tried on {rows}"
    return f"; tried on {rows} too" if asked.probes.made_up.get(trial.table) else ""


def _may_anything(reach: Reach) -> bool:
    return reach.reads is not None or reach.inserts or reach.updates or reach.deletes


def _is_empty(trial: Trial, asked: _Asked) -> bool:
    # one candidate is of nothing but NULL, where no domain forbids that
    ours = not any(column.domain for column in asked.surface.relations[trial.table].columns)
    return len(asked.probes.candidates[trial.table]) <= ours


def _changed(trial: Trial, asked: _Asked, surface: Surface) -> list[AppliedPolicy]:
    """Return the policies of a fix's table that are new, or not what they were."""
    before = asked.surface.policies.get(trial.table, ())
    return [each for each in surface.policies.get(trial.table, ()) if each not in before]


def _expressions(policies: Sequence[AppliedPolicy]) -> list[str]:
    both = (text for policy in policies for text in (policy.using, policy.with_check))
    return [text for text in both if text is not None]


# -- words --------------------------------------------------------------------------------------------------

_WORDS = {
    None: "may read of",
    Action.SEE: "sees of",
    Action.INSERT: "may insert into",
    Action.UPDATE: "may update in",
    Action.REPLACE: "may write by updates of",
    Action.DELETE: "may delete from",
}

_LOCKED = "55P03"

_DATA_EXCEPTION = "22"

_KNOWS_TRANSACTION_TIMEOUT = 170000


def _no(reason: str) -> Proof:
    return Proof(proved=False, reason=reason)


def _told(error: Exception) -> str:
    if isinstance(error, ServerError) and error.sqlstate == _LOCKED:
        return f"its table was in use, and its lock not to be had within {LOCK_TIMEOUT} s"
    return str(error)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
