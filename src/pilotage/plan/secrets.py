"""Passwords that the source's definitions hold, kept out of whatever is written down.

User mappings, subscriptions, and options or settings with a telling name hold them. A migration that runs
directly brings them along, in memory; plans as JSON, SQL files and fingerprints have a mark in their place.
Consumed by whatever writes a plan. What a function's body or a row says is not known to be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.plan import Hazard, HazardKind, Plan, RunDdl, Step
from pilotage.model.secrets import MARK, is_secret
from pilotage.model.visible import visible_text
from pilotage.roles.creation import KIND as ROLES
from pilotage.roles.database import PROPERTIES

_WITH_OPTIONS = frozenset({"FOREIGN DATA WRAPPER", "FOREIGN TABLE", "SERVER", "USER MAPPING"})
_SUBSCRIPTION = "SUBSCRIPTION"
_BLOCKS = frozenset({ROLES, PROPERTIES})
"""Kinds of steps that hold statements as literals in a block."""
_SETTINGS = ("ALTER DATABASE ", "ALTER ROLE ")

# Comments, quoted names and literals, and what is none of these.
_WORDS = re.compile(r"""--[^\n]*|E?'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\s+|.""", re.DOTALL)
_PAIR = re.compile(
    r"""(?P<key>\w+)(?P<equals>\s*=\s*)(?P<value>'(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)*)""", re.DOTALL
)
_IN_USER = re.compile(r"(?P<before>\A\w+://[^:@/?]*:)(?P<value>[^@/?]*)(?=@)")
_IN_QUERY = re.compile(r"(?P<before>[?&](?P<key>\w+)=)(?P<value>[^&]*)")


def without_secrets(plan: Plan) -> Plan:
    """Return the plan with the mark in the place of every secret, and hazards that say so and what to do."""
    return msgspec.structs.replace(plan, steps=tuple(map(_without, plan.steps)))


def _without(step: Step) -> Step:
    if not isinstance(step, RunDdl):
        return step
    sql, names = without_secrets_in(step.kind, step.sql)
    if not names:
        return step
    what = step.object if step.object.startswith(step.kind) else f"{step.kind.lower()} {step.object}"
    hazard = Hazard(
        kind=HazardKind.NOT_MIGRATED,
        object=f"{', '.join(map(visible_text, names))} of {visible_text(what)}",
        message=f"it is in no file, where '{MARK}' stands in its place; only a direct migration brings it "
        f"along; afterwards: {visible_text(_remedy(step, names))}",
    )
    return msgspec.structs.replace(step, sql=sql, hazards=(*step.hazards, hazard))


def without_secrets_in(kind: str, sql: str) -> tuple[str, tuple[str, ...]]:
    """Return a definition with the mark in the place of secrets, and the names of what was left out.

    Args:
        kind: as pg_dump's archive names it.
        sql: the definition.
    """
    if kind == _SUBSCRIPTION:
        return _replaced(sql, lambda before: before.upper() == "CONNECTION", _without_in_connection)
    if kind in _WITH_OPTIONS or sql.startswith(_SETTINGS):
        return _replaced(sql, lambda before: is_secret(before.strip('"')), _without_all)
    if kind in _BLOCKS:
        return _replaced(sql, lambda _before: True, _without_in_statement)
    return sql, ()


def _replaced(
    sql: str,
    is_before_secret: Callable[[str], bool],
    without: Callable[[str, str], tuple[str, tuple[str, ...]]],
) -> tuple[str, tuple[str, ...]]:
    """Rewrite the literals after words of which the one says that they are, or hold, a secret."""
    written: list[str] = []
    left_out: list[str] = []
    before = ""
    for found in _WORDS.finditer(sql):
        word = found[0]
        if word.endswith("'") and is_before_secret(before):
            text, names = without(_text_of(word), before.strip('"'))
            left_out += names
            written.append(quote_literal(text) if names else word)
        else:
            written.append(word)
        if not word.isspace() and word.upper() not in {"TO", "="}:
            before = word
    return "".join(written), tuple(dict.fromkeys(left_out))


def _text_of(literal: str) -> str:
    text = literal.removeprefix("E")[1:-1].replace("''", "'")
    return text.replace("\\\\", "\\") if literal.startswith("E") else text


def _without_all(text: str, name: str) -> tuple[str, tuple[str, ...]]:
    return MARK, () if text == MARK else (name,)


def _without_in_statement(text: str, _name: str) -> tuple[str, tuple[str, ...]]:
    return without_secrets_in("", text) if text.startswith(_SETTINGS) else (text, ())


def _without_in_connection(text: str, _name: str) -> tuple[str, tuple[str, ...]]:
    """Return a connection string of either form without its secrets, and their names."""
    left_out: list[str] = []

    def in_pair(found: re.Match[str]) -> str:
        if not is_secret(found["key"]) or found["value"] == MARK:
            return found[0]
        left_out.append(found["key"])
        return found["key"] + found["equals"] + MARK

    def in_uri(found: re.Match[str]) -> str:
        key = found.groupdict().get("key", "password")
        if not is_secret(key) or found["value"] in {"", MARK}:
            return found[0]
        left_out.append(key)
        return found["before"] + MARK

    if "://" in text.partition("=")[0]:
        text = _IN_QUERY.sub(in_uri, _IN_USER.sub(in_uri, text))
    else:
        text = _PAIR.sub(in_pair, text)
    return text, tuple(left_out)


def _remedy(step: RunDdl, names: tuple[str, ...]) -> str:
    """Return the statement that sets what was left out."""
    what = step.drop_sql.rstrip(";\n").removeprefix("DROP ").replace("USER MAPPING IF EXISTS", "USER MAPPING")
    if step.kind == _SUBSCRIPTION:
        return f"ALTER {what} CONNECTION '…';"
    if step.kind in _WITH_OPTIONS:
        options = ", ".join(f"SET {quote_identifier(name)} '…'" for name in names)
        return f"ALTER {what} OPTIONS ({options});"
    return "the statement of the source, with the value that it has there."
