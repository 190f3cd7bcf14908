"""Images: SQL expressions that tell two stored values apart, even those that SQL calls equal.

Consumed by the pairing of relations. Pure: a type's facts in, expressions out; no server is asked.

A type's own hash function is fast, and right only where it tells apart whatever is stored differently. Read
in PostgreSQL's source, many do not (each is faithful to equality, or to less):

* ``hash_numeric_extended`` takes in neither scale nor sign, and no difference between NaN and the infinities;
* ``hashint8extended``, and with it those of timestamps, times, ``pg_lsn`` and ``xid8``, folds the upper half
  of 64 bits into the lower one: 1 and 4294967296 are the same. The *seed* is taken in whole, so a bigint goes
  there;
* ``hashfloat8extended`` takes -0 for 0 (and every NaN for one, which is meant: only one is ever printed);
* ``interval_hash_extended`` takes a month for 30 days, ``hashbpcharextended`` leaves out trailing blanks;
* ``jsonb_hash_extended`` compares numbers as numeric does, and does not see where an inner array ends;
* ``hash_array_extended`` does not look at bounds, nor at dimensions; the hash of an enum is that of an OID;
* ``hashtextextended`` follows the collation, so it is asked to hash bytes (``COLLATE "C"``).

Where the hash is not enough, the value's binary form (its send function) is hashed, which COPY relies on as
well; where that holds OIDs or bits without a meaning, or belongs to a type that is not known here, its output
text.
"""

from __future__ import annotations

import msgspec

from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.verify.rows.facts import ColumnFacts

VALUE = "stored value"
BINARY = "binary form"
TEXT = "output text"


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """How a column's values are told apart. In the templates, ``{c}`` is the column.

    Attributes:
        how: one of :data:`VALUE`, :data:`BINARY`, :data:`TEXT`.
        bytes: of type bytea: the image itself; NULL where the value is, or made of both.
        direct: of type bigint, a hash of the value with ``{seed}``, where one function makes it from what is
            stored; NULL for NULL. Empty where there is none.
        text: of type text, with the same bytes as the value, where there is such an expression.
    """

    how: str
    bytes: str
    direct: str = ""
    text: str = ""


def _value(send: str, direct: str) -> Image:
    return Image(how=VALUE, bytes=f"pg_catalog.{send}({{c}})", direct=direct)


def _binary(send: str) -> Image:
    return Image(how=BINARY, bytes=f"pg_catalog.{send}({{c}})")


# The angle of the point (-1, 0) is pi, and that of (-1, -0) is -pi.
_FLOAT = (
    "CASE WHEN {c} = 0 THEN pg_catalog.hashfloat8extended(pg_catalog.atan2({c}, -1), ~ {seed})"
    " ELSE pg_catalog.hashfloat8extended({c}, {seed}) END"
)

# Binary forms of floats hold the bits of a NaN, of which there are many.
_FLOAT_BYTES = "CASE WHEN {{c}} = 'NaN' THEN '\\x00'::pg_catalog.bytea ELSE pg_catalog.{}({{c}}) END"

_STORED_AS_TEXT = Image(
    how=VALUE,
    bytes="pg_catalog.textsend({c}::pg_catalog.text)",
    direct='pg_catalog.hashtextextended({c}::pg_catalog.text COLLATE "C", {seed})',
    text='{c}::pg_catalog.text COLLATE "C"',
)
_CONVERTED_TEXT = Image(how=BINARY, bytes="pg_catalog.textsend({c}::pg_catalog.text)")

# Neither a cast nor a function of users is asked. As a literal, NULL and the empty text differ.
_OUTPUT = Image(
    how=TEXT,
    bytes="pg_catalog.textsend(pg_catalog.format('%L', {c}))",
    text="pg_catalog.format('%L', {c}) COLLATE \"C\"",
)
_CONVERTED_OUTPUT = Image(how=TEXT, bytes=_OUTPUT.bytes)

_BUILT_IN = {
    "bool": _value("boolsend", "pg_catalog.hashint4extended({c}::pg_catalog.int4, {seed})"),
    # Its hash depends on whether the machine's char has a sign.
    "char": _binary("charsend"),
    "int2": _value("int2send", "pg_catalog.hashint2extended({c}, {seed})"),
    "int4": _value("int4send", "pg_catalog.hashint4extended({c}, {seed})"),
    "int8": _value("int8send", "pg_catalog.hashint4extended(1, {c} # {seed})"),
    "oid": _value("oidsend", "pg_catalog.hashoidextended({c}, {seed})"),
    "uuid": _value("uuid_send", "pg_catalog.uuid_hash_extended({c}, {seed})"),
    "float4": Image(how=VALUE, bytes=_FLOAT_BYTES.format("float4send"), direct=_FLOAT),
    "float8": Image(how=VALUE, bytes=_FLOAT_BYTES.format("float8send"), direct=_FLOAT),
    "bytea": Image(how=VALUE, bytes="{c}::pg_catalog.bytea"),
    "numeric": _binary("numeric_send"),
    "money": _binary("cash_send"),
    "date": _binary("date_send"),
    "time": _binary("time_send"),
    "timetz": _binary("timetz_send"),
    "timestamp": _binary("timestamp_send"),
    "timestamptz": _binary("timestamptz_send"),
    "interval": _binary("interval_send"),
    "bpchar": _binary("bpcharsend"),
    "name": _binary("namesend"),
    "bit": _binary("bit_send"),
    "varbit": _binary("varbit_send"),
    "inet": _binary("inet_send"),
    "cidr": _binary("cidr_send"),
    "macaddr": _binary("macaddr_send"),
    "macaddr8": _binary("macaddr8_send"),
    "json": _binary("json_send"),
    "jsonb": _binary("jsonb_send"),
    "tsvector": _binary("tsvectorsend"),
    "pg_lsn": _binary("pg_lsn_send"),
    "xid": _binary("xidsend"),
    "xid8": _binary("xid8send"),
    "cid": _binary("cidsend"),
    "tid": _binary("tidsend"),
    **{
        name: _binary("range_send")
        for name in ("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange")
    },
    **{
        name: _binary("multirange_send")
        for name in (
            "int4multirange nummultirange tsmultirange tstzmultirange datemultirange int8multirange".split()
        )
    },
}

# An array's binary form has its bounds, and the OID of its elements' type: the same everywhere for built-in
# types.
_ARRAY = _binary("array_send")
_ELEMENTS = (_BUILT_IN.keys() | {"text", "varchar"}) - {"float4", "float8"}
_FLOAT_ARRAY = (
    "CASE WHEN 'NaN'::pg_catalog.{0} = ANY ({{c}})"
    " THEN pg_catalog.textsend(pg_catalog.format('%s', {{c}})) ELSE pg_catalog.array_send({{c}}) END"
)
_FLOAT_ARRAYS = {name: Image(how=BINARY, bytes=_FLOAT_ARRAY.format(name)) for name in ("float4", "float8")}

# By their labels. The OIDs of labels, which are what is stored, differ from server to server.
_ENUM = Image(how="label", bytes="pg_catalog.enum_send({c})")

# Of the extension pgvector; none of its numbers is NaN, and it keeps the sign of 0.
_VECTORS = frozenset({"vector", "halfvec", "sparsevec"})


def image_of(column: ColumnFacts, *, same_encoding: bool) -> Image:
    """Return the image of a column at one end.

    Args:
        column: at that end.
        same_encoding: whether both databases have the same; else text is compared in UTF-8.
    """
    return _built_in(column) or _of_other(column, same_encoding=same_encoding)


def _built_in(column: ColumnFacts) -> Image | None:
    if column.base.schema != "pg_catalog":
        return None
    element = column.element
    if element is None or element.schema != "pg_catalog":
        return _BUILT_IN.get(column.base.name)
    return _ARRAY if element.name in _ELEMENTS else _FLOAT_ARRAYS.get(element.name)


def _of_other(column: ColumnFacts, *, same_encoding: bool) -> Image:
    base = column.base
    if base == QualifiedName("pg_catalog", "text") or column.is_stored_as_text:
        return _STORED_AS_TEXT if same_encoding else _CONVERTED_TEXT
    if column.kind == "e":
        return _ENUM
    if column.extension == "vector" and base.name in _VECTORS:
        function = QualifiedName(base.schema, f"{base.name}_send")
        return Image(how=BINARY, bytes=f"{_escaped(str(function))}({{c}})")
    return as_text(same_encoding=same_encoding)


def as_text(*, same_encoding: bool) -> Image:
    """Return the image of any type: what it prints."""
    return _OUTPUT if same_encoding else _CONVERTED_OUTPUT


def fill(template: str, column: str, seed: int = 0) -> str:
    """Return an expression of a template, for a column of this name."""
    return template.format(c=quote_identifier(column), seed=constant(seed))


def constant(number: int) -> str:
    """Return a bigint, negative ones too."""
    return f"'{number:d}'::pg_catalog.int8"


def _escaped(sql: str) -> str:
    return sql.replace("{", "{{").replace("}", "}}")
