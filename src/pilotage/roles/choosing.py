"""An archive as a user's choices about roles make it: mapped, without owners, without privileges.

Consumed by planning, before anything else looks at the archive's SQL. The result reads as if pg_dump had
written it so, with one exception: what another role than the owner has granted is granted under SET ROLE,
where pg_dump writes SET SESSION AUTHORIZATION. For a superuser both do the same; SET ROLE is also open to
members.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from pilotage.errors import RefusedError, UsageError
from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.roles import RoleChoices, RoleUse
from pilotage.model.visible import visible_text
from pilotage.roles.places import PUBLIC, RolePlace, is_privilege, role_places
from pilotage.roles.words import UnreadableTextError, Word, begins, only, statements_in

RESERVED = frozenset({PUBLIC, "none"})
"""Names that no role can have (CREATE ROLE refuses them)."""


def choose_roles(archive: Archive, choices: RoleChoices, known: Iterable[str] = ()) -> Archive:
    """Return the archive with roles mapped, and without the owners and privileges that are not wanted.

    Args:
        archive: as pg_dump wrote it.
        choices: of the user.
        known: roles that may be mapped besides those which the archive names.

    Raises:
        UsageError: a role that is to be mapped is named nowhere, or a name that is mapped is no role's.
        RefusedError: an entry names roles in a way that cannot be mapped; all of them are named.
    """
    _refuse_reserved(choices)
    left: set[int] = set()
    entries: list[ArchiveEntry] = []
    unreadable: list[str] = []
    named = set(known)
    for entry in archive.entries:
        if is_privilege(entry) and not choices.privileges:
            continue
        if not choices.superuser and (needs_superuser(entry) or left.intersection(entry.dependencies)):
            left.add(entry.dump_id)
            continue
        try:
            chosen, roles = _choose(entry, choices)
        except UnreadableTextError as error:
            # Without a change to make, the server reads it as pg_dump wrote it.
            if choices.mapping or not choices.owners:
                unreadable.append(f"{visible_text(f'{entry.kind} {entry.schema} {entry.tag}')}: {error}")
            chosen, roles = entry, set()
        named |= roles
        if not choices.tablespaces:
            chosen = msgspec.structs.replace(chosen, tablespace="")
        if chosen.definition or not entry.definition:
            entries.append(chosen)
    if unreadable:
        raise RefusedError(
            "roles cannot be mapped or left out where pg_dump names them in an unknown way:\n"
            + "\n".join(f"  - {each}" for each in unreadable)
            + "\nLeave these objects out of the scope, or migrate without --map-role and --no-owner."
        )
    _refuse_unnamed(choices, named)
    _refuse_merged(entries)
    return msgspec.structs.replace(archive, entries=tuple(entries))


IN_NO_OTHERS_WAY = frozenset(
    {"EVENT TRIGGER", "PUBLICATION", "PUBLICATION TABLES IN SCHEMA", "SUBSCRIPTION", "SUBSCRIPTION TABLE"}
)
"""Kinds of what only a superuser may create that nothing is built on but what describes it."""


def needs_superuser(entry: ArchiveEntry) -> bool:
    """Whether only a superuser may create an entry that nothing else needs."""
    if entry.kind == "PUBLICATION":
        return " FOR ALL " in entry.definition.split(" WITH (")[0]
    return entry.kind in IN_NO_OTHERS_WAY


def _choose(entry: ArchiveEntry, choices: RoleChoices) -> tuple[ArchiveEntry, set[str]]:
    """Return the entry as it is to be, and the source's roles that it names, where any are to be mapped."""
    if choices.owners and not choices.mapping and "SET SESSION AUTHORIZATION " not in entry.definition:
        return entry, set()
    definition = entry.definition
    if entry.kind == "ACL" and not choices.owners:
        definition = _without_owner(definition, entry.owner)
    places = role_places(entry.kind, definition)
    dropping = role_places(entry.kind, entry.drop_statement) if entry.kind == "USER MAPPING" else ()
    roles = {place.role for place in places}
    owner = entry.owner if choices.owners else ""
    if owner:
        roles.add(owner)
    definition = _mapped(definition, places, choices)
    if any(place.use is RoleUse.GRANTOR for place in places):
        definition = _as_role(definition, choices)
    return (
        msgspec.structs.replace(
            entry,
            # Entries of the database itself, and user mappings, have one that nothing is given to.
            owner=choices.target_of(owner) if owner else "",
            definition=definition,
            drop_statement=_mapped(entry.drop_statement, dropping, choices),
        ),
        roles,
    )


def _mapped(sql: str, places: Iterable[RolePlace], choices: RoleChoices) -> str:
    """Return a text with other roles at these places."""
    pieces: list[str] = []
    position = 0
    seen: defaultdict[int, set[str]] = defaultdict(set)
    for place in places:
        role = choices.target_of(place.role)
        if place.alternatives and role in seen[place.alternatives]:
            # A list in which two roles have become one names it once: the comma before it goes as well.
            pieces.append(sql[position : place.start].rstrip().removesuffix(","))
        else:
            quote = quote_literal if place.is_string else quote_identifier
            unchanged = role == place.role
            pieces += [
                sql[position : place.start],
                sql[place.start : place.end] if unchanged else quote(role),
            ]
        seen[place.alternatives].add(role)
        position = place.end
    return "".join(pieces) + sql[position:]


def _as_role(sql: str, choices: RoleChoices) -> str:
    """Return GRANT and REVOKE under SET ROLE instead of SET SESSION AUTHORIZATION."""
    back = f"SET LOCAL ROLE {quote_identifier(choices.role)}" if choices.role else "RESET ROLE"
    written = ""
    for statement in statements_in(sql):
        if begins(statement, "SET SESSION AUTHORIZATION"):
            written += f"SET LOCAL ROLE {statement[3].text};\n"
        elif begins(statement, "RESET SESSION AUTHORIZATION"):
            written += f"{back};\n"
        else:
            written += _text_of(sql, statement)
    return written


def _without_owner(sql: str, owner: str) -> str:
    """Return an object's privileges without those of its owner, which are for whoever will own it to have."""
    written = ""
    for statement in statements_in(sql):
        word = "TO" if begins(statement, "GRANT") else "FROM"
        if begins(statement, "GRANT") or begins(statement, "REVOKE"):
            grantee = statement[only(statement, word) + 1]
            if grantee.is_name and grantee.name == owner:
                continue
        written += _text_of(sql, statement)
    return written


def _text_of(sql: str, statement: Sequence[Word]) -> str:
    return f"{sql[statement[0].start : statement[-1].end]};\n" if statement else ""


# --- what is refused --------------------------------------------------------------------------------------


def _refuse_reserved(choices: RoleChoices) -> None:
    for each in choices.mapping:
        for role in (each.source, each.target):
            if role in RESERVED or not role or "\0" in role:
                raise UsageError(
                    f"role {quote_identifier(each.source)} cannot be mapped to "
                    f"{quote_identifier(each.target)}: "
                    f'"{visible_text(role)}" is the name of no role; name roles that exist'
                )


def _refuse_unnamed(choices: RoleChoices, named: set[str]) -> None:
    unnamed = [quote_identifier(each.source) for each in choices.mapping if each.source not in named]
    if unnamed:
        raise UsageError(
            f"nothing that is taken along names the role {', '.join(unnamed)}, which is to be mapped; "
            "correct the name, which is compared letter by letter, or leave the mapping out"
        )


def _refuse_merged(entries: Iterable[ArchiveEntry]) -> None:
    """Refuse two user mappings of one server that a mapping makes one role's."""
    of: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.kind == "USER MAPPING":
            of[entry.drop_statement].append(entry.tag)
    merged = [" and ".join(map(visible_text, tags)) for tags in of.values() if len(tags) > 1]
    if merged:
        raise RefusedError(
            "roles cannot be mapped to one role that would have two user mappings for one server: "
            + "; ".join(merged)
            + "; map them to different roles, or drop one of the user mappings"
        )


def naming_texts(entries: Iterable[ArchiveEntry], choices: RoleChoices) -> list[tuple[ArchiveEntry, str]]:
    """Return the entries that name a mapped role inside of a text that nobody but their author can change.

    Such as a function that asks ``current_user = 'app'``. Words are compared, so a column of that name in a
    function's body counts too.

    Args:
        entries: as pg_dump wrote them.
        choices: whose mapping is looked for.
    """
    found: list[tuple[ArchiveEntry, str]] = []
    for each in choices.mapping:
        word = re.compile(rf"(?<!\w){re.escape(each.source)}(?!\w)")
        for entry in entries:
            if entry.kind not in _WITH_TEXTS or each.source not in entry.definition:
                continue
            try:
                places = role_places(entry.kind, entry.definition)
            except UnreadableTextError:
                places = ()
            text, position = "", 0
            for place in places:
                text += entry.definition[position : place.start]
                position = place.end
            text += entry.definition[position:]
            quoted = re.compile(rf"'{re.escape(each.source.replace(chr(39), chr(39) * 2))}'")
            if (word if entry.kind in _WITH_BODIES else quoted).search(text):
                found.append((entry, each.source))
    return found


_WITH_BODIES = frozenset({"FUNCTION", "PROCEDURE"})
_WITH_TEXTS = _WITH_BODIES | {
    "CHECK CONSTRAINT",
    "DEFAULT",
    "DOMAIN",
    "MATERIALIZED VIEW",
    "POLICY",
    "RULE",
    "TABLE",
    "TRIGGER",
    "VIEW",
}
