"""What was found, with a proof for each fix of policies, or what is said in its place.

Consumed by the command line, and by planning for review. What a proof is, :mod:`pilotage.lint.proof` says;
here it is decided what is tried, and in which order, where several fixes change policies of one table.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import ConnectionLostError, ServerError
from pilotage.lint.combining import are_both_found, combined_fixes
from pilotage.lint.evidence import Trial
from pilotage.lint.proof import NOT_TRIED, prove
from pilotage.lint.reading import Api, Reading
from pilotage.model.identities import Identity
from pilotage.model.lint import Finding, Fix, Linting, Proof
from pilotage.model.names import QualifiedName

NO_PROOF = Proof(proved=False, reason="it was not tried, as was asked for")

_Key = tuple[str, str, str, str]


@dataclasses.dataclass(slots=True)
class _Table:
    """The findings about one table whose fixes are to be proved, and what was tried of them.

    Attributes:
        attempts: that are left, each some trials with the findings that they mend; the first is made first.
        fixes: by finding, with what is said of them.
        together: why no fix mends all of them; empty where none was tried.
    """

    findings: list[Finding]
    attempts: list[list[tuple[Trial, list[Finding]]]] = dataclasses.field(default_factory=list)
    fixes: dict[_Key, Fix] = dataclasses.field(default_factory=dict)
    together: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is left to be tried, and nothing is proved."""
        return bool(self.attempts) and not any(fix.applies for fix in self.fixes.values())


async def prove_fixes(
    parameters: ConnectionParameters,
    linting: Linting,
    identities: Sequence[Identity] = (),
    *,
    combining: bool = False,
) -> Linting:
    """Return what was found, with a proof for each fix of policies that counts.

    Args:
        parameters: as :func:`~pilotage.lint.proof.prove` takes them.
        linting: what was found.
        identities: as :func:`~pilotage.lint.proof.prove` takes them.
        combining: whether findings of two rules about one table may get one fix that mends all of them.

    Raises:
        ConnectionFailedError: the database cannot be reached.
    """
    tables: dict[QualifiedName, _Table] = {}
    for finding in linting.fixable:
        if finding.fix is not None and finding.fix.proof == NOT_TRIED:
            tables.setdefault(table_of(finding), _Table([])).findings.append(finding)
    together = {
        name: table.findings for name, table in tables.items() if combining and are_both_found(table.findings)
    }
    combined = await _combined(parameters, together) if together else {}
    for name, table in tables.items():
        if name in combined:
            table.attempts.append([(_joint(combined[name], table.findings), table.findings)])
        table.attempts += _alone(table.findings)
    while tried := [table for table in tables.values() if table.is_open]:
        attempts = [(table, *each) for table in tried for each in table.attempts.pop(0)]
        proofs = await prove(parameters, [trial for _, trial, _ in attempts], identities)
        for (table, trial, findings), proof in zip(attempts, proofs, strict=True):
            if trial.fix not in {finding.fix for finding in findings} and not proof.proved:
                table.together = proof.reason
                continue
            fix = msgspec.structs.replace(trial.fix, proof=proof)
            table.fixes |= {finding.identity: fix for finding in findings}
    fixes = {identity: fix for table in tables.values() for identity, fix in _told(table)}
    return msgspec.structs.replace(linting, findings=tuple(_with(each, fixes) for each in linting.findings))


def without_proof(linting: Linting) -> Linting:
    """Return what was found, with the fixes of policies marked as not tried because nobody wanted it."""
    return with_proofs(
        linting,
        {
            finding.fix: NO_PROOF
            for finding in linting.fixable
            if finding.fix is not None and finding.fix.proof == NOT_TRIED
        },
    )


def with_proofs(linting: Linting, proofs: Mapping[Fix, Proof]) -> Linting:
    """Return what was found, with what is said of some fixes."""
    fixes = {
        finding.identity: msgspec.structs.replace(finding.fix, proof=proofs[finding.fix])
        for finding in linting.findings
        if finding.fix is not None and finding.fix in proofs
    }
    return msgspec.structs.replace(linting, findings=tuple(_with(each, fixes) for each in linting.findings))


def table_of(finding: Finding) -> QualifiedName:
    """Return the table that a finding is about."""
    return QualifiedName(finding.metadata["schema"], finding.metadata["name"])


async def _combined(
    parameters: ConnectionParameters, findings: Mapping[QualifiedName, Sequence[Finding]]
) -> Mapping[QualifiedName, Fix]:
    """Return one fix for each table; none where the database cannot be read, which trying will tell."""
    schemas = sorted({table.schema for table in findings})
    try:
        async with connect(parameters) as session, session.transaction(READ_ONLY):
            return await combined_fixes(Reading(session, schemas, Api(schemas=(), roles=())), findings)
    except (ServerError, ConnectionLostError):
        return {}


def _joint(fix: Fix, findings: Sequence[Finding]) -> Trial:
    calls = dict.fromkeys(call for finding in findings for call in finding.metadata.get("calls", ()))
    return Trial(fix=fix, table=table_of(findings[0]), calls=tuple(calls))


def _alone(findings: Sequence[Finding]) -> Iterator[list[tuple[Trial, list[Finding]]]]:
    """Yield what is tried of each rule, in the order of the findings; several of a rule may have one fix."""
    rules: dict[str, dict[Fix, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        if finding.fix is not None:
            rules[finding.name][finding.fix].append(finding)
    for of_rule in rules.values():
        yield [
            (
                Trial(
                    fix=fix,
                    table=table_of(mended[0]),
                    calls=tuple(mended[0].metadata.get("calls", ())),
                    same_by_form="calls" in mended[0].metadata,
                ),
                mended,
            )
            for fix, mended in of_rule.items()
        ]


def _told(table: _Table) -> Iterator[tuple[_Key, Fix]]:
    """Yield what is said of each finding's fix; not tried are those of a rule after one that is proved."""
    first = next((each.name for each in table.findings if each.identity in table.fixes), "")
    for finding in table.findings:
        fix = table.fixes.get(finding.identity)
        if fix is None and finding.fix is not None:
            reason = f"what mends {first} changes policies of the same table: run that, and lint again"
            if table.together:
                reason += f" (one change for both is not proved: {table.together})"
            fix = msgspec.structs.replace(finding.fix, proof=Proof(proved=False, reason=reason))
        if fix is not None:
            yield finding.identity, fix


def _with(finding: Finding, fixes: Mapping[_Key, Fix]) -> Finding:
    if finding.identity not in fixes:
        return finding
    return msgspec.structs.replace(finding, fix=fixes[finding.identity])
