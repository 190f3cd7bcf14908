"""Rows as the catalog queries give them: records of the model that are not complete yet.

Each adds what joins it to other queries (OIDs, which never leave this room) and has a default for what those
will fill in. Consumed by the reader.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from pilotage.model.catalog import (
    Column,
    ExtensionSequence,
    ForeignKey,
    Index,
    Sequence,
    Table,
    View,
    ViewColumn,
)
from pilotage.model.names import QualifiedName
from pilotage.model.roles import Membership

R = TypeVar("R", bound=msgspec.Struct)


class TableFacts(Table, frozen=True, kw_only=True):
    """A row of ``tables.sql``.

    Attributes:
        readable: whether the role may read it at all.
        rows_hidden: whether row level security would hide rows from the role.
    """

    oid: int
    readable: bool
    rows_hidden: bool
    columns: tuple[Column, ...] = ()
    rows: int | None = None
    index_bytes: int = 0


class ColumnFacts(Column, frozen=True, kw_only=True):
    """A row of ``columns.sql``."""

    table: int
    position: int
    type_oid: int


class TypeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``column_types.sql``: what decides how a type's values can travel.

    Attributes:
        name: as ``format_type`` prints it.
        binary_functions: whether the type can be sent and received in binary at all.
        parts: OIDs of the types that its values consist of: an array's element, a domain's base type, a
            range's subtype, a composite's attributes.
    """

    oid: int
    name: str
    binary_functions: bool
    parts: tuple[int, ...] = ()


class ForeignKeyFacts(ForeignKey, frozen=True, kw_only=True):
    """A row of ``foreign_keys.sql``."""

    indexed: bool = False


class IndexFacts(Index, frozen=True, kw_only=True):
    """A row of ``indexes.sql``.

    Attributes:
        usable: valid, ready and not being dropped.
        key_columns: in order; None for an expression.
        predicate: of a partial index, as the server prints it.
    """

    usable: bool
    key_columns: tuple[str | None, ...]
    predicate: str | None


class SequenceFacts(Sequence, frozen=True, kw_only=True):
    """A row of ``sequences.sql``."""

    oid: int
    readable: bool
    last_value: int = 0
    is_called: bool = False


class ExtensionTableFacts(TableFacts, frozen=True, kw_only=True):
    """A row of ``extension_tables.sql``."""

    extension: str
    condition: str
    references: tuple[QualifiedName, ...]


class ExtensionSequenceFacts(ExtensionSequence, frozen=True, kw_only=True):
    """A row of ``extension_sequences.sql``."""

    oid: int
    last_value: int = 0
    is_called: bool = False


class ViewFacts(View, frozen=True, kw_only=True):
    """A row of ``views.sql``."""

    oid: int
    readable: bool
    rows: int | None = None
    reads: tuple[()] = ()


class ViewColumnFacts(ViewColumn, frozen=True, kw_only=True):
    """A row of ``view_columns.sql``."""

    view: int
    position: int


class ViewRead(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``view_reads.sql``: a view's OID and one relation that it reads."""

    view: int
    schema: str
    name: str


class RoleName(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``roles.sql``."""

    name: str


class MembershipFacts(Membership, frozen=True, kw_only=True):
    """A row of ``memberships.sql``."""

    member: str


class ParameterPrivilege(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``parameter_privileges.sql``."""

    role: str
    parameter: str
    privilege: str
    grantable: bool


def complete(facts: msgspec.Struct, of: type[R], **known: object) -> R:
    """Return the model's record: what ``facts`` says, and what is known besides."""
    said = {field: getattr(facts, field) for field in of.__struct_fields__ if field not in known}
    return of(**said, **known)
