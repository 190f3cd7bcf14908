"""What fixes gain, as a figure: the affected access, before and after, in a transaction that is rolled back.

Consumed by the command line, after fixes were proved. Which access a rule's fixes make faster is known here,
rule by rule; of all others it is said why there is no figure. Only fixes that may be run are measured, and
nothing is written but what the rollback takes back.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from pilotage.catalog.queries import query
from pilotage.catalog.scope import schemas_in_scope
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import ConnectionFailedError, ConnectionLostError, ServerError
from pilotage.lint.holding import HELD, IS_READ_ONLY, LOCK_TIMEOUT, is_in_use, is_read_only
from pilotage.lint.measuring_keys import measure_key
from pilotage.lint.measuring_policies import Askers, measure_policies
from pilotage.lint.timing import measuring
from pilotage.model.catalog import Schema
from pilotage.model.identities import NOBODY, Identity
from pilotage.model.lint import Category, Finding, Fix, Linting, Measurement
from pilotage.model.names import QualifiedName
from pilotage.model.scope import Scope
from pilotage.security.asking import CANCELED
from pilotage.security.asking import READ_ONLY as WOULD_WRITE
from pilotage.security.identities import derive_identities
from pilotage.security.reading import read_roles, read_surface

IN_ALL = 300
"""Seconds after which nothing more is begun."""

_POLICIES = frozenset(("auth_rls_initplan", "multiple_permissive_policies"))
_KEYS = frozenset(("unindexed_foreign_keys",))
_DUPLICATES = frozenset(("duplicate_index",))

_OTHERS = "no access is known here that it makes faster"
_NOT_ABOUT = "it is not about speed"


async def measure_fixes(
    parameters: ConnectionParameters, linting: Linting, identities: Sequence[Identity] = ()
) -> Linting:
    """Return what was found, with what each fix that counts gains, or why there is no figure.

    Args:
        parameters: of the database; its role must own the tables.
        linting: after :func:`~pilotage.lint.proving.prove_fixes`.
        identities: under which roles ask; derived from the data where there are none.

    Raises:
        ConnectionFailedError: the database cannot be reached.
    """
    found: dict[Fix, Measurement] = {}
    groups: dict[tuple[str, QualifiedName | Fix], list[Finding]] = {}
    for finding in linting.fixable:
        if finding.fix is None:
            continue
        why = reason_against(finding)
        if why is not None:
            found.setdefault(finding.fix, Measurement(what=why))
        elif finding.name in _POLICIES:
            # policies of one table work together, whichever rules their fixes are of
            groups.setdefault(("", _table(finding)), []).append(finding)
        else:
            groups.setdefault((finding.name, finding.fix), [finding])
    if groups:
        found |= await _measured(parameters, list(groups.values()), identities)
    return msgspec.structs.replace(linting, findings=tuple(_with(each, found) for each in linting.findings))


def reason_against(finding: Finding) -> str | None:
    """Return why a finding's fix is not to be measured; None where it is."""
    if finding.fix is None or not finding.fix.applies:
        return "what is not proved is not tried"
    if finding.name in _POLICIES | _KEYS | _DUPLICATES:
        return None
    if Category.PERFORMANCE not in finding.categories:
        return _NOT_ABOUT
    return _OTHERS


async def _measured(
    parameters: ConnectionParameters, groups: Sequence[Sequence[Finding]], identities: Sequence[Identity]
) -> Mapping[Fix, Measurement]:
    """Measure groups of findings one after the other, each in a transaction and a session of its own."""
    async with connect(parameters) as session:
        if await is_read_only(session):
            why = Measurement(what=IS_READ_ONLY)
            return dict.fromkeys((fix for group in groups for fix in _fixes(group)), why)
        of_policies = any(group[0].name in _POLICIES for group in groups)
        askers = await _askers(session, identities) if of_policies else None
    found: dict[Fix, Measurement] = {}
    end = time.monotonic() + IN_ALL
    for group in groups:
        if time.monotonic() > end:
            result = Measurement(what=f"after {IN_ALL} s of measuring, nothing more was begun; choose rules")
            found |= dict.fromkeys(_fixes(group), result)
            continue
        try:
            # a setting that was once made is never again what it was before
            async with connect(parameters) as session, measuring(session):
                if askers is not None and group[0].name in _POLICIES:
                    found |= await measure_policies(session, _table(group[0]), group, askers)
                elif group[0].name in _DUPLICATES:
                    found |= dict.fromkeys(_fixes(group), await _freed(session, group[0]))
                else:
                    for fix in _fixes(group):
                        found[fix] = await measure_key(session, group[0], fix)
        except (TimeoutError, ServerError, ConnectionLostError, ConnectionFailedError) as error:
            found |= dict.fromkeys(_fixes(group), Measurement(what=_told(error)))
    return found


async def _freed(session: Session, finding: Finding) -> Measurement:
    """Say why nothing is measured of an index that is not needed, and what it takes on disk."""
    effect = finding.fix.effect if finding.fix is not None else None
    names = [str(each.name) for each in effect.dropped_indexes] if effect is not None else []
    freed = await session.value(
        "SELECT pg_size_pretty(sum(pg_relation_size(each.name::regclass))) "
        "FROM unnest($1::text[]) AS each (name)",
        names,
    )
    disk = f"; on disk, it frees {freed}" if freed is not None else ""
    return Measurement(what=f"what gets cheaper is writing, and nothing is written here{disk}")


async def _askers(session: Session, identities: Sequence[Identity]) -> Askers:
    major = session.version_num // 10000
    async with session.transaction(READ_ONLY):
        database = str(await session.text("SELECT current_database()::text"))
        existing = await session.records(query("schemas", major), Schema)
        schemas = tuple(schema.name for schema in schemas_in_scope(Scope(), existing, database))
        roles = tuple(role for role in await read_roles(session, schemas) if role.settable)
        names = [role.name for role in roles]
        surface = await read_surface(session, schemas, names)
        chosen = (NOBODY, *identities) if identities else await derive_identities(session, surface, names)
    return Askers(roles=roles, surface=surface, identities=tuple(chosen))


def _fixes(findings: Sequence[Finding]) -> Iterator[Fix]:
    return (finding.fix for finding in findings if finding.fix is not None)


def _table(finding: Finding) -> QualifiedName:
    return QualifiedName(finding.metadata["schema"], finding.metadata["name"])


def _with(finding: Finding, found: Mapping[Fix, Measurement]) -> Finding:
    if finding.fix is None or finding.waived is not None or finding.fix not in found:
        return finding
    fix = msgspec.structs.replace(finding.fix, measured=found[finding.fix])
    return msgspec.structs.replace(finding, fix=fix)


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"it would keep the table locked for more than {HELD} s"
    if isinstance(error, ServerError):
        if is_in_use(error):
            return (
                f"the table was in use for {LOCK_TIMEOUT} s, or another that is read with it at that moment"
            )
        if error.sqlstate == CANCELED:
            return f"a statement takes more than {HELD} s"
        if error.sqlstate == WOULD_WRITE:
            return f"what the query calls would write: {error}"
    return str(error)
