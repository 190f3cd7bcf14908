"""Where an archive entry's SQL names roles.

Consumed by mapping and by the search for the roles that a target needs. Covers every kind of entry in which
pg_dump writes a role: privileges, default privileges, policies, user mappings, functions that run as a role,
and what is of the database itself. Owners are no text: an entry names its own apart.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence

from pilotage.model.archive import ArchiveEntry
from pilotage.model.roles import RoleUse
from pilotage.roles.words import Kind, UnreadableTextError, Word, begins, only, statements_in

PUBLIC = "public"
"""Names everybody and no role, in quotes too: the server's grammar looks at the name alone (RoleSpec in
gram.y), and no role can have it."""


@dataclasses.dataclass(frozen=True, slots=True)
class RolePlace:
    """A role's name in a text.

    Attributes:
        is_string: whether it stands there as a string constant.
        alternatives: the number of the list of roles that it stands in, within which none need occur twice;
            0 where it stands alone.
    """

    start: int
    end: int
    role: str
    use: RoleUse
    is_string: bool = False
    alternatives: int = 0


def role_places(kind: str, sql: str) -> tuple[RolePlace, ...]:
    """Return the places where roles are named in an entry's definition or drop statement, in order.

    Args:
        kind: of the entry.
        sql: its text, which may be empty.

    Raises:
        UnreadableTextError: it is of a kind that names roles, and not of the form that pg_dump gives it.
    """
    find = _BY_KIND.get(kind)
    if find is None or (find is _routine and not _SETS_A_ROLE.search(sql)):
        return ()
    if find is _privileges and (plain := _plain_privileges(sql)) is not None:
        return plain
    return tuple(place for statement in statements_in(sql) for place in find(statement))


_BACK = frozenset({"RESET SESSION AUTHORIZATION", "RESET ROLE"})
"""What ends privileges that another than the owner has granted: as pg_dump writes it, and as we do."""


# Most privileges, and read ten times faster than word by word: nothing in quotes, and nothing in parentheses.
_NAME = r"[a-z_][a-z0-9_]*"
_PLAIN = re.compile(
    rf"(?:GRANT|REVOKE) [A-Z,]+ ON [A-Z ]+ {_NAME}(?:\.{_NAME})? (?:TO|FROM) "
    rf"(?:PUBLIC|(?P<role>{_NAME}))(?: WITH GRANT OPTION)?;\n"
)
_SETS_A_ROLE = re.compile(r"SET\s+(?:role|session_authorization)\s+TO\s", re.IGNORECASE)


def is_privilege(entry: ArchiveEntry) -> bool:
    """Whether pg_restore leaves the entry out with ``--no-privileges``."""
    return entry.kind in {"ACL", "ACL LANGUAGE", "DEFAULT ACL"}


def _plain_privileges(sql: str) -> tuple[RolePlace, ...] | None:
    """Return the places in statements of the plainest form; None where one of them is of another."""
    places: list[RolePlace] = []
    position = 0
    while position < len(sql):
        found = _PLAIN.match(sql, position)
        if found is None:
            return None
        if found["role"] not in {None, PUBLIC}:
            places.append(RolePlace(*found.span("role"), found["role"], RoleUse.GRANTEE))
        position = found.end()
    return tuple(places)


def _role(statement: Sequence[Word], place: int, use: RoleUse, *, last: bool = False) -> Iterator[RolePlace]:
    """Yield the role that stands at a place of a statement; nothing for everybody.

    Args:
        last: whether nothing but WITH GRANT OPTION may follow.
    """
    if place >= len(statement) or not statement[place].is_name or statement[place].depth:
        raise UnreadableTextError("no role where one is expected")
    rest = " ".join(word.text.upper() for word in statement[place + 1 :])
    if last and rest not in {"", "WITH GRANT OPTION"}:
        raise UnreadableTextError("more behind a role than WITH GRANT OPTION")
    word = statement[place]
    if word.name != PUBLIC:
        yield RolePlace(word.start, word.end, word.name, use)


def _privileges(statement: Sequence[Word]) -> Iterator[RolePlace]:
    if begins(statement, "GRANT"):
        yield from _role(statement, only(statement, "TO") + 1, RoleUse.GRANTEE, last=True)
    elif begins(statement, "REVOKE"):
        yield from _role(statement, only(statement, "FROM") + 1, RoleUse.GRANTEE, last=True)
    elif begins(statement, "SET SESSION AUTHORIZATION") or begins(statement, "SET LOCAL ROLE"):
        yield from _role(statement, 3, RoleUse.GRANTOR, last=True)
    elif " ".join(word.text for word in statement) not in _BACK:
        raise UnreadableTextError("a statement that is neither GRANT nor REVOKE")


def _default_privileges(statement: Sequence[Word]) -> Iterator[RolePlace]:
    if not begins(statement, "ALTER DEFAULT PRIVILEGES FOR ROLE"):
        raise UnreadableTextError("a statement that is not ALTER DEFAULT PRIVILEGES FOR ROLE")
    yield from _role(statement, 5, RoleUse.DEFAULT_PRIVILEGES)
    behind = 9 if len(statement) > 6 and statement[6].is_bare("IN") else 6
    yield from _privileges(statement[behind:])


def _policy(statement: Sequence[Word]) -> Iterator[RolePlace]:
    if begins(statement, "ALTER TABLE") or begins(statement, "DROP POLICY"):
        return  # row level security itself, or the policy's end
    if not begins(statement, "CREATE POLICY"):
        raise UnreadableTextError("a statement that is not CREATE POLICY")
    if not any(word.is_bare("TO") for word in statement):
        return  # for everybody
    place = only(statement, "TO") + 1
    number = statement[place - 1].start
    while True:
        for found in _role(statement, place, RoleUse.POLICY):
            yield dataclasses.replace(found, alternatives=number)
        if place + 1 >= len(statement) or statement[place + 1].text != ",":
            break
        place += 2
    if place + 1 < len(statement) and not (
        statement[place + 1].is_bare("USING") or statement[place + 1].is_bare("WITH")
    ):
        raise UnreadableTextError("more behind a policy's roles than USING and WITH CHECK")


def _user_mapping(statement: Sequence[Word]) -> Iterator[RolePlace]:
    if not begins(statement, "CREATE USER MAPPING FOR") and not begins(statement, "DROP USER MAPPING FOR"):
        raise UnreadableTextError("a statement that is not about a user mapping")
    yield from _role(statement, 4, RoleUse.USER_MAPPING)


def _routine(statement: Sequence[Word]) -> Iterator[RolePlace]:
    """Find ``SET role TO 'name'`` among a function's own settings: no expression has such words in a row."""
    for first, setting, to, value in zip(
        statement, statement[1:], statement[2:], statement[3:], strict=False
    ):
        if (
            first.is_bare("SET")
            and (setting.is_bare("ROLE") or setting.is_bare("SESSION_AUTHORIZATION"))
            and to.is_bare("TO")
            and value.kind is Kind.STRING
            and value.value != "none"
        ):
            yield RolePlace(value.start, value.end, value.value, RoleUse.FUNCTION, is_string=True)


def _properties(statement: Sequence[Word]) -> Iterator[RolePlace]:
    if begins(statement, "ALTER ROLE"):
        yield from _role(statement, 2, RoleUse.SETTING)


_BY_KIND: dict[str, Callable[[Sequence[Word]], Iterator[RolePlace]]] = {
    "ACL": _privileges,
    "ACL LANGUAGE": _privileges,
    "DEFAULT ACL": _default_privileges,
    "POLICY": _policy,
    "USER MAPPING": _user_mapping,
    "FUNCTION": _routine,
    "PROCEDURE": _routine,
    "DATABASE PROPERTIES": _properties,
}
