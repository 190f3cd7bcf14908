"""Fixes of what a linter found, as steps of a plan that come after everything else.

Consumed by the building of a plan. Which fixes there are was decided before; here their statements get the
roles that the plan's choices give them, and what a migration cannot take is left out with its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from pilotage.model.archive import Archive, ArchiveEntry, Section
from pilotage.model.catalog import Catalog, FiringState
from pilotage.model.fixes import ChosenFix, Effect, LeftFix, left_fixes
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.names import QualifiedName, quote_identifiers
from pilotage.model.plan import ApplyFix, Hazard, HazardKind
from pilotage.model.roles import RoleChoices
from pilotage.plan.costs import cost_of_scan
from pilotage.plan.relations import Relations
from pilotage.roles.choosing import choose_roles

_NAMING_ROLES = "CREATE POLICY "
"""How a statement begins that names roles; of those that fixes have, the only one."""

_EVERYBODY = "public"


def with_roles(
    archive: Archive, fixes: Sequence[ChosenFix], choices: RoleChoices, known: Iterable[str]
) -> tuple[Archive, tuple[ChosenFix, ...], tuple[ArchiveEntry, ...]]:
    """Return the archive and the fixes with roles as they are to be, and what the fixes add to it.

    Each policy that a fix creates is held for an entry of the archive meanwhile, so that the one mapping of
    roles holds for both.

    Raises:
        UsageError, RefusedError: as :func:`~pilotage.roles.choosing.choose_roles`.
    """
    statements = [
        each for fix in fixes for each in (*fix.statements, *fix.reverse) if each.startswith(_NAMING_ROLES)
    ]
    added = {text: _entry(-number, text) for number, text in enumerate(dict.fromkeys(statements), 1)}
    both = msgspec.structs.replace(archive, entries=(*archive.entries, *added.values()))
    chosen = choose_roles(both, choices, known)
    becomes = {entry.dump_id: entry for entry in chosen.entries if entry.dump_id < 0}
    mapped = {text: becomes[entry.dump_id] for text, entry in added.items()}
    return (
        msgspec.structs.replace(
            chosen, entries=tuple(entry for entry in chosen.entries if entry.dump_id >= 0)
        ),
        tuple(
            msgspec.structs.replace(
                fix, statements=_mapped(fix.statements, mapped), reverse=_mapped(fix.reverse, mapped)
            )
            for fix in fixes
        ),
        tuple(mapped.values()),
    )


def _entry(number: int, statement: str) -> ArchiveEntry:
    return ArchiveEntry(
        dump_id=number,
        catalog_oid=0,
        oid=0,
        kind="POLICY",
        tag="",
        schema="",
        owner="",
        section=Section.POST_DATA,
        definition=f"{statement};\n",
        drop_statement="",
        tablespace="",
        access_method="",
        relkind="",
        dependencies=(),
    )


def _mapped(statements: Iterable[str], mapped: Mapping[str, ArchiveEntry]) -> tuple[str, ...]:
    return tuple(
        mapped[each].definition.removesuffix(";\n") if each in mapped else each for each in statements
    )


def can_be_taken(
    fixes: Sequence[ChosenFix], choices: RoleChoices, forced: Collection[QualifiedName] = ()
) -> tuple[tuple[ChosenFix, ...], tuple[LeftFix, ...]]:
    """Return the fixes that mean the same under these choices about roles, and the others with the reason.

    Args:
        fixes: that were chosen.
        choices: of the plan.
        forced: tables whose policies hold for their owners too.
    """
    taken: list[ChosenFix] = []
    left: list[LeftFix] = []
    for fix in fixes:
        named = "it names the roles that have rights now in the place of PUBLIC, and "
        if not _names_who_has_rights(fix):
            taken.append(fix)
        elif not choices.privileges:
            left += left_fixes(fix, f"{named}privileges are not migrated (--no-privileges)")
        elif not choices.owners and fix.name in forced:
            left += left_fixes(
                fix, f"{named}its table, which forces its policies on its owner, gets another (--no-owner)"
            )
        else:
            taken.append(fix)
    return tuple(taken), tuple(left)


def _names_who_has_rights(fix: ChosenFix) -> bool:
    """Whether policies for everybody become such for those who have rights on the table."""
    created = [each.policy for each in fix.effect.policies if each.new]
    replaces_public = any(
        each.startswith(_NAMING_ROLES) and " TO PUBLIC" in each.partition(" USING (")[0]
        for each in fix.reverse
    )
    return replaces_public and not all(_EVERYBODY in policy.roles for policy in created)


def fix_steps(
    fixes: Iterable[ChosenFix], relations: Relations, groups: Mapping[QualifiedName, str]
) -> Iterator[ApplyFix]:
    """Yield a step for each fix, in their order.

    Args:
        fixes: with roles as they are to be.
        relations: the catalog's tables.
        groups: under which tables are reviewed.
    """
    for fix in fixes:
        effect = fix.effect
        read = [
            *(index.table for index in effect.created_indexes),
            *(constraint.table for constraint in effect.constraints),
        ]
        yield ApplyFix(
            id=f"fix {', '.join(fix.rules)} on {fix.name}",
            group=groups.get(fix.name, ""),
            reason="it was chosen with --with-fixes, and comes after all that the source has",
            cost=cost_of_scan(*map(relations.tables.get, read)),
            locks=_locks(fix, relations),
            of_kind=fix.kind,
            name=fix.name,
            findings=fix.findings,
            proof=fix.proof,
            sql="".join(f"{each};\n" for each in fix.statements),
            drop_sql="".join(f"{each};\n" for each in fix.reverse),
            effect=effect,
        )


def _locks(fix: ChosenFix, relations: Relations) -> tuple[TableLock, ...]:
    mode = _lock_mode(fix.effect)
    referenced = [each.referenced for each in fix.effect.constraints if each.referenced is not None]
    return (
        *(relations.with_partitions(mode, fix.name) if mode is not None else ()),
        *relations.with_partitions(LockMode.ROW_SHARE, *(each for each in referenced if each != fix.name)),
    )


def _lock_mode(effect: Effect) -> LockMode | None:
    """Return the strongest lock that a fix takes on its table or sequence; None where it is about none.

    As the chapters about ALTER TABLE, ALTER SEQUENCE and CREATE INDEX say.
    """
    if effect.policies or effect.dropped_policies or effect.dropped_indexes or effect.replica_identities:
        return LockMode.ACCESS_EXCLUSIVE
    if effect.sequences:
        return LockMode.SHARE_ROW_EXCLUSIVE
    if effect.indexes or effect.rebuilt_indexes:
        return LockMode.SHARE
    return LockMode.SHARE_UPDATE_EXCLUSIVE if effect.constraints else None


def hazards_of_fixes(fixes: Sequence[ChosenFix], catalog: Catalog, choices: RoleChoices) -> Iterator[Hazard]:
    """Yield what may happen when fixes are made in the database as it is then."""
    firing = tuple(
        trigger.name
        for trigger in (catalog.event_triggers if choices.superuser else ())
        if trigger.firing in {FiringState.ORIGIN, FiringState.ALWAYS}
    )
    if fixes and firing:
        yield Hazard(
            kind=HazardKind.FIRES_TRIGGERS,
            object=f"{'event trigger' if len(firing) == 1 else 'event triggers'} {quote_identifiers(firing)}",
            message="it is there when the chosen fixes are made, which are commands that it may fire on",
        )
