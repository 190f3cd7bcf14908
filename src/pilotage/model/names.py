"""Names, and the one place where identifiers and literals are quoted.

Consumed by everything that prints or sends a name. Names are hostile input: quotes, newlines and
backslashes are legal in them.
"""

from __future__ import annotations

import itertools
import re
from typing import Annotated

import msgspec

# Every keyword that PostgreSQL's quote_identifier() puts in quotes: those of pg_get_keywords() on
# PostgreSQL 18 whose catcode is not 'U' (unreserved).
KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both
    case cast char character check coalesce collate collation column concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
    decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
    freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
    interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg
    json_query json_scalar json_serialize json_table json_value lateral leading least left like limit
    localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif
    numeric offset on only or order out outer overlaps overlay placing position precision primary real
    references returning right row select session_user setof similar smallint some substring symmetric
    system_user table tablesample then time timestamp to trailing treat trim true union unique user using
    values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists
    xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()
)

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


def quote_identifier(name: str) -> str:
    """Return the name as SQL reads it, quoted only where PostgreSQL's ``quote_ident`` would.

    Raises:
        ValueError: the name holds a NUL character, which no PostgreSQL name can.
    """
    if "\0" in name:
        raise ValueError("a PostgreSQL name cannot hold a NUL character")
    if _PLAIN.match(name) and name not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def quote_identifiers(names: tuple[str, ...] | list[str]) -> str:
    """Return the names quoted and separated by commas, as a column list is written."""
    return ", ".join(quote_identifier(name) for name in names)


def quote_literal(text: str) -> str:
    """Return the text as an SQL string constant that reads the same under every setting.

    A backslash makes it an escape string (``E'…'``), as PostgreSQL's ``quote_literal`` does, so that
    ``standard_conforming_strings`` does not matter.

    Raises:
        ValueError: the text holds a NUL character, which no PostgreSQL text can.
    """
    if "\0" in text:
        raise ValueError("a PostgreSQL text cannot hold a NUL character")
    quoted = "'" + text.replace("'", "''") + "'"
    if "\\" in quoted:
        return "E" + quoted.replace("\\", "\\\\")
    return quoted


def quote_body(text: str) -> str:
    """Return the text as a dollar-quoted constant, as people read functions: nothing in it needs quoting.

    Raises:
        ValueError: the text holds a NUL character, which no PostgreSQL text can.
    """
    if "\0" in text:
        raise ValueError("a PostgreSQL text cannot hold a NUL character")
    tags = itertools.chain(["$pilotage$"], (f"$pilotage_{number}$" for number in itertools.count(2)))
    # A text may also end with a dollar sign, or with all of a tag but its last one.
    tag = next(tag for tag in tags if tag[:-1] not in text)
    return f"{tag}\n{text.rstrip()}\n{tag}"


class QualifiedName(msgspec.Struct, frozen=True, order=True):
    """A schema and a name within it; its ``str`` is the quoted form that SQL reads.

    Sorts by schema, then name, both by code point, so that what is sorted by it is the same everywhere.
    """

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.name)}"


TableKey = Annotated[str, msgspec.Meta(description="a table as SQL reads it: its schema and name, quoted")]
