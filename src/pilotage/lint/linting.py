"""One database held against the rules, in one READ ONLY transaction and its snapshot.

Consumed by the command line. What the rules look for is theirs to say; here it is only decided what becomes
of what they find: waived, known from a baseline, or told.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import msgspec

from pilotage.catalog.queries import query
from pilotage.catalog.scope import schemas_in_scope
from pilotage.connection import Session
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import RefusedError, ServerError
from pilotage.lint.reading import SHARED_QUERIES, Api, Reading
from pilotage.lint.rule import Found, Rule
from pilotage.model.catalog import Schema
from pilotage.model.lint import Finding, Level, Linting
from pilotage.model.names import quote_identifiers
from pilotage.model.scope import Scope
from pilotage.model.waivers import RuleWaiver
from pilotage.plan.newer_features import OLDEST_TESTED

_INSUFFICIENT_PRIVILEGE = "42501"
# undefined_table, undefined_object, undefined_function, internal_error: what look-ups of something dropped
# after the snapshot raise (PostgreSQL's documentation, appendix A)
_GONE = frozenset({"42P01", "42704", "42883", "XX000"})

_SERVICE = ("supabase_", "pgbouncer")
"""What the names of the roles begin with that own the schemas of Supabase: auth, storage, pgbouncer…"""

Identity = tuple[str, str, str, str]


async def lint_database(
    session: Session,
    scope: Scope,
    rules: Sequence[Rule],
    *,
    waivers: Sequence[RuleWaiver] = (),
    baseline: Set[Identity] = frozenset(),
    least: Level = Level.INFO,
) -> Linting:
    """Hold a database against rules.

    Args:
        session: outside of any transaction.
        scope: the schemas to look at; where it names none, every user schema but those of Supabase itself.
        rules: those that are asked for.
        waivers: which findings do not count.
        baseline: the identities of findings that are not told again.
        least: the level below which findings are left out.

    Raises:
        UsageError: the scope names schemas that the database does not have.
        RefusedError: the server cannot be read, or is too old.
        ConnectionLostError: the connection broke.
    """
    major = session.version_num // 10000
    if major < OLDEST_TESTED:
        raise RefusedError(
            f"{session.parameters.describe()} runs PostgreSQL {major}, and the rules ask the catalogs of "
            f"PostgreSQL {OLDEST_TESTED} and later; lint a copy on a newer server"
        )
    async with session.transaction(READ_ONLY):
        database = str(await session.text("SELECT current_database()::text"))
        existing = await session.records(query("schemas", major), Schema)
        chosen = schemas_in_scope(scope, existing, database)
        services = [] if scope.include else [each.name for each in chosen if each.owner.startswith(_SERVICE)]
        schemas = [schema.name for schema in chosen if schema.name not in services]
        (api,) = await session.records(SHARED_QUERIES.text("api", major), Api)
        reading = Reading(session, schemas, api, services)
        if services:
            reading.note(f"schemas of the service, not named with --schema: {quote_identifiers(services)}")
        findings = [
            finding
            for rule in rules
            for finding in map(rule.finding, await _found_by(rule, reading, session))
            if finding.level.rank <= least.rank
        ]
        await _note_unread(rules, reading)
    findings.sort(key=lambda finding: (finding.level.rank, *finding.identity))
    told = [finding for finding in findings if finding.identity not in baseline]
    names = tuple(rule.name for rule in rules)
    return Linting(
        database=database,
        rules=names,
        findings=tuple(_waived(finding, waivers) for finding in told),
        in_baseline=len(findings) - len(told),
        not_checked=tuple(reading.not_checked),
        unused_waivers=tuple(
            waiver.written
            for waiver in waivers
            if waiver.is_for_any(names) and not any(_covers(waiver, finding) for finding in findings)
        ),
    )


async def _found_by(rule: Rule, reading: Reading, session: Session) -> tuple[Found, ...]:
    """Ask a rule; what the role may not read is noted, and the other rules go on."""
    await session.run("SAVEPOINT pilotage_lint")
    try:
        return tuple(await rule.find(reading))
    except ServerError as error:
        if error.sqlstate in _GONE:
            raise RefusedError(
                f"{session.parameters.describe()} cannot be read as of the snapshot ({rule.name}: {error}): "
                "something was dropped or altered meanwhile; try again when nobody changes the structure"
            ) from error
        if error.sqlstate != _INSUFFICIENT_PRIVILEGE:
            raise
        reading.not_checked.append(f"{rule.name}: {error}")
        return ()
    finally:
        # Also gives back the locks that the printing of definitions takes.
        if not session.is_closed():
            await session.run("ROLLBACK TO SAVEPOINT pilotage_lint; RELEASE SAVEPOINT pilotage_lint")


async def _note_unread(rules: Sequence[Rule], reading: Reading) -> None:
    """Note which rules saw less than there is: statistics are shown only to who may read the rows."""
    asked = {rule.name for rule in rules}
    by_statistics = sorted(asked & {"table_bloat", "integer_key_near_end"})
    by_sequences = sorted(asked & {"integer_key_near_end", "sequence_near_end"})
    if not by_statistics and not by_sequences:
        return
    unread = await reading.unread()
    for names, what, many in (
        (by_statistics, "tables", unread.tables),
        (by_sequences, "sequences", unread.sequences),
    ):
        if names and many:
            reading.note(f"{', '.join(names)}: {what} that the role may not read, {many} of them")


def _waived(finding: Finding, waivers: Sequence[RuleWaiver]) -> Finding:
    waiver = next((waiver for waiver in waivers if _covers(waiver, finding)), None)
    return finding if waiver is None else msgspec.structs.replace(finding, waived=waiver.reason)


def _covers(waiver: RuleWaiver, finding: Finding) -> bool:
    return waiver.covers(finding.name, finding.kind, finding.object)
