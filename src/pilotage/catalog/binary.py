"""Whether a column's values can travel between two servers as binary COPY.

Binary COPY is a type's send function at one end and its receive function at the other, so it is right where
both exist and what they exchange means the same on both servers. Consumed by the reader.

Read in PostgreSQL's source, and tried between servers of different versions: enums travel as labels; domains,
ranges and multiranges as what they are over. Arrays and composites carry the OIDs of their parts' types, but
since PostgreSQL 14 a receiving server complains only where both OIDs are built-in ones (``array_recv``,
``record_recv``), so those of user types travel too. A target older than that would refuse them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pilotage.catalog.facts import ColumnFacts, TypeFacts
from pilotage.model.names import quote_identifier

# PostgreSQL's documentation, section 8.19, Object Identifier Types; without oid, which is only a number.
_OID_ALIASES = frozenset(
    "regproc regprocedure regoper regoperator regclass regcollation regtype regrole regnamespace regconfig "
    "regdictionary regdatabase".split()
)
# Their receive functions exist, and refuse everything.
_NEVER_RECEIVED = frozenset(
    "pg_node_tree pg_ndistinct pg_dependencies pg_mcv_list pg_brin_bloom_summary "
    "pg_brin_minmax_multi_summary".split()
)


class _Obstacle(NamedTuple):
    """The type that cannot travel, within or the same as the one asked for, and why."""

    culprit: str
    why: str


def why_only_text(column: ColumnFacts, types: Mapping[int, TypeFacts]) -> str:
    """Say why a column's values must travel as text; empty where binary is safe.

    Args:
        column: a generated one never travels, but COPY FROM looks up the binary input of every column of a
            table, and fails where there is none (``BeginCopyFrom`` in PostgreSQL's ``copyfrom.c``).
        types: the column's type and all types that it consists of, by OID.
    """
    facts = types[column.type_oid]
    if column.generated and facts.binary_functions:
        return ""
    obstacle = _obstacle(facts, types)
    if obstacle is None:
        return ""
    name = facts.name
    subject = obstacle.culprit if obstacle.culprit == name else f"{name} holds {obstacle.culprit}, which"
    return f"column {quote_identifier(column.name)}: {subject} {obstacle.why}"


def _obstacle(facts: TypeFacts, types: Mapping[int, TypeFacts]) -> _Obstacle | None:
    """Return the first obstacle; a type cannot contain itself, so this ends."""
    if facts.name in _OID_ALIASES:
        return _Obstacle(facts.name, "travels in binary as an OID, which names another object on the target")
    if facts.name in _NEVER_RECEIVED or not facts.binary_functions:
        return _Obstacle(facts.name, "has no binary form that a server accepts")
    found = (_obstacle(types[part], types) for part in facts.parts)
    return next((obstacle for obstacle in found if obstacle is not None), None)
