"""The objects that a file creates, and how a server is asked for each of them.

Consumed by the guards and assertions of schema files, by validation and by rollback. What an object is called
is read from the statement by which pg_dump would drop it, since that names it as SQL reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from pilotage.files.blocks import values_list
from pilotage.files.lookups import lookup, namespace, relation
from pilotage.model.names import QualifiedName, quote_identifier, quote_literal
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    ApplyFix,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Step,
    ValidateForeignKey,
)
from pilotage.model.visible import visible_identifier, visible_name, visible_text


class CreatedObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that one step creates.

    Attributes:
        kind: what it is, in lower case.
        label: its name on one line, for people.
        name: as SQL reads it; with its schema, where it has one of its own.
        catalog: the system catalog that holds it.
        oid: the expression that finds it there; NULL where it does not exist.
        in_schema: whether it lives in a schema, and not on a table or in the database as a whole.
        on: the table that it is on.
    """

    kind: str
    label: str
    name: str
    catalog: str
    oid: str
    in_schema: bool
    on: QualifiedName | None = None

    @property
    def described(self) -> str:
        """Its kind and name, for people."""
        return f"{self.kind} {self.label}"


_RELATIONS = {"table", "foreign table", "view", "materialized view", "sequence", "index"}

# What lives in a schema, by the columns of its catalog that hold its name and its schema.
_IN_SCHEMA = {
    "collation": ("pg_collation", "collname", "collnamespace"),
    "conversion": ("pg_conversion", "conname", "connamespace"),
    "domain": ("pg_type", "typname", "typnamespace"),
    "statistics": ("pg_statistic_ext", "stxname", "stxnamespace"),
    "text search configuration": ("pg_ts_config", "cfgname", "cfgnamespace"),
    "text search dictionary": ("pg_ts_dict", "dictname", "dictnamespace"),
    "text search parser": ("pg_ts_parser", "prsname", "prsnamespace"),
    "text search template": ("pg_ts_template", "tmplname", "tmplnamespace"),
    # Not to_regtype(), for which a shell type is none.
    "type": ("pg_type", "typname", "typnamespace"),
}
_ROUTINES = {"function", "procedure", "aggregate"}
_ON_TABLE = {
    "constraint": ("pg_constraint", "conname", "conrelid"),
    "foreign key": ("pg_constraint", "conname", "conrelid"),
    "trigger": ("pg_trigger", "tgname", "tgrelid"),
    "policy": ("pg_policy", "polname", "polrelid"),
    "rule": ("pg_rewrite", "rulename", "ev_class"),
}
_OF_DATABASE = {
    "schema": ("pg_namespace", "nspname"),
    "extension": ("pg_extension", "extname"),
    "publication": ("pg_publication", "pubname"),
    "subscription": ("pg_subscription", "subname"),
    "event trigger": ("pg_event_trigger", "evtname"),
    "server": ("pg_foreign_server", "srvname"),
    "foreign data wrapper": ("pg_foreign_data_wrapper", "fdwname"),
    "access method": ("pg_am", "amname"),
    "procedural language": ("pg_language", "lanname"),
}


def _any_of(kinds: Iterable[str]) -> str:
    return "|".join(sorted((kind.upper() for kind in kinds), key=len, reverse=True))


_NAME = r'(?:"(?:[^"]|"")+"|[^\s".(),;]+)'
_QUALIFIED = rf"(?P<schema>{_NAME})\.(?P<name>{_NAME})"
_DROPS = tuple(
    re.compile(rf"DROP {pattern};\s*\Z", re.DOTALL)
    for pattern in (
        rf"(?P<kind>{_any_of(_RELATIONS | _IN_SCHEMA.keys())}) {_QUALIFIED}",
        rf"(?P<kind>{_any_of(_ROUTINES)}) {_QUALIFIED}\((?P<arguments>.*)\)",
        rf"(?P<kind>TRIGGER|POLICY|RULE) (?P<name>{_NAME}) ON (?P<schema>{_NAME})\.(?P<table>{_NAME})",
        rf"(?P<kind>{_any_of(_OF_DATABASE)}) (?P<name>{_NAME})",
    )
)


def created_by(step: Step) -> CreatedObject | None:
    """Return the object that a step creates, None where it creates none of a kind that can be looked up."""
    match step:
        case AddConstraint(constraint=name, table=table):
            return _on_table("constraint", name, table)
        case AddForeignKey(constraint=name, table=table):
            return _on_table("foreign key", name, table)
        case BuildIndex(index=index) if step.drop_sql:
            return _in_schema("index", index)
        case RunDdl(drop_sql=drop_sql):
            return _dropped_by(drop_sql)
        case BuildIndex() | LoadTable() | LoadLargeObjects() | SetSequence() | RefreshView() | AnalyzeTable():
            return None
        case ValidateForeignKey() | ApplyFix():
            return None


def created_by_fix(fix: ApplyFix) -> Iterator[CreatedObject]:
    """Yield what a fix creates, which may be several objects."""
    for index in fix.effect.created_indexes:
        yield msgspec.structs.replace(_in_schema("index", index.name), on=index.table)
    for each in fix.effect.policies:
        if each.new:
            yield _on_table("policy", each.policy.name, each.policy.table)


def _dropped_by(drop_sql: str) -> CreatedObject | None:
    found = next((match for pattern in _DROPS if (match := pattern.match(drop_sql))), None)
    if found is None:
        return None
    parts = {key: value for key, value in found.groupdict().items() if value is not None}
    kind, name = parts["kind"].lower(), _unquoted(parts["name"])
    if kind in _OF_DATABASE:
        catalog, column = _OF_DATABASE[kind]
        where = f"{column} = {quote_literal(name)}"
        if kind == "subscription":  # the catalog holds those of all databases
            where += " AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        return CreatedObject(
            kind=kind,
            label=visible_identifier(name),
            name=quote_identifier(name),
            catalog=catalog,
            oid=lookup("oid", catalog, where),
            in_schema=False,
        )
    schema = _unquoted(parts["schema"])
    if "table" in parts:
        return _on_table(kind, name, QualifiedName(schema, _unquoted(parts["table"])))
    if "arguments" in parts:
        return _routine(kind, QualifiedName(schema, name), parts["arguments"])
    return _in_schema(kind, QualifiedName(schema, name))


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _in_schema(kind: str, name: QualifiedName) -> CreatedObject:
    if kind in _RELATIONS:
        catalog, oid = "pg_class", f"{relation(name)}::oid"
    else:
        catalog, name_column, schema_column = _IN_SCHEMA[kind]
        oid = lookup(
            "oid",
            catalog,
            f"{name_column} = {quote_literal(name.name)} AND {schema_column} = {namespace(name.schema)}",
        )
    return CreatedObject(
        kind=kind, label=visible_name(name), name=str(name), catalog=catalog, oid=oid, in_schema=True
    )


def _routine(kind: str, name: QualifiedName, arguments: str) -> CreatedObject:
    # pg_dump names a function by the types of its arguments, a procedure with their modes and names too. Not
    # to_regprocedure(): before PostgreSQL 16 it fails where a type does not exist yet.
    if arguments == "*":
        is_the_one = "pronargs = 0"
    else:
        is_the_one = (
            f"{quote_literal(arguments)} IN (oidvectortypes(proargtypes), "
            "pg_get_function_identity_arguments(oid))"
        )
    where = (
        f"proname = {quote_literal(name.name)} AND pronamespace = {namespace(name.schema)} AND {is_the_one}"
    )
    return CreatedObject(
        kind=kind,
        label=f"{visible_name(name)}({visible_text(arguments)})",
        name=f"{name}({arguments})",
        catalog="pg_proc",
        oid=lookup("oid", "pg_proc", where),
        in_schema=True,
    )


def _on_table(kind: str, name: str, table: QualifiedName) -> CreatedObject:
    catalog, name_column, table_column = _ON_TABLE[kind]
    return CreatedObject(
        kind=kind,
        label=f"{visible_identifier(name)} on {visible_name(table)}",
        name=quote_identifier(name),
        catalog=catalog,
        oid=lookup(
            "oid", catalog, f"{name_column} = {quote_literal(name)} AND {table_column} = {relation(table)}"
        ),
        in_schema=False,
        on=table,
    )


def listed_objects(objects: Iterable[CreatedObject]) -> str:
    """Return objects as a table in FROM: what each is called, and its oid on this server."""
    rows = [(quote_literal(each.described), each.oid) for each in objects]
    return values_list(rows or [_NOTHING[1:]], "label, oid", "listed")


def located_objects(objects: Iterable[tuple[str, CreatedObject]]) -> str:
    """Return objects as a table in FROM, each with the file that creates it and the catalog that holds it."""
    rows = [
        (
            quote_literal(visible_text(file)),
            quote_literal(each.described),
            f"'{each.catalog}'::regclass",
            each.oid,
        )
        for file, each in objects
    ]
    return values_list(
        rows or [(_NOTHING[0], _NOTHING[0], "NULL::regclass", _NOTHING[2])],
        "file, label, catalog, oid",
        "listed",
    )


_NOTHING = ("NULL::text", "NULL::text", "NULL::oid")
