"""A query with its arguments written into it, and its answer taken out of a COPY stream.

Consumed by sessions, for queries of the catalog: COPY answers in one round trip where the driver's prepared
statement takes two, and takes no parameters.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from typing import TypeAlias

from pilotage.model.names import quote_literal

Argument: TypeAlias = int | str | Sequence[int | None] | Sequence[str] | None
"""What may stand for a parameter; a sequence becomes an array."""

# What is left as it is: comments, constants and quoted names, in which a dollar sign is no parameter.
_PARAMETER = re.compile(r"""--[^\n]*|'[^']*'|"[^"]*"|\$(\d+)""")

_HEADER = struct.Struct(">11sii")
_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_FIELD = struct.Struct(">hi")


def with_constants(sql: str, arguments: Sequence[Argument]) -> str:
    """Return a query in which ``$1``, ``$2``… are constants of no type yet, as parameters are.

    The query is ours: it has no comments in ``/* */``, and no constants in dollar signs.
    """
    constants = [_constant(argument) for argument in arguments]
    return _PARAMETER.sub(lambda found: constants[int(found[1]) - 1] if found[1] else found[0], sql)


def _constant(argument: Argument) -> str:
    if argument is None:
        return "NULL"
    if isinstance(argument, int | str):
        return quote_literal(str(argument))
    # A type name may stand behind it: '{…}'::text[].
    return quote_literal("{" + ",".join(map(_element, argument)) + "}")


def _element(element: int | str | None) -> str:
    """Return an element of an array's text (PostgreSQL's documentation, section 8.15.6)."""
    if element is None:
        return "NULL"
    escaped = str(element).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def only_field(stream: bytes) -> str | None:
    """Return the only field of the only row of a binary COPY stream, which is of type text; None for NULL.

    See PostgreSQL's documentation, COPY, "Binary Format": a header with an extension, then rows, each with
    the number of its fields, each with its length in bytes.
    """
    signature, _flags, extension = _HEADER.unpack_from(stream)
    fields, length = _FIELD.unpack_from(stream, _HEADER.size + extension)
    if signature != _SIGNATURE or fields != 1:
        raise ValueError("not one field of one row")
    if length < 0:
        return None
    begin = _HEADER.size + extension + _FIELD.size
    return stream[begin : begin + length].decode()
