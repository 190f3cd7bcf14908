"""Steps for what is of the cluster and of the database itself: roles, settings, default privileges.

Consumed by the building of a plan. The SQL is made in :mod:`pilotage.roles`; here it becomes steps, or is
said by name not to be migrated.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import msgspec

from pilotage.model.archive import ArchiveEntry
from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier, quote_identifiers
from pilotage.model.plan import Hazard, HazardKind, RunDdl, Stage
from pilotage.model.roles import Role, RoleChoices, RoleNeed
from pilotage.model.scope import Scope
from pilotage.model.visible import visible_text
from pilotage.roles.choosing import naming_texts, needs_superuser
from pilotage.roles.creation import KIND, creating_statement, powers_of
from pilotage.roles.database import database_changes
from pilotage.roles.default_privileges import RESET, reset_of
from pilotage.roles.needs import mapped_roles, with_connecting
from pilotage.roles.places import is_privilege
from pilotage.roles.words import UnreadableTextError

_ARE_THE_DATABASES = "it is the database's own; set it on the target database yourself"


def within_scope(choices: RoleChoices, scope: Scope) -> RoleChoices:
    """Return the choices for a scope: where schemas are named, what is of the database itself stays.

    pg_dump's archive holds that in any case.
    """
    return msgspec.structs.replace(choices, database_settings=False) if scope.include else choices


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedRoles:
    """The roles that a plan needs, the step that creates them, and what a person should know.

    Attributes:
        creating: None where roles are not to be created.
    """

    needs: tuple[RoleNeed, ...]
    creating: RunDdl | None
    hazards: tuple[Hazard, ...]


def plan_roles(catalog: Catalog, needs: Sequence[RoleNeed], choices: RoleChoices) -> PlannedRoles:
    """Return what becomes of the roles that are needed.

    Args:
        catalog: the source's.
        needs: of the target, from the archive.
        choices: of the user.
    """
    roles = mapped_roles(catalog.role_facts, choices)
    connected = with_connecting(needs, roles)
    names = {need.role for need in connected}
    concerned = [role for role in roles if role.name in names and not role.is_predefined]
    if not choices.create:
        return PlannedRoles(tuple(needs), None, tuple(_left_on_the_source(concerned)))
    hazards = [
        Hazard(
            kind=HazardKind.NEEDS_SUPERUSER,
            object=f"role {quote_identifier(role.name)}",
            message=f"it is {' '.join(powers_of(role))} on the source; where the target's user may not give "
            "that, the role is created without, and the migration says so",
        )
        for role in concerned
        if powers_of(role)
    ]
    # A role that only the archive knows, such as one that a mapping names, has nothing but its name.
    known = {role.name for role in concerned}
    unknown = [_bare(name) for name in sorted(names - known) if not name.startswith("pg_")]
    wanted = sorted([*concerned, *unknown], key=lambda role: role.name)
    if not wanted:
        return PlannedRoles(connected, None, tuple(hazards))
    step = RunDdl(
        id="create roles",
        group="",
        reason="objects are given to them, and privileges; those that the target has stay as they are",
        hazards=tuple(hazards),
        stage=Stage.STRUCTURE,
        kind=KIND,
        object=quote_identifiers([role.name for role in wanted]),
        sql=creating_statement(wanted),
    )
    return PlannedRoles(connected, step, ())


def _bare(name: str) -> Role:
    return Role(
        name=name,
        superuser=False,
        inherit=True,
        create_role=False,
        create_database=False,
        login=False,
        replication=False,
        bypass_row_security=False,
    )


def _left_on_the_source(roles: Iterable[Role]) -> Iterable[Hazard]:
    """Yield what a role has that is of the whole cluster, and is only brought with the role."""
    for role in roles:
        what = [f"setting {each.partition('=')[0]}" for each in role.settings]
        what += [f"{privilege} on parameter {parameter}" for parameter, privilege, _ in role.parameters]
        if what:
            yield Hazard(
                kind=HazardKind.NOT_MIGRATED,
                object=f"role {quote_identifier(role.name)}",
                message=f"{', '.join(what)}: of the role in all databases, and brought only to roles that "
                "--create-roles creates",
            )


def steps_of_database(
    entry: ArchiveEntry, choices: RoleChoices
) -> tuple[tuple[RunDdl, ...], tuple[Hazard, ...]]:
    """Return the steps for what is of the database itself, and what of it is left behind.

    They come last: a setting such as ``default_transaction_read_only`` is not to meet our own sessions.

    Args:
        entry: of the database itself, with choices applied.
        choices: of the user.
    """
    if entry.kind == "DATABASE":
        return (), ()
    left = Hazard(
        kind=HazardKind.NOT_MIGRATED,
        object=f"{entry.kind.lower()} of {entry.tag}",
        message=_ARE_THE_DATABASES,
    )
    if not choices.database_settings:
        return (), (left,)
    try:
        changes = tuple(database_changes(entry))
    except UnreadableTextError:
        return (), (left,)
    return (
        tuple(
            RunDdl(
                id=f"{change.kind.lower()} {change.object}",
                group="",
                reason="it acts on every session that begins after it",
                stage=Stage.ACTIVATE,
                kind=change.kind,
                object=change.object,
                sql=change.sql,
            )
            for change in changes
        ),
        (),
    )


def resetting_step(step: RunDdl) -> RunDdl | None:
    """Return the step before default privileges that takes away what the target has in their place.

    None where their text is not known to us; the source's are then added to the target's.
    """
    try:
        sql = reset_of(step.sql)
    except (UnreadableTextError, LookupError, StopIteration):
        return None
    return RunDdl(
        id=f"reset {step.id}",
        group=step.group,
        reason="default privileges that the target has for the same role and place would add to these",
        stage=step.stage,
        kind=RESET,
        object=step.object,
        sql=sql,
    )


def hazards_of_choices(entries: Sequence[ArchiveEntry], choices: RoleChoices) -> Iterable[Hazard]:
    """Yield what choices about roles leave behind, or do not reach.

    Args:
        entries: as pg_dump wrote them.
        choices: of the user.
    """
    if not choices.privileges:
        left = [entry for entry in entries if is_privilege(entry)]
        opened = [entry for entry in left if _takes_from_everybody(entry)]
        if left:
            yield Hazard(
                kind=HazardKind.NOT_MIGRATED,
                object="privileges" if len(left) > 1 else f"privileges on {visible_text(left[0].tag)}",
                message=f"of {len(left):,} {'object' if len(left) == 1 else 'objects'}, as --no-privileges "
                "asks; each has PostgreSQL's own default privileges instead",
            )
        for entry in opened:
            yield Hazard(
                kind=HazardKind.NOT_MIGRATED,
                object=f"{entry.schema} {entry.tag}".strip(),
                message="the source took privileges on it from PUBLIC, and without privileges everybody has "
                "them; REVOKE them on the target yourself",
            )
    if not choices.superuser:
        for entry in filter(needs_superuser, entries):
            yield Hazard(
                kind=HazardKind.NOT_MIGRATED,
                object=f"{entry.kind.lower()} {entry.tag}",
                message="only a superuser of the target may create it, and --without-superuser leaves it out",
            )
    elsewhere = sum(bool(entry.tablespace) for entry in entries)
    if elsewhere and not choices.tablespaces:
        yield Hazard(
            kind=HazardKind.NOT_MIGRATED,
            object="tablespaces",
            message=f"of {elsewhere:,} {'object' if elsewhere == 1 else 'objects'}, as --no-tablespaces "
            "asks; each goes where the target's database has its own",
        )
    for entry, role in naming_texts(entries, choices):
        yield Hazard(
            kind=HazardKind.NOT_MIGRATED,
            object=f"{entry.kind.lower()} {entry.schema} {entry.tag}".strip(),
            message=f"its text names the role {quote_identifier(role)}, which is mapped to "
            f"{quote_identifier(choices.target_of(role))}; texts stay as they are, so look at it",
        )


def _takes_from_everybody(entry: ArchiveEntry) -> bool:
    """Whether PUBLIC would have more without the entry; on a column or a table it has nothing by default."""
    return entry.kind != "DEFAULT ACL" and any(
        line.startswith("REVOKE ") and line.endswith(" FROM PUBLIC;")
        for line in entry.definition.splitlines()
    )
