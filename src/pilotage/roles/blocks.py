"""DO blocks of this room: the bodies are the files in ``templates/``.

Consumed by the makers of statements beside it.
"""

from __future__ import annotations

import functools
import re
from importlib import resources

from pilotage.model.names import quote_body

_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")


def block(template: str, **parts: str) -> str:
    """Return a DO statement whose body is a template with its parts in place.

    In one pass: what stands in a part, such as a role's name, is no place for another part.

    Args:
        template: the name of a file in ``templates/``, without ``.sql``.
        parts: SQL for each ``{{name}}`` in it.
    """
    return f"DO {quote_body(_PLACE.sub(lambda place: parts[place[1]], _text(template)))};\n"


@functools.cache
def _text(template: str) -> str:
    return (resources.files("pilotage.roles") / "templates" / f"{template}.sql").read_text(encoding="utf-8")
