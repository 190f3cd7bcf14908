"""The checks of access: what roles see and may write at both ends, and what they may do with each object.

Consumed by verification; they ask both servers. The definitions of policies, views and grants are compared
elsewhere; here they are tried, as each role and under several identities, by :mod:`pilotage.security`.
Nothing is written at either end, and no trigger fires: rows are read, and what policies would say of a
written row is evaluated.

How to call it, with identities from the configuration or none::

    checks += await check_access(
        source_end, target_end, schemas=(expected.scope, found.scope), choices=roles, identities=identities
    )

Where there is no end to ask at the source, it is not called, and :data:`LEFT_OUT` says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from pilotage.connection import Session
from pilotage.errors import first_error
from pilotage.model.identities import NOBODY, Identity
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.roles import RoleChoices
from pilotage.model.verdict import Check, Difference
from pilotage.security.asking import (
    CANCELED,
    NOT_ASKED,
    OUT_OF_TIME,
    PERMISSION_DENIED,
    READ_ONLY,
    Answer,
)
from pilotage.security.identities import derive_identities
from pilotage.security.probing import Patience, Probes, Question, choose_probes, probe, reasons_against
from pilotage.security.reading import Surface, read_surface
from pilotage.security.records import RoleToProbe
from pilotage.security.rule import Action
from pilotage.verify.checks.effective_privileges import TITLE, compare_privileges
from pilotage.verify.comparison import outcome_of
from pilotage.verify.ends import End
from pilotage.verify.probed_roles import ProbedRoles, choose_roles

NAMES = ("access", "effective-privileges")
"""Names of the checks here."""

_NOT_ABOUT_ROLES = frozenset({"53", "54", "55", "57", "58", "XX"})
"""Classes of errors (PostgreSQL's appendix A) that another try, or another role, might not have met."""

_ABOUT_VALUES = frozenset({"22", "23", "P0"})
"""Classes of errors whose messages may quote what is in a row, or say what a user's function chose to say."""

LEFT_OUT = "what roles see and may do: the source could not be asked any more"

_WITHOUT_PRIVILEGES = "what roles see and may do: privileges were left out, as was asked for"

_NOBODY_ASKED = (
    "which rows roles see and may write: no role could be asked; make whom we connect as a member of those "
    "named below, at both ends (GRANT … TO …), or run pilotage verify with --skip access"
)

_COUNTED_ONLY = (
    "which rows roles see: the databases have different encodings, so that the rows were only counted"
)

LONGEST = 1800.0
"""Seconds for all questions to an end; what is left then is told, relation by relation."""

T = TypeVar("T")
Sessions = tuple[Session, Session]
Schemas = tuple[Sequence[str], Sequence[str]]

_WORDS = {
    Action.SEE: "rows seen",
    Action.INSERT: "rows that may be inserted",
    Action.UPDATE: "rows that may be updated",
    Action.REPLACE: "rows that may come out of an update",
    Action.DELETE: "rows that may be deleted",
    None: "may be read",
}


async def check_access(
    source: End,
    target: End,
    *,
    schemas: tuple[Sequence[str], Sequence[str]],
    choices: RoleChoices | None = None,
    identities: Sequence[Identity] = (),
    own_defaults: bool = False,
    names: Collection[str] = NAMES,
) -> tuple[Check, ...]:
    """Compare what roles see and may do.

    Args:
        source, target: asked at the same time.
        schemas: in scope, at the source and at the target.
        choices: what became of owners, privileges and roles.
        identities: under which roles ask, besides one with nothing set; derived from the data where none are
            given.
        own_defaults: whether the target may have default privileges where the source has none, as it may have
            after a migration, which leaves them alone: they are told, and no difference.
        names: the checks to make.

    Raises:
        ServerError: a server refused what it should not: reading its catalogs, or rows that may be read.
        ConnectionLostError: a connection broke.
    """
    choices = choices or RoleChoices()
    if not choices.privileges:
        nothing = _check([], 0, (_WITHOUT_PRIVILEGES,), time.perf_counter(), incomplete=False)
        if NAMES[0] in names:
            return (nothing,)
        return (msgspec.structs.replace(nothing, name=NAMES[1], title=TITLE),)
    async with contextlib.AsyncExitStack() as stack:
        sessions = (
            await stack.enter_async_context(source.session()),
            await stack.enter_async_context(target.session()),
        )
        roles = await choose_roles(
            *sessions, schemas, choices, [each.role for each in identities if each.role]
        )
        checks = []
        if NAMES[0] in names:
            checks.append(
                await _compare_access((source, target), sessions, schemas, choices, roles, identities)
            )
        if NAMES[1] in names:
            checks.append(
                await compare_privileges(
                    sessions,
                    schemas,
                    choices,
                    roles,
                    own_defaults=own_defaults,
                    tell_roles=NAMES[0] not in names,
                )
            )
        return tuple(checks)


async def _compare_access(
    ends: tuple[End, End],
    sessions: Sessions,
    schemas: Schemas,
    choices: RoleChoices,
    roles: ProbedRoles,
    identities: Sequence[Identity],
) -> Check:
    began = time.perf_counter()
    source, target = sessions
    asked_there = [role for role in roles.source if choices.target_of(role.name) in roles.probed]
    asked_here = [role for role in roles.target if role.name in roles.probed]
    expected, found = await _both(
        read_surface(source, schemas[0], [role.name for role in asked_there]),
        read_surface(target, schemas[1], [role.name for role in asked_here]),
    )
    if identities:
        chosen = (
            NOBODY,
            *(
                msgspec.structs.replace(each, role=each.role and choices.target_of(each.role))
                for each in identities
            ),
        )
    else:
        chosen = await derive_identities(source, expected, [role.name for role in asked_here])
    probes = await choose_probes(
        source,
        expected,
        chosen,
        guarded=[name for name, relation in found.relations.items() if relation.guarded],
        without=_not_at_both(expected, found, choices),
    )
    before, after = await _both(
        _probe_all(ends[0], expected, probes, asked_there, choices.target_of),
        _probe_all(ends[1], found, probes, asked_here, str),
    )
    encodings = {str(await session.value("SHOW server_encoding")) for session in sessions}
    comparison = _Comparison(expected, probes, by_number=len(encodings) > 1)
    differences = list(comparison.differences(before, after))
    nobody = bool(probes.extents and roles.denied and not roles.probed)
    return _check(
        differences,
        len(probes.extents) + len(probes.touched) if roles.probed else 0,
        (
            *((_NOBODY_ASKED,) if nobody else ()),
            *roles.not_probed,
            *probes.not_probed,
            *comparison.not_checked,
            *_without_rows(expected, probes),
            *((_COUNTED_ONLY,) if len(encodings) > 1 else ()),
        ),
        began,
        incomplete=bool(comparison.not_checked or roles.unknown or nobody),
    )


async def _probe_all(
    end: End,
    surface: Surface,
    probes: Probes,
    roles: Sequence[RoleToProbe],
    call: Callable[[str], str],
) -> Mapping[Question, Answer]:
    """Ask everything, under each identity in a session of its own, in which nothing else was ever set."""
    answers: dict[Question, Answer] = {}
    known: dict[str, Answer] = {}
    patience = Patience(until=time.monotonic() + LONGEST)
    for name in dict.fromkeys(identity.name for identity in probes.identities):
        alike = tuple(identity for identity in probes.identities if identity.name == name)
        async with end.session() as session:
            answers |= await probe(
                session,
                surface,
                dataclasses.replace(probes, identities=alike),
                roles,
                call=call,
                known=known,
                patience=patience,
            )
    return answers


def _not_at_both(
    expected: Surface, found: Surface, choices: RoleChoices
) -> Mapping[QualifiedName, str | None]:
    """Return the relations that cannot be probed alike, with the reason; None where another check has it."""
    without: dict[QualifiedName, str | None] = dict(reasons_against(found))
    for name, relation in expected.relations.items():
        other = found.relations.get(name)
        if other is None:
            without[name] = None
        elif relation.columns != other.columns:
            without[name] = "its columns are others at the target"
        elif not choices.owners and relation.kind == "view" and not relation.invoker:
            without[name] = "it reads as its owner, and owners were left out, as was asked for"
    return without


class _Comparison:
    """Answers of both ends held against each other.

    Attributes:
        not_checked: what could not be answered, each with the reason.
    """

    def __init__(self, surface: Surface, probes: Probes, *, by_number: bool) -> None:
        self._surface = surface
        self._by_number = by_number
        self._probes = probes
        self.not_checked: list[str] = []

    def differences(
        self, before: Mapping[Question, Answer], after: Mapping[Question, Answer]
    ) -> Iterator[Difference]:
        late: Counter[QualifiedName] = Counter()
        for question, expected in before.items():
            # Where privileges do not let a role try, there is no answer; the other check compares privileges.
            found = after.get(question)
            if OUT_OF_TIME in {expected.sqlstate, found.sqlstate if found else ""}:
                late[question.relation] += 1
            elif found is None or self._same(expected, found):
                if found is not None and expected.sqlstate and not _is_result(question, expected):
                    self._leave(question, expected)
            elif _is_no_answer(expected) or _is_no_answer(found):
                self._leave(question, expected if _is_no_answer(expected) else found)
            else:
                yield self._difference(question, expected, found)
        self.not_checked += [
            f"{self._surface.relations[name]}: {number:,} questions of what roles see and write in it: "
            f"asking took more than {LONGEST:,.0f} s in all"
            for name, number in late.items()
        ]

    def _same(self, expected: Answer, found: Answer) -> bool:
        """Whether two answers are one; without the sums of hashes, where these are of other bytes."""
        texts = [answer.text for answer in (expected, found)]
        if self._by_number:
            texts = [text and text.split()[0] for text in texts]
        return texts[0] == texts[1] and expected.sqlstate == found.sqlstate

    def _leave(self, question: Question, answer: Answer) -> None:
        relation = self._surface.relations[question.relation]
        self.not_checked.append(f"{relation}: {_fact(question)}: {_words(answer)}")

    def _difference(self, question: Question, expected: Answer, found: Answer) -> Difference:
        shown = _shown(question, expected), _shown(question, found)
        if shown[0] == shown[1]:
            shown = _in_full(expected), _in_full(found)
        return Difference(
            object=str(self._surface.relations[question.relation]),
            fact=_fact(question),
            expected=shown[0],
            found=shown[1],
        )


def _is_result(question: Question, answer: Answer) -> bool:
    """Whether an error is what the role itself would get, and not our way of asking that fails."""
    if answer.sqlstate == READ_ONLY or _is_no_answer(answer):
        return False
    # Class 42 is of statements that cannot be understood, such as one with a system column, which no row that
    # is given as data has.
    reads = question.action in {Action.SEE, None}
    return reads or answer.sqlstate == PERMISSION_DENIED or not answer.sqlstate.startswith("42")


def _is_no_answer(answer: Answer) -> bool:
    """Whether an error says nothing about the role: want of resources, limits, states, operators, defects."""
    return answer.sqlstate in {CANCELED, NOT_ASKED} or answer.sqlstate[:2] in _NOT_ABOUT_ROLES


def _words(answer: Answer) -> str:
    """Return an error's message, unless it may hold a value of a row."""
    if answer.sqlstate[:2] in _ABOUT_VALUES:
        return f"an error about a value ({answer.sqlstate})"
    return answer.message


def _fact(question: Question) -> str:
    return f"role {quote_identifier(question.role)}, {question.identity}: {_WORDS[question.action]}"


def _shown(question: Question, answer: Answer) -> str:
    if answer.text is None:
        return _words(answer)
    if question.action is None:
        return "yes"
    if question.action is Action.SEE:
        return answer.text.split()[0]
    return f"{answer.text.count('1')} of {len(answer.text)}"


def _in_full(answer: Answer) -> str:
    """Return what tells apart two answers of the same number: the sums of hashes, or which candidates."""
    if answer.text is None:
        return f"{_words(answer)} ({answer.sqlstate})"
    number, *sums = answer.text.split()
    if sums:
        return f"{number}, with checksum {' '.join(sums)}"
    places = [str(place) for place, digit in enumerate(number, 1) if digit == "1"]
    return f"candidates {', '.join(places)} of {len(number)}"


def _without_rows(surface: Surface, probes: Probes) -> Iterable[str]:
    empty = [str(surface.relations[name]) for name, rows in probes.candidates.items() if len(rows) <= 1]
    if empty:
        named = ", ".join(empty[:5]) + (f" and {len(empty) - 5} more" if len(empty) > 5 else "")
        yield (
            "what roles see and may write in tables without rows, where policies have nothing to decide on "
            f"but a row of NULLs: {named}"
        )


def _check(
    differences: Sequence[Difference],
    compared: int,
    not_checked: Iterable[str],
    began: float,
    *,
    incomplete: bool,
) -> Check:
    return Check(
        name="access",
        title="What roles see and may write",
        method=(
            "tried as each role, under several identities: rows read through policies, privileges and views, "
            "counted and digested; rows of the source held against the policies for writing"
        ),
        compared=compared,
        outcome=outcome_of(differences, incomplete=incomplete),
        differences=tuple(sorted(differences, key=lambda each: (each.object, each.fact))),
        seconds=time.perf_counter() - began,
        not_checked=tuple(not_checked),
    )


async def _both(expected: Coroutine[Any, Any, T], found: Coroutine[Any, Any, T]) -> tuple[T, T]:
    """Wait for both ends at once; where one fails, stop the other."""
    try:
        async with asyncio.TaskGroup() as both:
            tasks = both.create_task(expected), both.create_task(found)
    except ExceptionGroup as group:
        raise first_error(group) from group
    return tasks[0].result(), tasks[1].result()
