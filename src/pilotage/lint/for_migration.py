"""Which fixes of what was found can be taken into a migration, and what each makes of its objects.

Consumed by planning for review, after :func:`~pilotage.lint.proving.prove_fixes`. Fixes of indexes say
themselves what they make. What comes of policies is asked of the source's own server: their fixes are run
there once more, in a transaction that is rolled back, and the policies are read as it prints them then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from pilotage.catalog.queries import query
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.constants import Argument
from pilotage.errors import ServerError
from pilotage.lint.proof import LOCK_TIMEOUT
from pilotage.lint.reading import SHARED_QUERIES, PolicyFacts
from pilotage.model.catalog import Policy
from pilotage.model.fixes import ChosenFix, DroppedPolicy, Effect, FixedPolicy, LeftFix
from pilotage.model.lint import Finding, Fix, Linting
from pilotage.model.names import QualifiedName

_OF_POLICIES = ("ALTER POLICY ", "CREATE POLICY ", "DROP POLICY ", "COMMENT ON POLICY ")

_NO_SQL = "no SQL is written for it; pilotage lint says what a person has to decide"
_NOT_KNOWN = (
    "this version takes no such fix into a migration; run pilotage lint --fix on the target when it is done"
)

_LOCKED = "55P03"


def choose_fixes(linting: Linting) -> tuple[tuple[ChosenFix, ...], tuple[LeftFix, ...]]:
    """Return the fixes that a migration can take, by rule and table, and what stays as it is.

    Policies that fixes change are not told yet, see :func:`with_policies`. Waived findings are in neither.

    Args:
        linting: of the rules whose fixes are wanted, with proofs.
    """
    chosen: dict[tuple[str, QualifiedName], _Parts] = defaultdict(_Parts)
    left: list[LeftFix] = []
    for finding in linting.findings:
        if finding.waived is not None:
            continue
        reason = _reason_against(finding.fix)
        if finding.fix is None or reason:
            left.append(_left(finding, reason))
        else:
            table = QualifiedName(finding.metadata["schema"], finding.metadata["name"])
            chosen[finding.name, table].add(finding.detail, finding.fix)
    return (
        tuple(parts.together(rule, table) for (rule, table), parts in sorted(chosen.items())),
        # several findings may have one fix
        tuple(dict.fromkeys(left)),
    )


def left_untold(fix: ChosenFix, reason: str) -> LeftFix:
    """Return a fix that was chosen as one that is not taken after all."""
    return LeftFix(rule=fix.rule, object=f"table {fix.table}", reason=reason)


async def with_policies(
    parameters: ConnectionParameters, fixes: Sequence[ChosenFix]
) -> tuple[tuple[ChosenFix, ...], tuple[LeftFix, ...]]:
    """Return the fixes with the policies that they leave, and those that the source's server refused.

    Those of one table are made one after another, in their order. Locks each table whose policies change
    against everybody else, for as long as its statements and a few queries take.

    Raises:
        ConnectionFailedError: the database cannot be reached.
        ConnectionLostError: the connection broke.
    """
    of_table: dict[QualifiedName, list[ChosenFix]] = defaultdict(list)
    for fix in fixes:
        if fix.statements[0].startswith(_OF_POLICIES):
            of_table[fix.table].append(fix)
    told: dict[ChosenFix, ChosenFix | None] = {}
    left: list[LeftFix] = []
    if of_table:
        async with connect(parameters) as session:
            for together in of_table.values():
                try:
                    async with _rolled_back(session):
                        for fix in together:
                            told[fix] = await _tried(session, fix)
                except ServerError as error:
                    # of fixes that build upon each other, none is taken
                    told.update(dict.fromkeys(together))
                    left += [left_untold(fix, _told(error)) for fix in together]
    known = (told.get(fix, fix) for fix in fixes)
    return tuple(fix for fix in known if fix is not None), tuple(left)


# -- what is taken ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Parts:
    """Fixes of one rule on one table."""

    findings: list[str] = field(default_factory=list)
    fixes: dict[Fix, None] = field(default_factory=dict)

    def add(self, detail: str, fix: Fix) -> None:
        self.findings.append(detail)
        self.fixes[fix] = None

    def together(self, rule: str, table: QualifiedName) -> ChosenFix:
        own = [fix.in_migration or fix for fix in self.fixes]
        of_indexes = [fix.in_migration for fix in self.fixes if fix.in_migration is not None]
        proofs = dict.fromkeys(fix.proof.reason for fix in self.fixes if fix.proof is not None)
        return ChosenFix(
            rule=rule,
            table=table,
            findings=tuple(self.findings),
            proof="; ".join(proofs),
            statements=tuple(statement for each in own for statement in each.statements),
            reverse=tuple(statement for each in reversed(own) for statement in each.reverse),
            effect=Effect(
                indexes=tuple(index for each in of_indexes for index in each.indexes),
                dropped_indexes=tuple(index for each in of_indexes for index in each.dropped_indexes),
            ),
        )


def _reason_against(fix: Fix | None) -> str:
    """Return why a fix cannot be taken; empty where it can."""
    if fix is None:
        return _NO_SQL
    if fix.proof is not None and not fix.proof.proved:
        return f"not proved: {fix.proof.reason}"
    return "" if is_for_migrations(fix) else _NOT_KNOWN


def is_for_migrations(fix: Fix | None) -> bool:
    """Whether a fix is one of those that a migration takes, where it is proved or needs no proof."""
    return fix is not None and (
        fix.in_migration is not None
        or all(each.startswith(_OF_POLICIES) for each in (*fix.statements, *fix.reverse))
    )


def _left(finding: Finding, reason: str) -> LeftFix:
    return LeftFix(rule=finding.name, object=f"{finding.kind} {finding.object}", reason=reason)


# -- what becomes of policies -------------------------------------------------------------------------------


@asynccontextmanager
async def _rolled_back(session: Session) -> AsyncIterator[None]:
    await session.run(f"BEGIN; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'")
    try:
        yield
    finally:
        if not session.is_closed():
            await session.roll_back()


async def _tried(session: Session, fix: ChosenFix) -> ChosenFix:
    before = await _policies(session, fix.table)
    for statement in fix.statements:
        await session.run(statement)
    after = await _policies(session, fix.table)
    return msgspec.structs.replace(
        fix,
        effect=Effect(
            policies=tuple(
                FixedPolicy(
                    identity=each.identity, policy=each.policy, comment=each.comment, new=name not in before
                )
                for name, each in after.items()
                if each != before.get(name)
            ),
            dropped_policies=tuple(
                DroppedPolicy(identity=each.identity, name=name, table=fix.table)
                for name, each in before.items()
                if name not in after
            ),
        ),
    )


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """A policy, as two queries tell of it."""

    identity: str
    policy: Policy
    comment: str | None


async def _policies(session: Session, table: QualifiedName) -> Mapping[str, _Read]:
    """Return a table's policies by name."""
    major = session.version_num // 10000
    schemas: tuple[Argument, ...] = ([table.schema],)
    told = await session.records(SHARED_QUERIES.text("policies", major), PolicyFacts, *schemas)
    more = {each.name: each for each in told if QualifiedName(each.schema, each.relation) == table}
    found: Iterable[Policy] = await session.records(query("policies", major), Policy, *schemas)
    return {
        each.name: _Read(identity=more[each.name].identity, policy=each, comment=more[each.name].comment)
        for each in found
        if each.table == table and each.name in more
    }


def _told(error: ServerError) -> str:
    if error.sqlstate == _LOCKED:
        return f"its table was in use, and its lock not to be had within {LOCK_TIMEOUT} s; plan again later"
    return str(error)
