"""What a database is: the Catalog, read in one snapshot.

Filled by :mod:`pilotage.catalog`, consumed by planning, verification and the reports. Facts only: no SQL
text is invented here, and definitions are those that the server prints.

All tuples are sorted by schema, name and, within an object, by position or name, so that two catalogs of
the same database are equal and encode to the same bytes. Sizes are bytes. Names of enum values are
PostgreSQL's own words.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pilotage.model.large_objects import LargeObjects
from pilotage.model.names import QualifiedName
from pilotage.model.roles import Role


class TableKind(StrEnum):
    """What kind of relation holds rows (``pg_class.relkind``)."""

    TABLE = "table"
    PARTITIONED = "partitioned table"
    FOREIGN = "foreign table"


class Identity(StrEnum):
    """``pg_attribute.attidentity``."""

    NONE = ""
    ALWAYS = "always"
    BY_DEFAULT = "by default"


class Generated(StrEnum):
    """``pg_attribute.attgenerated``."""

    NO = ""
    STORED = "stored"
    VIRTUAL = "virtual"


class FiringState(StrEnum):
    """When a trigger, rule or event trigger fires (``tgenabled``, ``ev_enabled``, ``evtenabled``)."""

    ORIGIN = "origin"
    DISABLED = "disabled"
    REPLICA = "replica"
    ALWAYS = "always"


class ConstraintKind(StrEnum):
    """``pg_constraint.contype``; foreign keys have a record of their own."""

    CHECK = "check"
    NOT_NULL = "not null"
    PRIMARY_KEY = "primary key"
    UNIQUE = "unique"
    EXCLUSION = "exclusion"
    TRIGGER = "constraint trigger"


class RoutineKind(StrEnum):
    """``pg_proc.prokind``."""

    FUNCTION = "function"
    PROCEDURE = "procedure"
    AGGREGATE = "aggregate"
    WINDOW = "window function"


class ViewKind(StrEnum):
    """Whether a view stores its rows."""

    VIEW = "view"
    MATERIALIZED = "materialized view"


class MatchType(StrEnum):
    """``pg_constraint.confmatchtype``."""

    SIMPLE = "simple"
    FULL = "full"
    PARTIAL = "partial"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column, in ``attnum`` order; dropped columns are not listed.

    Attributes:
        type: as ``format_type`` prints it, with its modifier.
        text_only_because: why its values cannot travel as binary COPY; empty where they can.
    """

    name: str
    type: str
    not_null: bool
    has_default: bool
    generated: Generated
    identity: Identity
    text_only_because: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A relation that holds, or whose partitions hold, rows.

    Attributes:
        rows: exact, counted in the snapshot; 0 for a partitioned table, whose rows are its partitions'.
            None where rows were not counted: foreign tables, and catalogs read without counting.
        bytes: of the heap with its TOAST, free space map and visibility map; 0 where nothing is stored.
        index_bytes: of all its indexes.
        partition_of: the parent, where it is a partition.
        inherits: the parents of classic inheritance, in order.
    """

    name: QualifiedName
    kind: TableKind
    owner: str
    persistence: str
    partition_of: QualifiedName | None
    inherits: tuple[QualifiedName, ...]
    row_security: bool
    force_row_security: bool
    columns: tuple[Column, ...]
    rows: int | None
    bytes: int
    index_bytes: int


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True):
    """One foreign key as it was declared: the copies that partitions hold are not listed.

    Attributes:
        columns: of the referencing table, paired with ``referenced_columns``.
        nullable_columns: those of ``columns`` that allow NULL.
        indexed: whether a usable index of the referencing table begins with these columns.
    """

    name: str
    table: QualifiedName
    columns: tuple[str, ...]
    referenced: QualifiedName
    referenced_columns: tuple[str, ...]
    nullable_columns: tuple[str, ...]
    match: MatchType
    on_update: str
    on_delete: str
    deferrable: bool
    initially_deferred: bool
    validated: bool
    enforced: bool
    indexed: bool
    definition: str

    @property
    def is_self_reference(self) -> bool:
        """Whether the table references itself."""
        return self.table == self.referenced


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """A constraint of a table or a domain, other than a foreign key.

    Attributes:
        columns: those it is about, in its own order; all of the table's for one that reads whole rows. Of an
            exclusion constraint those that stand there as such, not inside an expression.
    """

    name: str
    on: QualifiedName
    kind: ConstraintKind
    columns: tuple[str, ...]
    deferrable: bool
    validated: bool
    definition: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """An index, whether or not a constraint owns it.

    Attributes:
        method: the access method: btree, hash, gin, gist, brin, hnsw, ivfflat…
        columns: its keys in order, None for an expression; not those that it only carries (INCLUDE).
        expression_columns: those that its expressions and its predicate read.
        partial: whether it has a predicate.
        exclusion: whether it serves an exclusion constraint.
        immediate: whether uniqueness holds row by row, and not at the end of a statement or transaction.
        nulls_distinct: whether any number of rows may be NULL there though it is unique.
        bytes: of the index itself; 0 for an index of a partitioned table.
    """

    name: QualifiedName
    table: QualifiedName
    method: str
    unique: bool
    primary: bool
    valid: bool
    columns: tuple[str | None, ...]
    expression_columns: tuple[str, ...]
    partial: bool
    exclusion: bool
    immediate: bool
    nulls_distinct: bool
    bytes: int
    definition: str


class Sequence(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence and where it stands.

    Attributes:
        owned_by: table and column, where a serial or identity column owns it.
        last_value, is_called: its position, as ``setval`` takes it.
    """

    name: QualifiedName
    owner: str
    owned_by: tuple[QualifiedName, str] | None
    data_type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycles: bool
    last_value: int
    is_called: bool


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A user's trigger; those that implement foreign keys are internal and not listed."""

    name: str
    table: QualifiedName
    firing: FiringState
    definition: str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rewrite rule; a view's own ``_RETURN`` rule is not listed."""

    name: str
    table: QualifiedName
    firing: FiringState
    definition: str


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A row level security policy, its expressions as the server prints them."""

    name: str
    table: QualifiedName
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: str | None
    with_check: str | None


class ViewColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a view.

    Attributes:
        collation: None for its type's own.
    """

    name: str
    type: str
    collation: QualifiedName | None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A view or materialized view.

    Attributes:
        options: ``reloptions``, such as ``security_invoker=true``.
        populated: False for a materialized view created WITH NO DATA.
        rows: a materialized view's, exact; None for a view.
        reads: the relations that its query names, partitions and views included.
        own_columns: of a view that reads itself, all of its columns; else none.
    """

    name: QualifiedName
    kind: ViewKind
    owner: str
    options: tuple[str, ...]
    populated: bool
    rows: int | None
    bytes: int
    reads: tuple[QualifiedName, ...]
    definition: str
    own_columns: tuple[ViewColumn, ...] = ()


class Routine(msgspec.Struct, frozen=True, kw_only=True):
    """A function, procedure or aggregate; overloads differ in ``arguments``.

    Attributes:
        definition_digest: SHA-256 of the whole definition, in hexadecimal.
        parsed_definition: the definition itself where its body is SQL-standard, which the server keeps parsed
            and may print otherwise after a reload; empty for a body that is kept as text.
    """

    name: QualifiedName
    arguments: str
    kind: RoutineKind
    owner: str
    language: str
    definition_digest: str
    parsed_definition: str = ""


class UserType(msgspec.Struct, frozen=True, kw_only=True):
    """An enum, domain, range, composite or base type that a user made.

    Attributes:
        kind: enum, domain, range, multirange, composite or base.
        detail: an enum's labels, a domain's base type, a composite's attributes, in order.
    """

    name: QualifiedName
    kind: str
    owner: str
    detail: tuple[str, ...]


class EventTrigger(msgspec.Struct, frozen=True, kw_only=True):
    """An event trigger: of the database, not of a schema."""

    name: str
    event: str
    firing: FiringState
    function: QualifiedName


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """An installed extension; its members belong to it and are not listed anywhere else.

    Attributes:
        configuration_tables: members whose rows users write, and pg_dump would dump
            (``pg_extension_config_dump``).
        types: members that columns may be of.
        other_tables: members that are tables, of which neither CREATE EXTENSION nor a dump brings the rows.
        members: all that belong to it, as ``pg_identify_object`` prints them.
    """

    name: str
    version: str
    schema: str
    configuration_tables: tuple[QualifiedName, ...] = ()
    types: tuple[QualifiedName, ...] = ()
    other_tables: tuple[QualifiedName, ...] = ()
    members: tuple[str, ...] = ()


class ExtensionTable(msgspec.Struct, frozen=True, kw_only=True):
    """A member of an extension whose rows users write, marked so by ``pg_extension_config_dump``.

    Attributes:
        condition: which of its rows users have written, as the extension says it: ``WHERE NOT built_in``;
            empty for all of them.
        table: ``rows`` are those of the condition; None where they were not counted or may not be read.
        references: other tables that its foreign keys name.
        readable: whether the role may read all of its rows.
    """

    extension: str
    condition: str
    table: Table
    references: tuple[QualifiedName, ...]
    readable: bool


class ExtensionSequence(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence that is a member of an extension and moves as users use it, and where it stands.

    Attributes:
        last_value, is_called: its position, as ``setval`` takes it; of no meaning where it is not readable.
    """

    extension: str
    name: QualifiedName
    readable: bool
    last_value: int
    is_called: bool


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """A user schema."""

    name: str
    owner: str


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The server and database that a catalog was read from.

    Attributes:
        version: as ``server_version`` prints it.
        version_num: as ``server_version_num``: 180006 for 18.6.
        database_bytes: ``pg_database_size``.
        large_objects: how many the database holds.
    """

    version: str
    version_num: int
    database: str
    encoding: str
    collation: str
    database_bytes: int
    large_objects: int = 0

    @property
    def major(self) -> int:
        """The major version: 18 for 18.6."""
        return self.version_num // 10000


class LeftOut(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something that pg_dump leaves out without a word, and why."""

    object: str
    because: str


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found in scope, in one snapshot.

    Attributes:
        scope: the schemas taken along.
        roles: every role that owns, is granted or is named by something in scope.
        role_facts: those roles, all others that the database refers to, and those that any of them is a
            member of, directly or not; by name.
        large_objects: in batches, by OID; none where schemas were named, since they belong to no schema.
        extension_tables, extension_sequences: what users keep in extensions' own tables and sequences; none
            where schemas were named, since extensions are not taken along then, and none in schemas left out.
        left_out: what pg_dump does not bring, and says nothing about; sorted.
    """

    server: Server
    scope: tuple[str, ...]
    schemas: tuple[Schema, ...]
    extensions: tuple[Extension, ...]
    types: tuple[UserType, ...]
    tables: tuple[Table, ...]
    foreign_keys: tuple[ForeignKey, ...]
    constraints: tuple[Constraint, ...]
    indexes: tuple[Index, ...]
    sequences: tuple[Sequence, ...]
    views: tuple[View, ...]
    routines: tuple[Routine, ...]
    triggers: tuple[Trigger, ...]
    rules: tuple[Rule, ...]
    policies: tuple[Policy, ...]
    event_triggers: tuple[EventTrigger, ...]
    roles: tuple[str, ...]
    role_facts: tuple[Role, ...] = ()
    large_objects: tuple[LargeObjects, ...] = ()
    extension_tables: tuple[ExtensionTable, ...] = ()
    extension_sequences: tuple[ExtensionSequence, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def total_rows(self) -> int:
        """Rows of all tables that were counted, each row counted once."""
        return sum(table.rows or 0 for table in self.tables)
