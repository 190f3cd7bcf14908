"""Which fixes of what was found can be taken into a migration, and what each makes of its objects.

Consumed by planning for review, after :func:`~pilotage.lint.proving.prove_fixes`. Most fixes say themselves
what they make. What comes of policies and functions is asked of the source's own server, and so is whether
constraints hold: their fixes are run there once more, in a transaction that is rolled back.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from pilotage.catalog.queries import query
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.constants import Argument
from pilotage.errors import ServerError
from pilotage.lint.holding import (
    HELD,
    IS_READ_ONLY,
    LOCK_TIMEOUT,
    is_in_use,
    is_read_only,
    limit,
    lock_first,
    rolled_back,
)
from pilotage.lint.reading import SHARED_QUERIES, PolicyFacts
from pilotage.model.catalog import Policy, Routine
from pilotage.model.fixes import (
    ChosenFix,
    DroppedPolicy,
    Effect,
    FixedPolicy,
    FixedRoutine,
    LeftFix,
    Mended,
    PolicyState,
    joined_effects,
    left_fixes,
)
from pilotage.model.lint import Finding, Fix, Linting
from pilotage.model.names import QualifiedName
from pilotage.security.asking import CANCELED

_OF_POLICIES = ("ALTER POLICY ", "CREATE POLICY ", "DROP POLICY ", "COMMENT ON POLICY ")

_OF_ROUTINES = ("ALTER FUNCTION ", "ALTER PROCEDURE ")

_NO_SQL = "no SQL is written for it; pilotage lint says what a person has to decide"

_NOT_KNOWN = (
    "this version takes no such fix into a migration; run pilotage lint --fix on the target when it is done"
)

VALIDATION_TIMEOUT = 60
"""Seconds that it may take at the source to see whether a constraint holds."""


def choose_fixes(linting: Linting) -> tuple[tuple[ChosenFix, ...], tuple[LeftFix, ...]]:
    """Return the fixes that a migration can take, and what stays as it is.

    What of them has to be tried first is not told yet, see :func:`try_fixes`. Waived findings are in neither.

    Args:
        linting: of the rules whose fixes are wanted, with proofs.
    """
    mended: dict[Fix, list[Finding]] = defaultdict(list)
    left: list[LeftFix] = []
    for finding in linting.findings:
        if finding.waived is not None:
            continue
        reason = _reason_against(finding.fix)
        if finding.fix is None or reason:
            left.append(_left(finding, reason))
        else:
            mended[finding.fix].append(finding)
    chosen = (_chosen(fix, findings) for fix, findings in mended.items())
    # several findings may have one fix
    return tuple(sorted(chosen, key=_place)), tuple(dict.fromkeys(left))


async def try_fixes(
    parameters: ConnectionParameters, fixes: Sequence[ChosenFix]
) -> tuple[tuple[ChosenFix, ...], tuple[LeftFix, ...]]:
    """Return the fixes with what they leave, those alike of one object as one, and those that were refused.

    Those of one table's policies are made one after another, in their order. Locks each table whose policies
    change against everybody else, for as long as its statements and a few queries take. A constraint's rows
    are read, which keeps nobody from reading and writing them, for :data:`VALIDATION_TIMEOUT` at most.

    Raises:
        ConnectionFailedError: the database cannot be reached.
        ConnectionLostError: the connection broke.
    """
    together: dict[Hashable, list[ChosenFix]] = defaultdict(list)
    for fix in fixes:
        if _is_tried(fix):
            together[fix if fix.effect.constraints else (fix.kind, fix.name)].append(fix)
    told: dict[ChosenFix, ChosenFix | None] = {}
    left: list[LeftFix] = []
    if together:
        async with connect(parameters) as session:
            read_only = await is_read_only(session)
            for each in together.values():
                if read_only:
                    told.update(dict.fromkeys(each))
                    left += [untaken for fix in each for untaken in left_fixes(fix, IS_READ_ONLY)]
                    continue
                try:
                    async with rolled_back(session):
                        validates = any(fix.effect.constraints for fix in each)
                        await limit(session, VALIDATION_TIMEOUT if validates else HELD)
                        if validates:
                            await lock_first(session, each[0].name, "SHARE UPDATE EXCLUSIVE")
                        elif each[0].statements[0].startswith(_OF_POLICIES):
                            await lock_first(session, each[0].name)
                        for fix in each:
                            told[fix] = await _tried(session, fix)
                except ServerError as error:
                    # of fixes that build upon each other, none is taken
                    told.update(dict.fromkeys(each))
                    left += [untaken for fix in each for untaken in left_fixes(fix, _told(error))]
    known = (told.get(fix, fix) for fix in fixes)
    alike = itertools.groupby((fix for fix in known if fix is not None), _place)
    return tuple(_joined(tuple(of_object)) for _, of_object in alike), tuple(left)


# -- what is taken ------------------------------------------------------------------------------------------


def _chosen(fix: Fix, findings: Sequence[Finding]) -> ChosenFix:
    made = fix.in_migration or fix
    about = findings[0].metadata
    return ChosenFix(
        kind=about["type"],
        name=QualifiedName(about["schema"], about["name"]),
        findings=tuple(
            Mended(rule=each.name, object=f"{each.kind} {each.object}", detail=each.detail)
            for each in findings
        ),
        proof=fix.proof.reason if fix.proof is not None else "",
        statements=made.statements,
        reverse=made.reverse,
        effect=fix.effect or Effect(),
    )


def _place(fix: ChosenFix) -> tuple[tuple[str, ...], str, QualifiedName]:
    return fix.rules, fix.kind, fix.name


def _joined(fixes: Sequence[ChosenFix]) -> ChosenFix:
    """Return fixes of the same rules and object, of which none needs another, as one."""
    return msgspec.structs.replace(
        fixes[0],
        findings=tuple(finding for fix in fixes for finding in fix.findings),
        proof="; ".join(dict.fromkeys(fix.proof for fix in fixes if fix.proof)),
        statements=tuple(statement for fix in fixes for statement in fix.statements),
        reverse=tuple(statement for fix in reversed(fixes) for statement in fix.reverse),
        effect=joined_effects(fix.effect for fix in fixes),
    )


def _reason_against(fix: Fix | None) -> str:
    """Return why a fix cannot be taken; empty where it can."""
    if fix is None:
        return _NO_SQL
    if fix.proof is not None and not fix.proof.proved:
        return f"not proved: {fix.proof.reason}"
    if fix.in_migration is not None and fix.in_migration.left:
        return fix.in_migration.left
    return "" if is_for_migrations(fix) else _NOT_KNOWN


def is_for_migrations(fix: Fix | None) -> bool:
    """Whether a fix is one of those that a migration takes, where it is proved or needs no proof."""
    if fix is None or (fix.in_migration is not None and fix.in_migration.left):
        return False
    return fix.effect is not None or all(
        each.startswith((*_OF_POLICIES, *_OF_ROUTINES)) for each in fix.statements
    )


def _left(finding: Finding, reason: str) -> LeftFix:
    return LeftFix(rule=finding.name, object=f"{finding.kind} {finding.object}", reason=reason)


# -- what is tried ------------------------------------------------------------------------------------------


def _is_tried(fix: ChosenFix) -> bool:
    """Whether the source has to be asked what a fix makes, or whether it can be made."""
    return fix.effect == Effect() or bool(fix.effect.constraints)


async def _tried(session: Session, fix: ChosenFix) -> ChosenFix:
    if fix.effect.constraints:
        for statement in fix.statements:
            await session.run(statement)
        reason = "validated at the source and rolled back: every row keeps it"
        return msgspec.structs.replace(fix, proof=reason)
    of_table = fix.statements[0].startswith(_OF_POLICIES)
    policies = await _policies(session, fix.name) if of_table else {}
    routines = {} if of_table else await _routines(session, fix.name)
    for statement in fix.statements:
        await session.run(statement)
    if of_table:
        effect = _of_policies(policies, await _policies(session, fix.name))
    else:
        after = await _routines(session, fix.name)
        effect = Effect(
            routines=tuple(
                FixedRoutine(
                    identity=each.identity,
                    before=routines[key].routine,
                    routine=each.routine,
                    settings_before=routines[key].settings,
                    settings=each.settings,
                )
                for key, each in after.items()
                if each != routines[key]
            )
        )
    return msgspec.structs.replace(fix, effect=effect)


def _of_policies(before: Mapping[str, _Read], after: Mapping[str, _Read]) -> Effect:
    was = {name: each.state for name, each in before.items()}
    return Effect(
        policies=tuple(
            FixedPolicy(identity=each.identity, before=was.get(name), after=each.state)
            for name, each in after.items()
            if each.state != was.get(name)
        ),
        dropped_policies=tuple(
            DroppedPolicy(identity=each.identity, before=each.state)
            for name, each in before.items()
            if name not in after
        ),
    )


class _Routine(NamedTuple):
    """A function, as two queries tell of it."""

    identity: str
    routine: Routine
    settings: str


async def _routines(session: Session, name: QualifiedName) -> Mapping[str, _Routine]:
    """Return the functions of a name, by their arguments."""
    major = session.version_num // 10000
    settings = await session.records(
        SHARED_QUERIES.text("routine_settings", major), _Settings, name.schema, name.name
    )
    of_schema: tuple[Argument, ...] = ([name.schema],)
    found: Iterable[Routine] = await session.records(query("routines", major), Routine, *of_schema)
    known = {each.arguments: each for each in settings}
    return {
        each.arguments: _Routine(known[each.arguments].identity, each, known[each.arguments].settings)
        for each in found
        if each.name == name and each.arguments in known
    }


class _Settings(msgspec.Struct, frozen=True):
    """A row of ``routine_settings.sql``."""

    arguments: str
    identity: str
    settings: str


class _Read(NamedTuple):
    """A policy, as two queries tell of it."""

    identity: str
    state: PolicyState


async def _policies(session: Session, table: QualifiedName) -> Mapping[str, _Read]:
    """Return a table's policies by name."""
    major = session.version_num // 10000
    schemas: tuple[Argument, ...] = ([table.schema],)
    told = await session.records(SHARED_QUERIES.text("policies", major), PolicyFacts, *schemas)
    more = {each.name: each for each in told if QualifiedName(each.schema, each.relation) == table}
    found: Iterable[Policy] = await session.records(query("policies", major), Policy, *schemas)
    return {
        each.name: _Read(more[each.name].identity, PolicyState(policy=each, comment=more[each.name].comment))
        for each in found
        if each.table == table and each.name in more
    }


def _told(error: ServerError) -> str:
    if is_in_use(error):
        return (
            f"its table was in use for {LOCK_TIMEOUT} s, or another that is needed with it at that moment; "
            "plan again later"
        )
    if error.sqlstate == CANCELED:
        return "at the source it takes too long to try; run it at the target"
    return str(error)
