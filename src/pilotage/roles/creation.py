"""The statement that creates the roles which a target lacks, as they are on the source, without passwords.

Consumed by planning. One statement for all, since a membership is only granted where one of the two roles is
new. Which roles the target lacks it finds out itself: a role that is there stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.roles import Role
from pilotage.roles.blocks import block

KIND = "ROLES"
"""The kind of the step that creates roles; no archive entry has it."""

# Settings whose value is a list of names, each quoted for itself: GUC_LIST_QUOTE in guc_tables.c, and
# variable_is_guc_list_quote() in pg_dump's dumputils.c.
_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
_ELEMENT = re.compile(r'"((?:[^"]|"")*)"|[^,\s"]+')

# What only some may give, in the order of what is given most.
_POWERS = (
    ("create_database", "CREATEDB"),
    ("create_role", "CREATEROLE"),
    ("replication", "REPLICATION"),
    ("bypass_row_security", "BYPASSRLS"),
    ("superuser", "SUPERUSER"),
)


def creating_statement(roles: Sequence[Role]) -> str:
    """Return the statement that creates those of these roles which are missing, and their memberships.

    A role that the target has keeps its attributes, settings and memberships with other such roles.

    Args:
        roles: with their names on the target; those that PostgreSQL brings along are left out.
    """
    own = [role for role in roles if not role.is_predefined]
    return block(
        "create_roles",
        roles=_values(
            ((quote_literal(role.name), quote_literal(_attributes(role))) for role in own), "name, attributes"
        ),
        further=_values(
            (
                (quote_literal(role.name), quote_literal(label), quote_literal(statement))
                for role in own
                for label, statement in _further(role)
            ),
            "name, label, statement",
        ),
        memberships=_values(
            (
                (
                    quote_literal(role.name),
                    quote_literal(each.role),
                    _boolean(each.admin),
                    _boolean(each.inherit),
                    _boolean(each.set),
                )
                for role in own
                for each in role.member_of
            ),
            "member, role, admin, inherit, set",
            null="NULL, NULL, false, false, false",
        ),
    )


def powers_of(role: Role) -> tuple[str, ...]:
    """Return the attributes of a role that not everybody who creates roles may give."""
    return tuple(word for field, word in _POWERS if getattr(role, field))


def setting_clause(setting: str) -> str:
    """Return ``name TO value`` for a setting as ``pg_db_role_setting`` holds it."""
    name, _, value = setting.partition("=")
    if name.lower() in _LISTS:
        elements = [
            each[1].replace('""', '"') if each[1] is not None else each[0]
            for each in _ELEMENT.finditer(value)
        ]
        written = ", ".join(map(quote_literal, elements)) or "''"
    else:
        written = quote_literal(value)
    return f"{'.'.join(map(quote_identifier, name.split('.')))} TO {written}"


def _attributes(role: Role) -> str:
    words = ["LOGIN" if role.login else "NOLOGIN", "INHERIT" if role.inherit else "NOINHERIT"]
    if role.connection_limit >= 0:
        words.append(f"CONNECTION LIMIT {role.connection_limit}")
    if role.valid_until:
        words.append(f"VALID UNTIL {quote_literal(role.valid_until)}")
    return " ".join(words)


def _further(role: Role) -> Iterator[tuple[str, str]]:
    """Yield what else belongs to a role: for people, and as a statement."""
    name = quote_identifier(role.name)
    for word in powers_of(role):
        yield f"{word} of role {name}", f"ALTER ROLE {name} {word}"
    for setting in role.settings:
        yield (
            f"setting {setting.partition('=')[0]} of role {name}",
            f"ALTER ROLE {name} SET {setting_clause(setting)}",
        )
    for parameter, privilege, grantable in role.parameters:
        option = " WITH GRANT OPTION" if grantable else ""
        # The server keeps parameters' names in lower case; a custom one has a dot in it.
        what = ".".join(map(quote_identifier, parameter.split(".")))
        yield (
            f"privilege {privilege} on parameter {parameter} of role {name}",
            f"GRANT {privilege} ON PARAMETER {what} TO {name}{option}",
        )
    if role.comment:
        yield f"comment on role {name}", f"COMMENT ON ROLE {name} IS {quote_literal(role.comment)}"


def _values(rows: Iterable[tuple[str, ...]], columns: str, null: str = "") -> str:
    """Return rows as a table in FROM; without any, one that no condition on its first column lets through."""
    lines = [f"({', '.join(row)})" for row in rows]
    nothing = null or ", ".join(["NULL"] * len(columns.split(",")))
    listed = ",\n            ".join(lines or [f"({nothing})"])
    return f"(VALUES\n            {listed}\n        ) AS listed ({columns})"


def _boolean(value: bool) -> str:
    return "true" if value else "false"
