"""Every question to every role: what it sees, and what its policies let it write.

Consumed by verification, which compares two databases, and meant for whatever proves that a change changes
nothing. Both ask the same :class:`Probes` twice:

    async with session.transaction():  # not READ ONLY, where something is to be changed and taken back
        roles = [role for role in await read_roles(session, schemas) if role.settable]
        names = [role.name for role in roles]
        surface = await read_surface(session, schemas, names)
        probes = await choose_probes(session, surface, identities)
        before = await probe(session, surface, probes, roles)
        await session.run("SAVEPOINT changed; ALTER POLICY …")
        surface = await read_surface(session, schemas, names)  # the policies as they are now
        after = await probe(session, surface, probes, roles)
        await session.run("ROLLBACK TO SAVEPOINT changed")

What differs between ``before`` and ``after``, question by question, is what the change let through or closed.
The session must be one that may ``SET ROLE`` to the roles and read every row; with other policies, candidates
and extents chosen before stay the same rows.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.identities import NOBODY, Identity
from pilotage.model.names import QualifiedName
from pilotage.security.asking import CANCELED, PERMISSION_DENIED, TIMEOUT, Answer, ask
from pilotage.security.made_up import made_up_rows
from pilotage.security.outside import Calls, leading_outside
from pilotage.security.reading import EXACT_ROWS, Surface
from pilotage.security.records import RoleToProbe
from pilotage.security.rule import EVERYTHING, NOTHING, Action, condition
from pilotage.security.seeing import Extent, extent_of, may_read, seen_rows
from pilotage.security.writing import (
    CANDIDATES,
    WRITES,
    is_readable,
    keep_candidates,
    may,
    met_by,
    places,
    read_candidates,
)

_TABLES = frozenset(("table",))


class Question(NamedTuple):
    """What was asked.

    Attributes:
        role: as :func:`probe` was told to call it.
        action: None for whether the role may read at all.
        made_up: whether it is about rows that the table does not have.
    """

    relation: QualifiedName
    role: str
    identity: str
    action: Action | None
    made_up: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """What is asked of every role, chosen once for all the times that it is asked.

    Attributes:
        extents: the rows to look at, of relations whose rows are under row level security in some way.
        touched: other views, of which it is only asked whether they may be read.
        candidates: rows that may be inserted, updated or deleted, by their table, as text.
        made_up: rows that such a table does not have, and might, where they were asked for.
        identities: under each of which every role asks.
        not_probed: what could not be chosen, each with the reason.
    """

    extents: Mapping[QualifiedName, Extent]
    touched: frozenset[QualifiedName]
    candidates: Mapping[QualifiedName, tuple[str, ...]]
    made_up: Mapping[QualifiedName, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    identities: tuple[Identity, ...] = (NOBODY,)
    not_probed: tuple[str, ...] = ()


@dataclasses.dataclass(slots=True, kw_only=True)
class Patience:
    """How long a server may take for everything.

    Attributes:
        until: the moment (of :func:`time.monotonic`) after which nothing more is asked.
        given_up: what took too long for one role: it is not asked of another.
    """

    until: float = math.inf
    given_up: set[tuple[QualifiedName, Action | None]] = dataclasses.field(default_factory=set)


_NOT_AGAIN = Answer(None, CANCELED, "it took too long for another role or identity, and was not asked again")


async def choose_probes(
    session: Session,
    surface: Surface,
    identities: Sequence[Identity] = (NOBODY,),
    *,
    guarded: Collection[QualifiedName] = (),
    without: Mapping[QualifiedName, str | None] = MappingProxyType({}),
    making_up: bool = False,
) -> Probes:
    """Choose the relations to probe, and the rows in them.

    Args:
        session: in a transaction; it must be able to read every row.
        surface: of the same database.
        identities: as in the result.
        guarded: relations that are to be probed row by row though nothing here guards them: another database
            may say otherwise.
        without: relations that are left out, each with the reason; None where nobody need be told.
        making_up: whether tables with fewer candidates than there may be get rows that are not there, which
            are asked about apart.
    """
    extents: dict[QualifiedName, Extent] = {}
    candidates: dict[QualifiedName, tuple[str, ...]] = {}
    touched: set[QualifiedName] = set()
    not_probed: list[str] = []
    reasons = {**reasons_against(surface), **without}
    for name, relation in surface.relations.items():
        if relation.kind == "foreign table":
            continue
        is_guarded = relation.guarded or name in guarded
        if not is_guarded and relation.kind != "view":
            continue
        if name in reasons:
            if reasons[name] is not None:
                not_probed.append(f"{relation}: what roles see and write in it: {reasons[name]}")
        elif not is_guarded:
            touched.add(name)
        elif relation.kind in _TABLES and not await is_readable(session, relation):
            not_probed.append(
                f"{relation}: what roles see and write in it: the role that we connect as may not read "
                "all of its rows"
            )
        else:
            extent = await extent_of(session, relation)
            if extent is None:
                not_probed.append(
                    f"{relation}: what roles see and write in it: it has more than {EXACT_ROWS} rows, and no "
                    "primary key whose order is the same under every collation, by which to choose some"
                )
                continue
            if relation.kind in _TABLES:
                try:
                    candidates[name] = await read_candidates(session, relation, extent)
                except ServerError as error:
                    not_probed.append(f"{relation}: what roles write in it: {error}")
            extents[name] = extent
            if extent.condition is not None:
                not_probed.append(
                    f"{relation}: of its rows, the {EXACT_ROWS} with the lowest keys were looked at"
                )
    return Probes(
        extents=extents,
        touched=frozenset(touched),
        candidates=candidates,
        made_up=await _made_up(session, surface, candidates, identities) if making_up else {},
        identities=tuple(identities),
        not_probed=tuple(not_probed),
    )


async def _made_up(
    session: Session,
    surface: Surface,
    candidates: Mapping[QualifiedName, Sequence[str]],
    identities: Sequence[Identity],
) -> Mapping[QualifiedName, tuple[str, ...]]:
    """Return rows for the tables that have fewer candidates than there may be."""
    calls = Calls(surface.routines)
    made_up: dict[QualifiedName, tuple[str, ...]] = {}
    for name, rows in candidates.items():
        if len(rows) >= CANDIDATES:
            continue
        texts = [text for policy in surface.policies.get(name, ()) for text in policy.expressions]
        bodies = dict.fromkeys(routine.body for text in texts for routine in calls.reached(text))
        made_up[name] = await made_up_rows(
            session, surface.relations[name], texts, tuple(bodies), identities, CANDIDATES - len(rows)
        )
    return made_up


def reasons_against(surface: Surface) -> Mapping[QualifiedName, str]:
    """Return the relations that are not to be read as anybody, each with the reason."""
    reasons: dict[QualifiedName, str] = {}
    for name, relation in surface.relations.items():
        if relation.foreign:
            reasons[name] = "reading it reads another server"
        elif not relation.populated:
            reasons[name] = "it holds nothing until it is refreshed"
    calls = Calls(surface.routines)
    distrusted = {name for name, relation in surface.relations.items() if relation.distrusted}
    for name, what in leading_outside(_expressions(surface), calls, distrusted).items():
        reasons[name] = f"it calls {what}, which acts outside of the transaction"
    hidden = calls.hidden()
    if hidden is not None:
        for name in surface.relations:
            reasons.setdefault(
                name,
                "an operator, cast, domain, range, aggregate or default of an argument may lead to "
                f"{hidden}, which acts outside of the transaction",
            )
    return reasons


def _expressions(surface: Surface) -> Mapping[QualifiedName, Sequence[str]]:
    """Return what runs when each relation is read or written."""
    found: dict[QualifiedName, list[str]] = {name: [text] for name, text in surface.views.items()}
    for table, policies in surface.policies.items():
        found.setdefault(table, []).extend(
            expression for policy in policies for expression in policy.expressions
        )
    return found


async def probe(
    session: Session,
    surface: Surface,
    probes: Probes,
    roles: Sequence[RoleToProbe],
    *,
    call: Callable[[str], str] = str,
    seconds: float = TIMEOUT,
    known: MutableMapping[str, Answer] | None = None,
    patience: Patience | None = None,
) -> Mapping[Question, Answer]:
    """Ask everything of every role, and change nothing.

    Args:
        session: in a transaction; it may be READ ONLY. Where a setting was made before, PostgreSQL has the
            empty text for it afterwards, and not nothing at all, until the session ends: where that matters,
            each identity has a session of its own.
        surface: as it is now, for these roles.
        probes: chosen by :func:`choose_probes`, here or in another database.
        roles: to ask.
        call: what identities and questions call a role.
        seconds: that one statement may take.
        known: answers of calls before to roles whom no policies hold back, which all of them get; those of
            this call are added.
        patience: with the server, shared by calls; without it, there is no limit to the whole.

    Returns:
        For what is seen, the number of rows and two sums of hashes. For what is written, and for what would
        be seen of rows that are made up, a digit for each candidate, 1 where the policies let it pass; no
        entry where privileges do not let the role try.

    Raises:
        ConnectionLostError: the connection broke.
    """
    answers: dict[Question, Answer] = {}
    known = {} if known is None else known
    patience = patience or Patience()
    await keep_candidates(session, probes.candidates)
    await keep_candidates(session, probes.made_up, len(probes.candidates))
    for identity in probes.identities:
        for role in roles:
            called = call(role.name)
            if identity.role not in {None, called}:
                continue
            open_: dict[Question, str] = {}
            for relation, action, is_made_up, asked in _asked(surface, probes, role.name):
                question = Question(relation, called, identity.name, action, is_made_up)
                if isinstance(asked, Answer):
                    answers[question] = asked
                elif (relation, action) in patience.given_up:
                    answers[question] = _NOT_AGAIN
                else:
                    open_[question] = asked
            # Whom no policies of a table hold back sees the same rows of it as everyone else of that kind.
            alike = {
                text
                for question, text in open_.items()
                if surface.relations[question.relation].kind in _TABLES
                and not surface.relations[question.relation].reach[role.name].restricted
            }
            # Policies for ALL make the same of several actions.
            texts = [text for text in dict.fromkeys(open_.values()) if text not in alike or text not in known]
            settings = {**role.settings, **identity.settings}
            asked_now = await ask(session, role.name, settings, texts, seconds=seconds, until=patience.until)
            found = dict(zip(texts, asked_now, strict=True))
            known.update(
                (text, answer) for text, answer in found.items() if text in alike and not answer.sqlstate
            )
            answers |= {
                question: found[text] if text in found else known[text] for question, text in open_.items()
            }
            patience.given_up |= {
                (question.relation, question.action)
                for question in open_
                if answers[question].sqlstate == CANCELED
            }
    return answers


def _asked(
    surface: Surface, probes: Probes, role: str
) -> Iterator[tuple[QualifiedName, Action | None, bool, str | Answer]]:
    """Yield what is asked of a role, each with the answer where none need be asked for."""
    denied = Answer(None, PERMISSION_DENIED, "permission denied")
    for name in probes.touched:
        relation = surface.relations.get(name)
        if relation is not None:
            refused = relation.reach[role].reads is None
            yield name, None, False, denied if refused else may_read(relation)
    for name, extent in probes.extents.items():
        relation = surface.relations.get(name)
        if relation is None:
            continue
        reach = relation.reach[role]
        if reach.reads is None:
            yield name, Action.SEE, False, denied
        elif (seen := seen_rows(relation, reach, extent)) is not None:
            yield name, Action.SEE, False, seen
    kept = places(probes.candidates)
    for name, rows in probes.candidates.items():
        for action, asked in _of_rows(surface, name, role, WRITES, len(rows), kept[name]):
            yield name, action, False, asked
    kept = places(probes.made_up, len(probes.candidates))
    for name, rows in probes.made_up.items():
        for action, asked in _of_rows(surface, name, role, (Action.SEE, *WRITES), len(rows), kept[name]):
            yield name, action, True, asked


def _of_rows(
    surface: Surface, name: QualifiedName, role: str, actions: Sequence[Action], number: int, place: int
) -> Iterator[tuple[Action, str | Answer]]:
    """Yield what is asked about rows that are given."""
    relation = surface.relations.get(name)
    if relation is None or not number:
        return
    reach = relation.reach[role]
    for action in actions:
        if not may(action, reach):
            continue
        policies = surface.policies.get(name, ())
        must = condition(action, role, policies) if reach.restricted else EVERYTHING
        if must in {EVERYTHING, NOTHING}:
            yield action, Answer(("1" if must == EVERYTHING else "0") * number)
        else:
            yield action, met_by(name, place, must)
