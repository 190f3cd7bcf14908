"""Schemas as property tests draw them, and the SQL that creates one with its rows.

The strategy that draws them is in ``strategies.py``, the rows come from ``random_rows.py``. Foreign keys,
triggers, rules and policies are created after the rows, so that any graph of rows is possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hypothesis.vendor.pretty import RepresentationPrinter

from pilotage.config.records import Configuration
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers, quote_literal

Row = dict[str, str | None]
"""A value for each column, as text; None for NULL."""

HOSTILE_TEXTS = (
    "",
    "NULL",
    "\\N",
    "\\.",
    "a\tb\nc\rd\be\ff\vg\\v",
    "' OR 1=1; --",
    "$pilotage$",
    "\nCOMMIT;\nDROP SCHEMA public CASCADE;\n",
    "\\! touch pwned",
    ":name :'name' :\"name\"",
    "Ünïcöde 漢字 𝄞 👩‍🚀",
    "/* */ */",
    "tail\\",
    " lead and trail ",
    "\u2028\u202e",
    "%s %1$s {{rows}}",
    '"',
    "\x01\x7f",
)

HOSTILE_NAMES = (
    'a"b',
    "x\ny",
    "\\! touch pwned",
    "select",
    "Ünïcode",
    "é" * 31 + "x",
    "n" * 63,
    "$pilotage$",
    "'; --",
    "%s",
    "*/",
    "/*",
    "\\.",
    "\\q",
    ":'name'",
    " trail ",
    "a.b",
    "tab\tname",
    "cr\rname",
    "\u202eRTL",
    "{table}",
    "--",
    "*",
)

SCHEMAS = ("public", 'of\n"sea"\\! touch pwned')
"""``public``, and one that must be created."""

MOOD = QualifiedName("public", "mood")
LABEL = QualifiedName("public", "la bel")
KNOWN = QualifiedName("public", "known")
TIDY = QualifiedName("public", "tidy")
SHARED_SEQUENCE = QualifiedName("public", "shared_seq")
_FUNCTIONS = {
    "raise": QualifiedName("public", "fired: raise"),
    "lose": QualifiedName("public", "fired: lose"),
    "spoil": QualifiedName("public", "fired: spoil"),
}

POOLS: Mapping[str, tuple[str, ...]] = {
    "integer": ("0", "-1", "2147483647", "-2147483648"),
    "bigint": ("9223372036854775807", "-9223372036854775808", "42"),
    "text": HOSTILE_TEXTS,
    "character varying(60)": HOSTILE_TEXTS,
    "numeric": ("0", "NaN", "Infinity", "1e-30", "-123456789012345678901234567890.123450", "1.00"),
    "numeric(12,3)": ("0.001", "-999999999.999", "NaN"),
    "timestamp with time zone": ("infinity", "-infinity", "2024-03-31 01:30:00.123456+02", "0044-03-15 BC"),
    "boolean": ("true", "false"),
    "jsonb": ("null", '"\\\\u20ac \\" \\n"', '{"a\'b": [1.10, 1e400, {}]}', '"\\u0001"'),
    "integer[]": ("{}", "{NULL}", "{1,-2,NULL}", "[5:6]={7,8}", "{{1,2},{3,4}}"),
    "text[]": ("{}", '{NULL,"NULL"}', '{"\\\\.","\\"","\t\n"}'),
    "double precision": ("NaN", "-0", "Infinity", "0.1", "5e-324", "1.7976931348623157e308"),
    "bytea": ("\\x", "\\x00ff5c27", "\\x5c2e", "\\x0a0d09"),
    str(MOOD): ("so, so", 'it\'s "fine"', "back\\slash", ""),
    str(LABEL): ("a", "\\.", "b\\"),
}
"""Types of columns that no key uses, and values for them."""


class KeyKind(StrEnum):
    """What, if anything, tells a table's rows apart."""

    PRIMARY = "PRIMARY KEY"
    UNIQUE = "UNIQUE"
    NULLABLE = "UNIQUE of nullable columns"
    INDEX = "unique index"
    NONE = "none"


class Deferral(StrEnum):
    """When a constraint is checked."""

    NEVER = ""
    IMMEDIATE = " DEFERRABLE"
    DEFERRED = " DEFERRABLE INITIALLY DEFERRED"


class Validity(StrEnum):
    """Whether rows are held to a constraint."""

    VALID = ""
    NOT_VALID = " NOT VALID"
    NOT_ENFORCED = " NOT ENFORCED"


class Partitioning(StrEnum):
    """How a table is divided, if it is."""

    NONE = ""
    RANGE = "RANGE"
    HASH = "HASH"


class Firing(StrEnum):
    """The four states of a trigger or a rule."""

    ORIGIN = "ENABLE"
    DISABLED = "DISABLE"
    REPLICA = "ENABLE REPLICA"
    ALWAYS = "ENABLE ALWAYS"


@dataclass(frozen=True)
class RandomColumn:
    """A column; ``clause`` is what follows its type, such as an identity or a default."""

    name: str
    type: str
    not_null: bool = False
    clause: str = ""
    generated: bool = False


@dataclass(frozen=True)
class RandomTrigger:
    """A trigger that raises, loses the row or spoils it, should it fire."""

    name: str
    when: str
    does: str
    firing: Firing


@dataclass(frozen=True)
class RandomRule:
    """A rule that swallows INSERT or UPDATE."""

    name: str
    event: str
    firing: Firing


@dataclass(frozen=True)
class RandomTable:
    """A table without its foreign keys.

    Attributes:
        key_columns: empty where it has no key.
        forest: rows reference only rows of this table that come before them by number, or themselves.
        rows: how many are wanted; those that cannot satisfy the keys are left out.
        checks: what follows CHECK, each with its name.
        one_root: a column of which at most one row may hold NULL, by a unique index; empty for none.
        row_security: the name of a policy that shows no row to anyone; empty for none.
        privileges: what is granted or revoked, with ``{table}`` in place of the name; empty for nothing.
    """

    name: QualifiedName
    columns: tuple[RandomColumn, ...]
    key: KeyKind
    key_columns: tuple[str, ...]
    partitioning: Partitioning
    rows: int
    forest: bool
    checks: tuple[tuple[str, str], ...]
    one_root: str
    triggers: tuple[RandomTrigger, ...]
    rules: tuple[RandomRule, ...]
    row_security: str
    privileges: str
    dropped_column: bool

    @property
    def partitions(self) -> tuple[QualifiedName, ...]:
        """Its partitions' names, which PostgreSQL must tell from those of other tables."""
        if not self.partitioning:
            return ()
        short = self.name.name.encode()[:50].decode(errors="ignore")
        return tuple(QualifiedName(self.name.schema, f"{short} part {number}") for number in range(2))


@dataclass(frozen=True)
class RandomKey:
    """A foreign key; tables by their place in the schema.

    Attributes:
        needed: nullable columns in which a CHECK or a domain allows no NULL.
    """

    table: int
    name: str
    columns: tuple[str, ...]
    referenced: int
    referenced_columns: tuple[str, ...]
    full: bool
    actions: str
    deferral: Deferral
    validity: Validity
    commented: bool
    needed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RandomView:
    """A view that counts the rows of two tables."""

    name: QualifiedName
    materialized: bool
    tables: tuple[int, int]


@dataclass(frozen=True)
class RandomSchema:
    """Everything of one example. Its SQL says more to people than its ``repr`` would.

    Attributes:
        seed: of the rows.
        crowded: whether the target holds other objects already.
        apart: whether every file runs in a psql of its own.
        dumped: whether pg_dump compares too.
    """

    tables: tuple[RandomTable, ...]
    keys: tuple[RandomKey, ...]
    views: tuple[RandomView, ...]
    sequence_owner: tuple[int, str] | None
    sequence_value: int
    seed: int
    configuration: Configuration
    crowded: bool
    apart: bool
    dumped: bool

    def _repr_pretty_(self, printer: RepresentationPrinter, _cycle: bool) -> None:
        printer.text(f"<{len(self.tables)} tables, {len(self.keys)} foreign keys, seed {self.seed}>")


def creation_of(schema: RandomSchema, rows: Mapping[int, list[Row]]) -> str:
    """Return the statements that create a schema with its rows in an empty database."""
    return "\n".join(_statements(schema, rows)) + "\n"


def _statements(schema: RandomSchema, rows: Mapping[int, list[Row]]) -> Iterator[str]:
    yield from _foundation(schema)
    for table in schema.tables:
        yield from _create_table(table)
    if schema.sequence_owner:
        number, column = schema.sequence_owner
        owner = f"{schema.tables[number].name}.{quote_identifier(column)}"
        yield f"ALTER SEQUENCE {SHARED_SEQUENCE} OWNED BY {owner};"
    yield f"SELECT pg_catalog.setval({quote_literal(str(SHARED_SEQUENCE))}, {schema.sequence_value}, false);"
    for number, table in enumerate(schema.tables):
        yield from _insert_rows(table, rows[number])
        yield from _indexes(table)
    for key in schema.keys:
        yield _foreign_key(schema, key)
        if key.commented:
            on = f"{quote_identifier(key.name)} ON {schema.tables[key.table].name}"
            yield f"COMMENT ON CONSTRAINT {on} IS {quote_literal(HOSTILE_TEXTS[7])};"
    for view in schema.views:
        first, second = (schema.tables[number].name for number in view.tables)
        kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        yield f"CREATE {kind} {view.name} AS SELECT count(*) AS n FROM {first}, {second} AS other;"
    for table in schema.tables:
        yield from _bystanders(table)


def _foundation(schema: RandomSchema) -> Iterator[str]:
    if any(table.name.schema != "public" for table in schema.tables):
        yield f"CREATE SCHEMA {quote_identifier(SCHEMAS[1])};"
    yield f"CREATE TYPE {MOOD} AS ENUM ({', '.join(map(quote_literal, POOLS[str(MOOD)]))});"
    yield f"CREATE DOMAIN {LABEL} AS character varying(10) CHECK (value <> 'bad');"
    yield f"CREATE DOMAIN {KNOWN} AS integer NOT NULL;"
    yield f"CREATE FUNCTION {TIDY}(integer) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN $1 IS NOT NULL;"
    yield f"CREATE SEQUENCE {SHARED_SEQUENCE} AS bigint INCREMENT BY 7;"
    bodies = {
        "raise": "RAISE 'a trigger fired';",
        "lose": "RETURN NULL;",
        "spoil": 'NEW := pg_catalog.jsonb_populate_record(NEW, \'{"note": "spoiled"}\'); RETURN NEW;',
    }
    for does, body in bodies.items():
        yield (
            f"CREATE FUNCTION {_FUNCTIONS[does]}() RETURNS trigger LANGUAGE plpgsql AS "
            f"{quote_literal(f'BEGIN {body} END')};"
        )


def _create_table(table: RandomTable) -> Iterator[str]:
    parts = [_column(column) for column in table.columns]
    if table.dropped_column:
        parts.insert(0, '"dropped" integer')
    columns = quote_identifiers(table.key_columns)
    if table.key in {KeyKind.PRIMARY, KeyKind.UNIQUE, KeyKind.NULLABLE}:
        parts.append(f"{'PRIMARY KEY' if table.key is KeyKind.PRIMARY else 'UNIQUE'} ({columns})")
    parts += [f"CONSTRAINT {quote_identifier(name)} CHECK {check}" for name, check in table.checks]
    by = ""
    if table.partitioning:
        by = f" PARTITION BY {table.partitioning} ({quote_identifier(table.key_columns[0])})"
    body = ",\n    ".join(parts)
    yield f"CREATE TABLE {table.name} (\n    {body}\n){by};"
    for number, partition in enumerate(table.partitions):
        if table.partitioning is Partitioning.HASH:
            bound = f"FOR VALUES WITH (MODULUS 2, REMAINDER {number})"
        else:
            bound = "DEFAULT" if number else "FOR VALUES FROM (MINVALUE) TO (5)"
        yield f"CREATE TABLE {partition} PARTITION OF {table.name} {bound};"
    if table.dropped_column:
        yield f'ALTER TABLE {table.name} DROP COLUMN "dropped";'
    if table.key is KeyKind.INDEX:
        yield f"CREATE UNIQUE INDEX ON {table.name} ({columns});"


def _column(column: RandomColumn) -> str:
    not_null = " NOT NULL" if column.not_null else ""
    return f"{quote_identifier(column.name)} {column.type}{not_null} {column.clause}".rstrip()


def _insert_rows(table: RandomTable, rows: list[Row]) -> Iterator[str]:
    columns = [column.name for column in table.columns if not column.generated]
    if not rows:
        return
    if not columns:
        yield f"INSERT INTO {table.name} DEFAULT VALUES;\n" * len(rows)
        return
    lines = ",\n".join(
        "("
        + ", ".join("NULL" if row[name] is None else quote_literal(str(row[name])) for name in columns)
        + ")"
        for row in rows
    )
    names = quote_identifiers(tuple(columns))
    yield f"INSERT INTO {table.name} ({names}) OVERRIDING SYSTEM VALUE VALUES\n{lines};"


def _indexes(table: RandomTable) -> Iterator[str]:
    if table.one_root:
        yield (f"CREATE UNIQUE INDEX ON {table.name} ((1)) WHERE {quote_identifier(table.one_root)} IS NULL;")


def _foreign_key(schema: RandomSchema, key: RandomKey) -> str:
    table, referenced = schema.tables[key.table], schema.tables[key.referenced]
    return (
        f"ALTER TABLE {table.name} ADD CONSTRAINT {quote_identifier(key.name)} "
        f"FOREIGN KEY ({quote_identifiers(key.columns)}) "
        f"REFERENCES {referenced.name} ({quote_identifiers(key.referenced_columns)})"
        f"{' MATCH FULL' if key.full else ''}{key.actions}{key.deferral}{key.validity};"
    )


def _bystanders(table: RandomTable) -> Iterator[str]:
    for trigger in table.triggers:
        name = quote_identifier(trigger.name)
        constraint = "CONSTRAINT " if "DEFERRABLE" in trigger.when else ""
        yield (
            f"CREATE {constraint}TRIGGER {name} {trigger.when.format(table=table.name)} "
            f"EXECUTE FUNCTION {_FUNCTIONS[trigger.does]}();"
        )
        yield f"ALTER TABLE {table.name} {trigger.firing} TRIGGER {name};"
    for rule in table.rules:
        name = quote_identifier(rule.name)
        yield f"CREATE RULE {name} AS ON {rule.event} TO {table.name} DO INSTEAD NOTHING;"
        yield f"ALTER TABLE {table.name} {rule.firing} RULE {name};"
    if table.row_security:
        yield f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY;"
        policy = quote_identifier(table.row_security)
        yield f"CREATE POLICY {policy} ON {table.name} AS RESTRICTIVE USING (false);"
        if table.row_security != "quiet":
            yield f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY;"
    if table.privileges:
        yield table.privileges.format(table=table.name) + ";"
    yield f"COMMENT ON TABLE {table.name} IS {quote_literal(table.name.name)};"
