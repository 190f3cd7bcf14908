r"""SQL literals out of the fields of a COPY line, so that both formats carry the very same text of a value.

Consumed by the data files in the format ``insert``. COPY's escapes are those of ``E'…'`` strings but for one,
``\v`` (PostgreSQL documentation: COPY, Text Format; SQL Syntax, 4.1.2.2), so a literal stays on its line too.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def literal(field: bytes) -> bytes:
    """Return a field as a string constant, or NULL; it reads the same under every setting."""
    if field == b"\\N":
        return b"NULL"
    quoted = b"'" + field.replace(b"'", b"''") + b"'"
    if b"\\" not in field:
        return quoted
    if b"\\v" in field:
        quoted = _ESCAPE.sub(lambda match: rb"\x0B" if match[1] == b"v" else match[0], quoted)
    return b"E" + quoted


def literals(line: bytes) -> bytes:
    """Return the fields of a line as the inside of a row of VALUES."""
    return b", ".join(map(literal, line.split(b"\t")))
