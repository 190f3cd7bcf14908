"""Roles: what a user chooses about them, what the source knows of them, and what a plan needs of them.

Roles belong to the whole cluster, and pg_dump's archive only names them. Choices come from the command line
or ``pilotage.toml``; facts from :mod:`pilotage.catalog`; needs are worked out by :mod:`pilotage.roles`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class RoleMapping(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One role of the source and the role that stands in its place on the target; exact names, not quoted."""

    source: str
    target: str


class RoleChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of owners, privileges and roles on the target.

    Comparisons use the same choices: what was waived is no difference, and roles are compared as mapped.

    Attributes:
        owners: whether objects are given to their owners; otherwise they belong to whoever creates them.
        privileges: whether privileges are brought along. Without, objects have PostgreSQL's own default
            privileges, whatever default privileges the target has.
        role: the role that a session on the target takes on after connecting (``SET ROLE``); empty for none.
        mapping: sorted by the source's names, each of which occurs once.
        create: whether roles that the target lacks are created, without passwords.
        superuser: whether what only a superuser of the target may create is brought where nothing else needs
            it: event triggers, subscriptions, publications of all tables or whole schemas.
        database_settings: whether the settings, comment, labels and privileges of the database are brought.
        tablespaces: whether tables and indexes go into tablespaces of the same names; otherwise they go where
            the target's database has its own.
    """

    owners: bool = True
    privileges: bool = True
    role: str = ""
    mapping: tuple[RoleMapping, ...] = ()
    create: bool = False
    superuser: bool = True
    database_settings: bool = True
    tablespaces: bool = True

    def target_of(self, role: str) -> str:
        """Return the role that stands in a source role's place."""
        return next((each.target for each in self.mapping if each.source == role), role)


class RoleUse(StrEnum):
    """Why a role must be on the target."""

    OWNER = "owns objects"
    GRANTEE = "is granted privileges"
    GRANTOR = "grants privileges"
    POLICY = "is named by policies"
    DEFAULT_PRIVILEGES = "has default privileges"
    USER_MAPPING = "has a user mapping"
    SETTING = "has settings in the database"
    FUNCTION = "is what functions run as"
    MEMBERSHIP = "connects others by its memberships"


class RoleNeed(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A role that the target needs.

    Attributes:
        role: its name on the target.
        uses: why, each once, in the order of :class:`RoleUse`.
    """

    role: str
    uses: tuple[RoleUse, ...]


class Membership(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A role that another one is a member of (``pg_auth_members``), whoever granted it.

    Attributes:
        admin, inherit, set: the options. Before PostgreSQL 16 a role inherits from all or from none, and a
            member may always SET ROLE.
    """

    role: str
    admin: bool
    inherit: bool
    set: bool


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role of the source's cluster that something in the database refers to, or reaches by memberships.

    Attributes:
        connection_limit: -1 for none.
        valid_until: of its password, as PostgreSQL prints it in UTC; empty for no end.
        settings: ``name=value`` as ``pg_db_role_setting`` holds them for every database.
        member_of: sorted.
        parameters: privileges on server parameters: name, privilege, whether it may be granted on.
    """

    name: str
    superuser: bool
    inherit: bool
    create_role: bool
    create_database: bool
    login: bool
    replication: bool
    bypass_row_security: bool
    connection_limit: int = -1
    valid_until: str = ""
    comment: str = ""
    settings: tuple[str, ...] = ()
    member_of: tuple[Membership, ...] = ()
    parameters: tuple[tuple[str, str, bool], ...] = ()

    @property
    def is_predefined(self) -> bool:
        """Whether every server has it: names that begin with ``pg_`` are PostgreSQL's own."""
        return self.name.startswith("pg_")
