"""Catalog records for tests, built from few words; consumed by unit tests that need no server.

Every function fills in what its test does not care about. Nothing here is random or reads anything.
"""

from __future__ import annotations

from collections.abc import Sequence as Several

from pilotage.model.catalog import (
    Catalog,
    Column,
    Constraint,
    ConstraintKind,
    Extension,
    ExtensionTable,
    FiringState,
    ForeignKey,
    Generated,
    Identity,
    Index,
    MatchType,
    Policy,
    Routine,
    RoutineKind,
    Schema,
    Sequence,
    Server,
    Table,
    TableKind,
    Trigger,
    View,
    ViewKind,
)
from pilotage.model.fixes import ChosenFix, Effect, Mended, NewIndex
from pilotage.model.large_objects import LargeObjects
from pilotage.model.names import QualifiedName, quote_identifiers


def named(name: str | QualifiedName) -> QualifiedName:
    """``hotels`` is in ``public``; ``auth.users`` in ``auth``. Names with dots need a QualifiedName."""
    if isinstance(name, QualifiedName):
        return name
    schema, dot, rest = name.partition(".")
    return QualifiedName(schema, rest) if dot else QualifiedName("public", name)


def server(*, version: str = "18.1", version_num: int = 180001, database: str = "hotel") -> Server:
    return Server(
        version=version,
        version_num=version_num,
        database=database,
        encoding="UTF8",
        collation="C.UTF-8",
        database_bytes=25_000_000,
    )


def column(
    name: str,
    type: str = "bigint",  # noqa: A002 - the record's own word
    *,
    not_null: bool = False,
    has_default: bool = False,
    generated: Generated = Generated.NO,
    identity: Identity = Identity.NONE,
    text_only_because: str = "",
) -> Column:
    return Column(
        name=name,
        type=type,
        not_null=not_null,
        has_default=has_default,
        generated=generated,
        identity=identity,
        text_only_because=text_only_because,
    )


def table(
    name: str | QualifiedName,
    *,
    rows: int | None = 0,
    bytes: int | None = None,  # noqa: A002 - the record's own word
    index_bytes: int | None = None,
    kind: TableKind = TableKind.TABLE,
    owner: str = "postgres",
    columns: tuple[Column, ...] | None = None,
    partition_of: str | QualifiedName | None = None,
    inherits: Several[str | QualifiedName] = (),
    row_security: bool = False,
    force_row_security: bool = False,
    persistence: str = "permanent",
) -> Table:
    """A table; sizes that are not given follow from the rows."""
    pages = 1 + (rows or 0) // 50
    return Table(
        name=named(name),
        kind=kind,
        owner=owner,
        persistence=persistence,
        partition_of=None if partition_of is None else named(partition_of),
        inherits=tuple(map(named, inherits)),
        row_security=row_security,
        force_row_security=force_row_security,
        columns=columns if columns is not None else (column("id", not_null=True), column("note", "text")),
        rows=rows,
        bytes=8192 * pages if bytes is None else bytes,
        index_bytes=8192 * (1 + pages // 4) if index_bytes is None else index_bytes,
    )


def foreign_key(
    referencing: str | QualifiedName,
    referenced: str | QualifiedName,
    *,
    columns: tuple[str, ...] | None = None,
    referenced_columns: tuple[str, ...] = ("id",),
    name: str | None = None,
    nullable: bool = True,
    match: MatchType = MatchType.SIMPLE,
    on_update: str = "no action",
    on_delete: str = "no action",
    deferrable: bool = False,
    initially_deferred: bool = False,
    validated: bool = True,
    enforced: bool = True,
    indexed: bool = True,
) -> ForeignKey:
    """A foreign key; its column is named for the referenced table unless ``columns`` are given."""
    table_name, referenced_name = named(referencing), named(referenced)
    columns = columns or (f"{referenced_name.name}_id",)
    return ForeignKey(
        name=name or f"{table_name.name}_{'_'.join(columns)}_fkey",
        table=table_name,
        columns=columns,
        referenced=referenced_name,
        referenced_columns=referenced_columns,
        nullable_columns=columns if nullable else (),
        match=match,
        on_update=on_update,
        on_delete=on_delete,
        deferrable=deferrable,
        initially_deferred=initially_deferred,
        validated=validated,
        enforced=enforced,
        indexed=indexed,
        definition=(
            f"FOREIGN KEY ({quote_identifiers(columns)})"
            f" REFERENCES {referenced_name}({quote_identifiers(referenced_columns)})"
        ),
    )


def constraint(
    on: str | QualifiedName,
    name: str,
    *,
    kind: ConstraintKind = ConstraintKind.PRIMARY_KEY,
    columns: tuple[str, ...] = ("id",),
    deferrable: bool = False,
    validated: bool = True,
    definition: str = "PRIMARY KEY (id)",
) -> Constraint:
    return Constraint(
        name=name,
        on=named(on),
        kind=kind,
        columns=columns,
        deferrable=deferrable,
        validated=validated,
        definition=definition,
    )


def index(
    on: str | QualifiedName,
    name: str,
    *,
    method: str = "btree",
    unique: bool = False,
    primary: bool = False,
    valid: bool = True,
    columns: tuple[str | None, ...] = ("id",),
    expression_columns: tuple[str, ...] = (),
    partial: bool = False,
    exclusion: bool = False,
    immediate: bool = True,
    nulls_distinct: bool = True,
    bytes: int = 8192,  # noqa: A002 - the record's own word
) -> Index:
    table_name = named(on)
    index_name = QualifiedName(table_name.schema, name)
    return Index(
        name=index_name,
        table=table_name,
        method=method,
        unique=unique,
        primary=primary,
        valid=valid,
        columns=columns,
        expression_columns=expression_columns,
        partial=partial,
        exclusion=exclusion,
        immediate=immediate,
        nulls_distinct=nulls_distinct,
        bytes=bytes,
        definition=f"CREATE INDEX ON {table_name} USING {method} (id)",
    )


def sequence(
    name: str | QualifiedName,
    *,
    owned_by: tuple[str | QualifiedName, str] | None = None,
    last_value: int = 1,
    is_called: bool = False,
    data_type: str = "bigint",
    maximum: int = 9_223_372_036_854_775_807,
) -> Sequence:
    return Sequence(
        name=named(name),
        owner="postgres",
        owned_by=None if owned_by is None else (named(owned_by[0]), owned_by[1]),
        data_type=data_type,
        start=1,
        increment=1,
        minimum=1,
        maximum=maximum,
        cache=1,
        cycles=False,
        last_value=last_value,
        is_called=is_called,
    )


def view(
    name: str | QualifiedName,
    *,
    reads: Several[str | QualifiedName] = (),
    kind: ViewKind = ViewKind.VIEW,
    options: tuple[str, ...] = (),
    populated: bool = True,
    rows: int | None = None,
    definition: str = " SELECT 1;",
) -> View:
    return View(
        name=named(name),
        kind=kind,
        owner="postgres",
        options=options,
        populated=populated,
        rows=rows,
        bytes=8192 if kind is ViewKind.MATERIALIZED else 0,
        reads=tuple(map(named, reads)),
        definition=definition,
    )


def routine(
    name: str | QualifiedName,
    *,
    arguments: str = "",
    kind: RoutineKind = RoutineKind.FUNCTION,
    language: str = "plpgsql",
) -> Routine:
    return Routine(
        name=named(name),
        arguments=arguments,
        kind=kind,
        owner="postgres",
        language=language,
        definition_digest="0" * 64,
    )


def trigger(
    on: str | QualifiedName, name: str, *, firing: FiringState = FiringState.ORIGIN, definition: str = ""
) -> Trigger:
    return Trigger(name=name, table=named(on), firing=firing, definition=definition)


def policy(
    on: str | QualifiedName,
    name: str,
    *,
    command: str = "all",
    permissive: bool = True,
    roles: tuple[str, ...] = ("public",),
    using: str | None = "true",
    with_check: str | None = None,
) -> Policy:
    return Policy(
        name=name,
        table=named(on),
        command=command,
        permissive=permissive,
        roles=roles,
        using=using,
        with_check=with_check,
    )


def extension(name: str, version: str = "1.0", schema: str = "public") -> Extension:
    return Extension(name=name, version=version, schema=schema)


def extension_table(
    name: str, extension: str = "lookup", *, condition: str = "", references: Several[str] = ()
) -> ExtensionTable:
    return ExtensionTable(
        extension=extension,
        condition=condition,
        table=table(name),
        references=tuple(map(named, references)),
        readable=True,
    )


def large_objects(first: int, last: int, number: int = 1, *, unreadable: int = 0) -> LargeObjects:
    return LargeObjects(
        first=first, last=last, number=number, bytes=8192, unreadable=unreadable, owners=("postgres",)
    )


def catalog(
    tables: Several[Table | str] = (),
    foreign_keys: Several[ForeignKey] = (),
    *,
    source: Server | None = None,
    extensions: Several[Extension] = (),
    constraints: Several[Constraint] = (),
    indexes: Several[Index] = (),
    sequences: Several[Sequence] = (),
    views: Several[View] = (),
    routines: Several[Routine] = (),
    triggers: Several[Trigger] = (),
    policies: Several[Policy] = (),
    roles: tuple[str, ...] = ("postgres",),
    large_objects: Several[LargeObjects] = (),
    extension_tables: Several[ExtensionTable] = (),
) -> Catalog:
    """A catalog, sorted as a real one is, of the schemas of its tables; a bare name is an empty table."""
    records = [table(each) if isinstance(each, str) else each for each in tables]
    schemas = sorted({each.name.schema for each in records} or {"public"})
    return Catalog(
        server=source or server(),
        scope=tuple(schemas),
        schemas=tuple(Schema(name=schema, owner="postgres") for schema in schemas),
        extensions=tuple(sorted(extensions, key=lambda each: each.name)),
        types=(),
        tables=tuple(sorted(records, key=lambda each: each.name)),
        foreign_keys=tuple(sorted(foreign_keys, key=lambda each: (each.table, each.name))),
        constraints=tuple(sorted(constraints, key=lambda each: (each.on, each.name))),
        indexes=tuple(sorted(indexes, key=lambda each: each.name)),
        sequences=tuple(sorted(sequences, key=lambda each: each.name)),
        views=tuple(sorted(views, key=lambda each: each.name)),
        routines=tuple(sorted(routines, key=lambda each: (each.name, each.arguments))),
        triggers=tuple(sorted(triggers, key=lambda each: (each.table, each.name))),
        rules=(),
        policies=tuple(sorted(policies, key=lambda each: (each.table, each.name))),
        event_triggers=(),
        roles=roles,
        large_objects=tuple(large_objects),
        extension_tables=tuple(sorted(extension_tables, key=lambda each: each.table.name)),
    )


HOSTILE = "a|`b`\n</script>\x1b[2J"
"""A legal name that tries to break tables, code spans, lines, HTML and terminals."""


def harbour() -> Catalog:
    """A small database with one of everything that a report must show.

    Diamonds, a self-reference of two keys, a cycle, partitions, two schemas, a key that leaves the scope, a
    table that stands apart, and a hostile name.
    """
    return catalog(
        tables=(
            table("ports", rows=12),
            table("ships", rows=340, row_security=True),
            table("crew", rows=5_100, row_security=True),
            table("voyages", rows=0, kind=TableKind.PARTITIONED, bytes=0, index_bytes=0),
            table("voyages_2024", rows=20_000, partition_of="voyages"),
            table("voyages_2025", rows=1_234_567, partition_of="voyages"),
            table("logbook", rows=88_000, persistence="unlogged"),
            table("tariff.rates", rows=7),
            table("tariff.zones", rows=3),
            table("notes", rows=1),
            table(QualifiedName("public", HOSTILE), rows=2),
        ),
        foreign_keys=(
            foreign_key("ships", "ports", columns=("home",)),
            foreign_key("crew", "ships", on_delete="cascade"),
            foreign_key("crew", "crew", columns=("officer_id",), indexed=False),
            foreign_key("crew", "crew", columns=("ship", "mate"), referenced_columns=("ship", "id")),
            foreign_key("voyages", "ports", columns=("origin",)),
            foreign_key("voyages", "ports", columns=("destination",), indexed=False),
            foreign_key("voyages", "ships"),
            foreign_key("logbook", "voyages"),
            foreign_key("logbook", "crew"),
            foreign_key("tariff.rates", "tariff.zones"),
            foreign_key("tariff.zones", "tariff.rates", validated=False),
            foreign_key("tariff.zones", "ports"),
            foreign_key("ports", "geo.places"),
            foreign_key(QualifiedName("public", HOSTILE), "ports", columns=("x\ny",)),
        ),
        extensions=(extension("vector", "0.8.1"),),
        constraints=tuple(
            constraint(each, f"{each}_pkey") for each in ("ports", "ships", "crew", "voyages", "notes")
        ),
        indexes=(index("ports", "ports_pkey", primary=True), index("crew", "crew_broken", valid=False)),
        sequences=(
            sequence("ports_id_seq", owned_by=("ports", "id"), last_value=12, is_called=True),
            sequence("small_seq", data_type="smallint", maximum=32_767, last_value=30_000, is_called=True),
        ),
        views=(
            view("open_voyages", reads=("voyages",), options=("security_invoker=true",)),
            view("traffic", kind=ViewKind.MATERIALIZED, reads=("voyages", "ports"), rows=12),
        ),
        routines=(routine("touch"), routine("distance", arguments="a point, b point", language="sql")),
        triggers=(
            trigger("ships", "touch_ships"),
            trigger("crew", "audit", firing=FiringState.ALWAYS),
        ),
        policies=(
            policy("ships", "tenant"),
            policy("ships", "not_sunk", permissive=False),
            policy("notes", "own"),
        ),
        roles=("postgres", "web"),
    )


def index_fix(table: str | QualifiedName, *columns: str) -> ChosenFix:
    """A fix that creates an index ``idx_<table>_fk`` on columns of a table, by default on ``id``."""
    of = named(table)
    new = NewIndex(name=QualifiedName(of.schema, f"idx_{of.name}_fk"), table=of, columns=columns or ("id",))
    return ChosenFix(
        kind="table",
        name=of,
        findings=(
            Mended(
                rule="unindexed_foreign_keys", object=f"table {of}", detail=f"{of} has a key without an index"
            ),
        ),
        proof="",
        statements=(new.sql,),
        reverse=(new.drop_sql,),
        effect=Effect(indexes=(new,)),
    )
