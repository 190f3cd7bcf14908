"""Changes to the database itself: its settings, limits, privileges and comment, and how they are taken back.

Consumed by :mod:`pilotage.files.standing`, which tells what it means that something was there before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pilotage.files.lookups import exists, lookup
from pilotage.files.standing_change import StandingChange
from pilotage.model.names import quote_literal
from pilotage.model.plan import RunDdl
from pilotage.model.visible import visible_text
from pilotage.roles.database import OF_DATABASE, statements_of_change
from pilotage.roles.places import role_places
from pilotage.roles.words import words_of

_DATABASE = lookup("oid", "pg_database", "datname = current_database()")
_OF_ROLE = re.compile(r"SETTINGS OF ROLE (?P<role>.+) IN DATABASE\Z", re.DOTALL)
_THIS = "datname = current_database()"


def database_change(step: RunDdl) -> StandingChange | None:
    """Return what a step changes of the database itself."""
    match step.kind:
        case "DATABASE PROPERTIES" if step.object != OF_DATABASE:
            return _settings(step)
        case "DATABASE PROPERTIES":
            return _limits(step)
        case "ACL":
            return _privileges(step)
        case "COMMENT":
            return _comment(step)
        case _:
            # A security label has no state that every new database is in.
            return StandingChange(
                label=f"{step.kind.lower()} of the database",
                is_new="false",
                written_in="NULL::xid",
                undo="",
                again=step.sql,
            )


def _settings(step: RunDdl) -> StandingChange:
    found = _OF_ROLE.match(step.object)
    role, of = "0", "the database"
    resetting = "ALTER DATABASE %I RESET ALL"
    if found is not None:
        name = next(words_of(found["role"])).name
        role = lookup("oid", "pg_roles", f"rolname = {quote_literal(name)}")
        of = f"role {visible_text(found['role'])} in the database"
        resetting = f"ALTER ROLE {found['role'].replace('%', '%%')} IN DATABASE %I RESET ALL"
    where = f"setdatabase = {_DATABASE} AND setrole = {role}"
    return StandingChange(
        label=f"settings of {of}",
        is_new=f"NOT {exists('pg_db_role_setting', where)}",
        written_in=lookup("xmin", "pg_db_role_setting", where),
        undo=_executed(resetting),
        again=step.sql,
    )


def _limits(step: RunDdl) -> StandingChange:
    return StandingChange(
        label="limits of the database",
        is_new=exists("pg_database", f"{_THIS} AND datconnlimit = -1 AND NOT datistemplate"),
        written_in=lookup("xmin", "pg_database", _THIS),
        undo=_executed("ALTER DATABASE %1$I CONNECTION LIMIT = -1; ALTER DATABASE %1$I IS_TEMPLATE = false"),
        again=step.sql,
    )


def _privileges(step: RunDdl) -> StandingChange:
    # In either direction: what was revoked from everybody counts like what was granted.
    differing = (
        "(SELECT grantee, privilege_type, is_grantable FROM aclexplode({0}) "
        "EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode({1}))"
    )
    default = "acldefault('d', datdba)"
    as_new = " AND ".join(
        f"NOT EXISTS {differing.format(*pair)}" for pair in (("datacl", default), (default, "datacl"))
    )
    roles = list(_roles_granted(step))
    from_roles = "".join(f", {role}" for role in dict.fromkeys(roles))
    return StandingChange(
        label="privileges on the database",
        is_new=exists("pg_database", f"{_THIS} AND (datacl IS NULL OR {as_new})"),
        written_in=lookup("xmin", "pg_database", _THIS),
        undo=_executed(
            f"REVOKE ALL ON DATABASE %1$I FROM PUBLIC{from_roles.replace('%', '%%')}; "
            "GRANT CONNECT, TEMPORARY ON DATABASE %1$I TO PUBLIC; GRANT ALL ON DATABASE %1$I TO %2$I",
            lookup("pg_get_userbyid(datdba)", "pg_database", _THIS),
        ),
        again=step.sql,
    )


def _roles_granted(step: RunDdl) -> Iterator[str]:
    """Yield the roles that the statements name, as they name them."""
    for statement in statements_of_change(step.sql):
        for place in role_places("ACL", f"{statement};"):
            yield statement[place.start : place.end]


def _comment(step: RunDdl) -> StandingChange:
    where = f"objoid = {_DATABASE} AND classoid = 'pg_database'::regclass"
    return StandingChange(
        label="the comment on the database",
        is_new=f"NOT {exists('pg_shdescription', where)}",
        written_in=lookup("xmin", "pg_shdescription", where),
        undo=_executed("COMMENT ON DATABASE %I IS NULL"),
        again=step.sql,
    )


def _executed(statement: str, *further: str) -> str:
    arguments = ", ".join(("current_database()", *further))
    return f"EXECUTE format({quote_literal(statement)}, {arguments});\n"
