"""Changes to what was there before our files: schema ``public``, default privileges, the database itself.

Consumed by schema files and by rollback. They have no DROP, and what was there before cannot be told later.
So a file looks first: where things are as in a new database, their catalog row ends up written by the file's
own transaction; where not, by a subtransaction of it, whose number is another. Rollback compares the numbers
(``xmin``), and leaves alone what it cannot take back exactly. Nothing else of this remains in the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pilotage.files.blocks import do_block
from pilotage.files.database_changes import database_change
from pilotage.files.lookups import exists, lookup, namespace
from pilotage.files.standing_change import StandingChange
from pilotage.model.names import quote_body, quote_literal
from pilotage.model.plan import RunDdl, Step
from pilotage.model.visible import visible_text
from pilotage.roles.database import OF_DATABASE, PROPERTIES

_NAME = r'(?:"(?:[^"]|"")+"|[^\s".(),;]+)'
_PRIVILEGES = r"(?P<privileges>[A-Z]+(?:,[A-Z]+)*)"
_ROLE = rf"(?P<role>{_NAME})"
_OPTION = r"(?: WITH GRANT OPTION)?"
_ON_PUBLIC = re.compile(
    rf"(?P<verb>GRANT|REVOKE) {_PRIVILEGES} (?P<on>ON SCHEMA public) (?:TO|FROM) {_ROLE}{_OPTION};\s*"
)
_BY_DEFAULT = re.compile(
    rf"(?P<for>ALTER DEFAULT PRIVILEGES FOR ROLE (?P<owner>{_NAME})(?: IN SCHEMA (?P<schema>{_NAME}))?) "
    rf"(?P<verb>GRANT|REVOKE) {_PRIVILEGES} (?P<on>ON (?P<kind>[A-Z]+(?: [A-Z]+)?)) "
    rf"(?:TO|FROM) {_ROLE}{_OPTION};\s*"
)
_ON_EXTENSION = re.compile(rf"COMMENT ON EXTENSION (?P<name>{_NAME}) IS ")

# pg_default_acl.defaclobjtype
_OBJECT_TYPES = {
    "TABLES": "r",
    "SEQUENCES": "S",
    "FUNCTIONS": "f",
    "TYPES": "T",
    "SCHEMAS": "n",
    "LARGE OBJECTS": "L",
}

_WHERE_OWNED = """\
BEGIN
    IF (SELECT pg_has_role(current_user, extowner, 'USAGE') FROM pg_extension WHERE extname = {name}) THEN
        EXECUTE {again};
    END IF;
END"""

_PUBLIC = namespace("public")
_OF_PUBLIC = f"oid = {_PUBLIC}"
_ABOUT_PUBLIC = f"objoid = {_PUBLIC} AND objsubid = 0 AND classoid = 'pg_namespace'::regclass"


def standing_change(step: Step) -> StandingChange | None:
    """Return the change that a step makes to what was there before, None where it makes none."""
    if not isinstance(step, RunDdl):
        return None
    if step.kind == "COMMENT" and step.object.startswith("EXTENSION "):
        return _comment_on_extension(step)
    if step.kind == "DEFAULT ACL":
        return _default_privileges(step)
    if step.object == OF_DATABASE or step.kind == PROPERTIES:
        return database_change(step)
    made = _ON_SCHEMA_PUBLIC.get((step.kind, step.object))
    return made(step) if made is not None else None


def _privileges_on_public(step: RunDdl) -> StandingChange:
    initially = lookup("initprivs", "pg_init_privs", _ABOUT_PUBLIC)
    roles = _roles_on_public(step.sql)
    return StandingChange(
        label="privileges on schema public",
        is_new=exists("pg_namespace", f"{_OF_PUBLIC} AND nspacl IS NOT DISTINCT FROM {initially}"),
        written_in=lookup("xmin", "pg_namespace", _OF_PUBLIC),
        # What initdb gives, since PostgreSQL 15. What pg_dump takes for given depends on how it was called.
        undo=(
            f"REVOKE ALL ON SCHEMA public FROM {', '.join([*roles, 'PUBLIC'])};\n"
            "GRANT USAGE ON SCHEMA public TO PUBLIC;\n"
            "GRANT ALL ON SCHEMA public TO pg_database_owner;\n"
            if roles is not None
            else ""
        ),
        again=step.sql,
    )


def _roles_on_public(sql: str) -> list[str] | None:
    """Return the roles to whom privileges are given, besides those who have some from the start."""
    statements = _all_of(_ON_PUBLIC, sql)
    if statements is None:
        return None
    roles = dict.fromkeys(statement["role"] for statement in statements)
    return [role for role in roles if role not in {"PUBLIC", "pg_database_owner"}]


def _comment_on_public(step: RunDdl) -> StandingChange:
    comment = lookup("description", "pg_description", _ABOUT_PUBLIC)
    return StandingChange(
        label="the comment on schema public",
        is_new=f"{comment} IS NOT DISTINCT FROM 'standard public schema'",
        written_in=lookup("xmin", "pg_description", _ABOUT_PUBLIC),
        undo="COMMENT ON SCHEMA public IS 'standard public schema';\n",
        again=step.sql,
    )


def _comment_on_extension(step: RunDdl) -> StandingChange | None:
    """Return a change that is one only where the extension was there before."""
    found = _ON_EXTENSION.match(step.sql)
    if found is None:
        return None
    name = quote_literal(_unquoted(found["name"]))
    extension = lookup("oid", "pg_extension", f"extname = {name}")
    about = f"objoid = {extension} AND objsubid = 0 AND classoid = 'pg_extension'::regclass"
    own_comment = lookup("comment", "pg_available_extensions", f"name = {name}")
    return StandingChange(
        label=f"the comment on extension {visible_text(found['name'])}",
        is_new=(
            f"{extension} IS NULL "
            f"OR {lookup('description', 'pg_description', about)} IS NOT DISTINCT FROM {own_comment}"
        ),
        written_in=lookup("xmin", "pg_description", about),
        # CREATE EXTENSION gives it the comment that it comes with.
        undo=f"EXECUTE format('COMMENT ON EXTENSION %I IS %L', {name}, {own_comment});\n",
        # One that belongs to another role keeps its comment, and there is nothing to write again.
        again=f"DO {quote_body(_WHERE_OWNED.format(name=name, again=quote_literal(step.sql)))}",
    )


def _owner_of_public(step: RunDdl) -> StandingChange:
    undo = "ALTER SCHEMA public OWNER TO pg_database_owner;\n"
    return StandingChange(
        label="the owner of schema public",
        is_new=exists("pg_namespace", f"{_OF_PUBLIC} AND pg_get_userbyid(nspowner) = 'pg_database_owner'"),
        written_in=lookup("xmin", "pg_namespace", _OF_PUBLIC),
        undo=undo,
        # To give it to whom it belongs writes nothing.
        again=undo + step.sql,
    )


def _default_privileges(step: RunDdl) -> StandingChange:
    statements = _all_of(_BY_DEFAULT, step.sql)
    first = statements[0] if statements else None
    kind = _OBJECT_TYPES.get(first["kind"]) if first else None
    if not statements or first is None or kind is None:
        return StandingChange(
            label=visible_text(step.object), is_new="false", written_in="NULL::xid", undo="", again=step.sql
        )
    owner, schema = _unquoted(first["owner"]), first["schema"]
    where = (
        f"defaclrole = {lookup('oid', 'pg_roles', f'rolname = {quote_literal(owner)}')} "
        f"AND defaclnamespace = {namespace(_unquoted(schema)) if schema else '0'} "
        f"AND defaclobjtype = {quote_literal(kind)}"
    )
    of_schema = f" in schema {visible_text(schema)}" if schema else ""
    role = visible_text(first["owner"])
    return StandingChange(
        label=f"default privileges for {first['kind'].lower()} of role {role}{of_schema}",
        is_new=f"NOT {exists('pg_default_acl', where)}",
        written_in=lookup("xmin", "pg_default_acl", where),
        undo=_reversed(statements),
        again=step.sql,
    )


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _reversed(statements: list[re.Match[str]]) -> str:
    """Return GRANT for REVOKE and REVOKE for GRANT, last first."""
    undone: list[str] = []
    for found in statements:
        verb, word = ("REVOKE", "FROM") if found["verb"] == "GRANT" else ("GRANT", "TO")
        undone.append(f"{found['for']} {verb} {found['privileges']} {found['on']} {word} {found['role']};\n")
    return "".join(reversed(undone))


def _all_of(statement: re.Pattern[str], sql: str) -> list[re.Match[str]] | None:
    """Return the statements, None where anything else stands among them."""
    found: list[re.Match[str]] = []
    position = 0
    while position < len(sql):
        match = statement.match(sql, position)
        if match is None:
            return None
        found.append(match)
        position = match.end()
    return found


_ON_SCHEMA_PUBLIC: dict[tuple[str, str], Callable[[RunDdl], StandingChange]] = {
    ("ACL", "SCHEMA public"): _privileges_on_public,
    ("COMMENT", "SCHEMA public"): _comment_on_public,
    ("SCHEMA", "public"): _owner_of_public,
}


def look_first(changes: Sequence[StandingChange]) -> str:
    """Return the statement before all changes of a file, which notes how things are."""
    noted = "".join(
        f"    PERFORM set_config('{_setting(number)}', ({change.is_new})::text, true);\n"
        for number, change in enumerate(changes)
    )
    return do_block("look_at_standing", noted=noted.rstrip())


def write_again(change: StandingChange, number: int) -> str:
    """Return the statement after a change, which makes sure that rollback can tell how things were.

    Args:
        change: one of those that were looked at.
        number: its place among them.
    """
    return do_block(
        "write_standing",
        setting=quote_literal(_setting(number)),
        again=quote_literal(change.again),
        label=quote_literal(change.label),
    )


def _setting(number: int) -> str:
    return f"pilotage.is_new_{number}"
