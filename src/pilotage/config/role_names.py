"""Names of roles as a user writes them: on the command line, and in ``pilotage.toml``.

Consumed by the reader of configurations and by the command line. Whether the roles exist is for planning and
preflight to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pilotage.config.toml_text import visible
from pilotage.errors import UsageError
from pilotage.model.roles import RoleMapping

_QUOTED = re.compile(r'"((?:[^"]|"")+)"')


def name_problem(name: str) -> str:
    """Return why no role can have this name, and what to do; empty where one can."""
    if not name:
        return "it is empty; name a role"
    if name in {"public", "none"}:
        return f'no role can be called "{name}"; name a role'
    return ""


def parse_mappings(texts: Iterable[str]) -> tuple[RoleMapping, ...]:
    """Return the mapping that ``OLD=NEW`` options give, sorted.

    Names are exact: upper case and lower case differ. One that holds an equals sign, or begins with a double
    quote, stands in double quotes, as in SQL.

    Raises:
        UsageError: a text is no mapping, or a role is mapped twice.
    """
    mapping: dict[str, str] = {}
    for text in texts:
        source, target = _parted(text)
        problem = name_problem(source) or name_problem(target)
        if problem:
            raise UsageError(f"--map-role {visible(text)}: {problem}")
        if mapping.setdefault(source, target) != target:
            raise UsageError(
                f'--map-role {visible(text)}: role "{visible(source)}" is mapped to '
                f'"{visible(mapping[source])}" already; map it once'
            )
    return tuple(RoleMapping(source=source, target=mapping[source]) for source in sorted(mapping))


def _parted(text: str) -> tuple[str, str]:
    quoted = _QUOTED.match(text)
    if quoted is not None and text[quoted.end() :].startswith("="):
        return quoted[1].replace('""', '"'), _unquoted(text[quoted.end() + 1 :])
    source, equals, target = text.partition("=")
    if not equals:
        raise UsageError(f"--map-role {visible(text)}: no equals sign; write OLD=NEW")
    return source, _unquoted(target)


def _unquoted(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    return quoted[1].replace('""', '"') if quoted is not None else text
