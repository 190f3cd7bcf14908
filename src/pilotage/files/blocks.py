"""DO blocks: PL/pgSQL inside a SQL file.

Consumed by guards, assertions and whatever else in a file must decide something. The bodies are the files in
``templates/``. None swallows an error: an EXCEPTION clause, where one stands, is there for its
subtransaction.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable
from importlib import resources

from pilotage.model.names import quote_literal

_ROOM = "pilotage.files"
_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")
_INDENT = "    "


def do_block(template: str, /, *, room: str = _ROOM, **parts: str) -> str:
    """Return a DO statement whose body is a template with its parts in place.

    Args:
        template: the name of a file in ``templates/``, without ``.sql``.
        room: the package that has the folder.
        parts: SQL for each ``{{name}}`` in it. None of it can end the body: the tag is one that it lacks.
    """
    body = fragment(template, room=room, **parts)
    tags = itertools.chain(["$pilotage$"], (f"$pilotage_{number}$" for number in itertools.count(2)))
    tag = next(tag for tag in tags if tag not in body)
    return f"DO {tag}\n{body.rstrip()}\n{tag};\n"


def fragment(template: str, /, *, room: str = _ROOM, **parts: str) -> str:
    """Return a template with its parts in place, to be a part of another."""
    # In one pass: what stands in a part, such as a name, is no place for another part.
    return _PLACE.sub(lambda place: parts[place[1]], _text(room, template)).rstrip()


@functools.cache
def _text(room: str, template: str) -> str:
    return (resources.files(room) / "templates" / f"{template}.sql").read_text(encoding="utf-8")


def values_list(rows: Iterable[tuple[str, ...]], columns: str, name: str) -> str:
    """Return rows of SQL expressions as a table in FROM, one row a line."""
    lines = f",\n{_INDENT * 3}".join(f"({', '.join(row)})" for row in rows)
    return f"(VALUES\n{_INDENT * 3}{lines}\n{_INDENT * 2}) AS {name} ({columns})"


def text_array(texts: Iterable[str]) -> str:
    """Return an array of texts as an expression."""
    return f"ARRAY[{', '.join(map(quote_literal, texts))}]::pg_catalog.text[]"
