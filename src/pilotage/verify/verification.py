"""Verification: both ends read at once, compared, and the outcome put together as a Verdict.

Consumed by the command line and at the end of a migration. Nothing is written on either side: all is read in
READ ONLY transactions, each end in one snapshot, which several sessions may share.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from datetime import UTC, datetime
from types import MappingProxyType

import msgspec

from pilotage import __version__
from pilotage.config.records import Assertion, Expectations
from pilotage.connection import Session
from pilotage.connection.snapshot import export_snapshot
from pilotage.errors import UsageError
from pilotage.model.catalog import Catalog, Server
from pilotage.model.facts import Facts
from pilotage.model.fixes import Effect
from pilotage.model.identities import Identity
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.roles import RoleChoices
from pilotage.model.row_differences import TableDifference
from pilotage.model.run import Comparing
from pilotage.model.scope import Scope
from pilotage.model.verdict import Asked, Check, Outcome, Side, Verdict
from pilotage.plan import catalog_fingerprint
from pilotage.plan.effects import facts_with_effects, with_effects
from pilotage.verify.assertions import check_assertions
from pilotage.verify.catalogs import compare_catalogs
from pilotage.verify.checks import access
from pilotage.verify.checks.expectations import check_expectations
from pilotage.verify.checks.facts import check_facts
from pilotage.verify.checks.large_objects import compare_large_objects as count_large_objects
from pilotage.verify.checks.orphans import check_orphans
from pilotage.verify.drilldown import FoundRows
from pilotage.verify.ends import End, telling_of_changes
from pilotage.verify.fixed import as_fixed
from pilotage.verify.large_objects import compare_large_objects
from pilotage.verify.reading import Reading, read_both
from pilotage.verify.roles import OWNERS_LEFT_OUT, SUPERUSERS_LEFT_OUT, with_roles_chosen
from pilotage.verify.row_contents import compare_rows
from pilotage.verify.rows.relation import ConditionResult
from pilotage.verify.seal import sealed
from pilotage.verify.situation import Situation
from pilotage.verify.soundness.every_check import check_soundness, read_promised

CHECKS = (
    "schemas",
    "types",
    "tables",
    "rows",
    "contents",
    "foreign-keys",
    "constraints",
    "indexes",
    "sequences",
    "views",
    "routines",
    "triggers",
    "rules",
    "policies",
    "extensions",
    "event-triggers",
    "facts",
    "large-objects",
    "orphans",
    "conditions",
    "sequence-positions",
    "loops",
    "index-contents",
    "access",
    "effective-privileges",
    "expectations",
    "assertions",
)
"""Names of all checks, in the order of a verdict; a user may skip any."""

BY_COUNTS_ONLY = ("contents", "conditions", "index-contents", "access")
"""Checks that a migration leaves out when it is to verify by counts: those that read what is in the rows."""

NEVER_CHECKED = (
    "the roles themselves: their attributes and memberships, and what they have in all databases, such as "
    "settings and privileges on parameters; `pilotage diff` compares some of it",
    "owner, encoding and locale of the database: CREATE DATABASE sets them",
)
"""What no check speaks about, each a line of every verdict."""

_DATABASE_WIDE_LEFT_OUT = (
    "extensions and event triggers: they belong to the database, of which only some schemas are in scope"
)

_LARGE_OBJECTS_LEFT_OUT = "large objects: they belong to the database, and schemas were named"
_FACTS_LEFT_OUT = (
    "privileges, comments, defaults and all else that a baseline does not hold: the source was not read"
)

CONTENTS_LEFT_OUT = "contents of rows: rows were counted only, since the source was not at hand"

_ACCESS_NOT_COMPARABLE = (
    "what roles see and may do: the target's rows are of an earlier moment than the source's, or some were "
    "left out, so they would not see the same"
)

_SCOPES = {
    "extensions": "the database, at both ends",
    "event-triggers": "the database, at both ends",
    "large-objects": "the database, at both ends",
    "orphans": "the schemas in scope, at the target",
}


async def verify(
    source: Session | Catalog,
    target: Session,
    scope: Scope | None = None,
    *,
    held: End | None = None,
    older: bool = False,
    leaving_out: Mapping[QualifiedName, Collection[str]] = MappingProxyType({}),
    facts: Facts | None = None,
    roles: RoleChoices | None = None,
    asked: Asked | None = None,
    expect: Expectations | None = None,
    assertions: Sequence[Assertion] = (),
    identities: Sequence[Identity] = (),
    repair: Callable[[Situation, Sequence[FoundRows]], Awaitable[None]] | None = None,
    with_all_rows: Catalog | None = None,
    effects: Sequence[Effect] = (),
    not_checked: Iterable[str] = (),
    on_event: Callable[[Comparing], None] = lambda _event: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Verdict:
    """Compare the target with the source.

    Args:
        source: a session outside any transaction; or a catalog that was read, its rows counted, before: that
            of the snapshot from which a migration copied, since the source may have moved on.
        target: a session outside any transaction.
        scope: the schemas to compare at both ends; that of the source's catalog, where one is given. Where it
            names any, extensions and event triggers are not compared. By default every user schema, so that
            one which only the target has is a difference.
        held: the source at the moment of its catalog, where one is given; without it, rows and large objects
            are counted only.
        older: whether the target's rows are of an earlier moment than ``held``: where their contents differ,
            it may be because something has changed since.
        leaving_out: places (``ctid``) of rows of the source that are not expected at the target, by the
            relation that stores them.
        facts: what :func:`~pilotage.compare.read_facts` read in the same snapshot, where the source is a
            catalog; without it, facts that no catalog holds are not compared.
        roles: what became of owners and roles; a role that it names is taken on at the target.
        asked: what is to be compared, and with how much force.
        expect: numbers that the user expects of both ends.
        assertions: queries of the user's.
        identities: under which roles ask for rows; derived from the data where none are given.
        repair: given the rows that differ, while both ends are held.
        with_all_rows: the source's catalog, where ``source`` is one that tells of those rows only that were
            copied.
        effects: what fixes that were chosen for the migration make of the target.
        not_checked: what the caller knows that no check can speak about, each with the reason.
        on_event: told of what is being compared; must not block.
        now: the time of day, in UTC.

    Raises:
        RefusedError: a role cannot read what must be read; all of it is named.
        UsageError: the scope names schemas that the source, or none that the target has; or there is no check
            of a name that is to be skipped.
        ServerError: a server refused a query.
        ConnectionLostError: a connection broke.
    """
    scope = scope or Scope()
    roles = roles or RoleChoices()
    asked = asked or Asked()
    ensure_known(asked.skipped)
    began = now()
    differing_rows: tuple[TableDifference, ...] = ()
    async with (
        telling_of_changes(),
        _source_end(source, held) as source_end,
        _end(target, roles.role or None) as target_end,
    ):
        on_event(Comparing(what="definitions, and numbers of rows"))
        by_contents = source_end is not None and asked.wants("contents")
        count_rows = asked.wants("rows") and not by_contents
        expected, found = await read_both(source, facts, target, scope, asked, count_rows=count_rows)
        situation = Situation(
            source=source_end,
            target=target_end,
            expected=expected.catalog,
            found=found.catalog,
            roles=roles,
            asked=asked,
            on_event=on_event,
        )
        promised = await read_promised(situation)
        scanned: Sequence[ConditionResult] = ()
        checks: list[Check] = []
        if source_end is not None and by_contents:
            rows = await compare_rows(
                situation,
                source_end,
                conditions=promised.for_scan,
                leaving_out=leaving_out,
                older=older,
            )
            checks.append(rows.check)
            differing_rows, scanned = rows.tables, rows.scanned.conditions
            if not isinstance(source, Catalog):
                expected = expected.with_rows(rows.scanned.source_rows)
            found = found.with_rows(rows.scanned.target_rows)
            situation = dataclasses.replace(
                situation,
                expected=expected.catalog,
                found=found.catalog,
                not_compared=rows.check.not_checked,
            )
            if repair is not None:
                await repair(situation, rows.found)
        checks += _catalog_checks(situation, expected, found, scope, effects)
        compared_facts = None
        if expected.facts is not None and found.facts is not None:
            seconds = max(expected.fact_seconds, found.fact_seconds)
            wanted = facts_with_effects(expected.facts, effects)
            compared_facts = check_facts(wanted, found.facts, roles, seconds=seconds)
            checks.append(compared_facts)
        if asked.wants("large-objects") and not scope.include:  # as in a migration, they belong to no schema
            checks.append(await _large_objects(source, target, situation, older=older))
        if asked.wants("orphans"):
            checks.append(
                check_orphans(expected.catalog, found.catalog, found.orphans, seconds=found.orphan_seconds)
            )
        checks += await check_soundness(situation, promised, scanned=scanned)
        if not (older or leaving_out):
            # A migration gives a catalog, and leaves default privileges that the target has of its own.
            checks += await _access(situation, identities, own_defaults=isinstance(source, Catalog))
        if expect is not None and expect != Expectations() and asked.wants("expectations"):
            counted = with_all_rows or expected.catalog
            rows_counted = asked.wants("rows")
            checks.append(check_expectations(counted, found.catalog, expect, rows_counted=rows_counted))
        if assertions and asked.wants("assertions"):
            on_event(Comparing(what="assertions"))
            asked_of = None if older else source_end
            checks.append(await check_assertions(asked_of, target_end, assertions))
    checks.sort(key=lambda check: CHECKS.index(check.name))
    return sealed(
        Verdict(
            pilotage=__version__,
            outcome=_outcome(checks),
            began=_iso(began),
            ended=_iso(now()),
            source=_side(expected.catalog, None if older else source_end),
            target=_side(found.catalog, target_end),
            scope=expected.catalog.scope,
            asked=asked,
            checks=tuple(map(_with_scope, checks)),
            differing_rows=differing_rows,
            fixed=as_fixed(expected.catalog, found.catalog, effects, roles, compared_facts),
            not_checked=(
                *not_checked,
                *(line for check in checks for line in check.not_checked),
                *_left_out(situation, expected, scope, not_comparable=older or bool(leaving_out)),
                *NEVER_CHECKED,
            ),
        )
    )


def ensure_known(skipped: Iterable[str]) -> None:
    """Make sure that there are checks of these names.

    Raises:
        UsageError: there is none of one of them.
    """
    for name in skipped:
        if name not in CHECKS:
            raise UsageError(f'no check is called "{name}"; those that can be skipped: {", ".join(CHECKS)}')


@contextlib.asynccontextmanager
async def _source_end(source: Session | Catalog, held: End | None) -> AsyncIterator[End | None]:
    if isinstance(source, Catalog):
        yield held
        return
    async with _end(source, None) as end:
        yield end


@contextlib.asynccontextmanager
async def _end(session: Session, role: str | None) -> AsyncIterator[End]:
    async with export_snapshot(session) as snapshot:
        if role is not None:
            await session.run(f"SET LOCAL ROLE {quote_identifier(role)}")
        yield End(parameters=session.parameters, snapshot=snapshot, role=role)


def _catalog_checks(
    situation: Situation, expected: Reading, found: Reading, scope: Scope, effects: Sequence[Effect]
) -> Iterator[Check]:
    mended = with_effects(expected.catalog, effects) if effects else expected.catalog
    wanted, arrived = with_roles_chosen(mended, found.catalog, situation.roles)
    for check in compare_catalogs(wanted, arrived, database_wide=_is_whole(scope)):
        if not situation.asked.wants(check.name):
            continue
        if check.name == "rows":  # reading is all but counting rows: the time is theirs
            seconds = check.seconds + max(expected.seconds, found.seconds)
            yield msgspec.structs.replace(check, seconds=seconds)
        else:
            yield check


async def _large_objects(
    source: Session | Catalog, target: Session, situation: Situation, *, older: bool
) -> Check:
    situation.on_event(Comparing(what="large objects"))
    if not isinstance(source, Catalog):
        return await compare_large_objects(source, target, situation.roles)
    there = situation.expected.server.large_objects or situation.found.server.large_objects
    if situation.source is None or older or not there:
        return count_large_objects(situation.expected, situation.found)
    async with situation.source.session() as session:
        return await compare_large_objects(session, target, situation.roles)


async def _access(
    situation: Situation, identities: Sequence[Identity], *, own_defaults: bool
) -> Iterable[Check]:
    names = [name for name in access.NAMES if situation.asked.wants(name)]
    if situation.source is None or not names:
        return ()
    situation.on_event(Comparing(what="what roles see and may do"))
    return await access.check_access(
        situation.source,
        situation.target,
        schemas=(situation.expected.scope, situation.found.scope),
        choices=situation.roles,
        identities=identities,
        own_defaults=own_defaults,
        names=names,
    )


def _left_out(
    situation: Situation, expected: Reading, scope: Scope, *, not_comparable: bool
) -> Iterator[str]:
    """Say what this verification was asked to leave out, or could not but do so."""
    yield from (f"{name}: left out, as was asked for (--skip)" for name in situation.asked.skipped)
    yield from _unlike_servers(situation.expected.server, situation.found.server)
    if not _is_whole(scope):
        yield _DATABASE_WIDE_LEFT_OUT
    if not situation.roles.owners:
        yield OWNERS_LEFT_OUT
    if not situation.roles.superuser:
        yield SUPERUSERS_LEFT_OUT
    if scope.include:
        yield _LARGE_OBJECTS_LEFT_OUT
    if situation.source is None and situation.asked.wants("contents"):
        yield CONTENTS_LEFT_OUT
    if not_comparable:
        yield _ACCESS_NOT_COMPARABLE
    elif situation.source is None and any(map(situation.asked.wants, access.NAMES)):
        yield access.LEFT_OUT
    if expected.facts is None and situation.asked.wants("facts"):
        yield _FACTS_LEFT_OUT


def _is_whole(scope: Scope) -> bool:
    return not (scope.include or scope.exclude)


def _side(catalog: Catalog, end: End | None) -> Side:
    return Side(
        server=catalog.server,
        snapshot=end.snapshot if end is not None else None,
        fingerprint=catalog_fingerprint(catalog),
    )


def _with_scope(check: Check) -> Check:
    return msgspec.structs.replace(check, scope=_SCOPES.get(check.name, check.scope))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _outcome(checks: Iterable[Check]) -> Outcome:
    outcomes = {check.outcome for check in checks}
    for outcome in (Outcome.DIFFERENT, Outcome.INCOMPLETE):
        if outcome in outcomes:
            return outcome
    return Outcome.EQUAL


def _unlike_servers(source: Server, target: Server) -> Iterable[str]:
    """Say in what the databases themselves differ where it may change how text sorts or which text fits."""
    for fact, expected, found in (
        ("encoding", source.encoding, target.encoding),
        ("collation", source.collation, target.collation),
    ):
        if expected != found:
            yield f"{fact} of the database: source has {expected}, target {found}; CREATE DATABASE sets it"
