"""What the role may not read on the source, or not all of; nothing is ever silently less than everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pilotage.catalog.queries import query as catalog_query
from pilotage.catalog.scope import schemas_in_scope
from pilotage.connection import Session
from pilotage.model.catalog import Schema
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.model.scope import Scope
from pilotage.preflight.check import Check, Situation, query


class _Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``access.sql``."""

    kind: str
    name: QualifiedName
    schema_open: bool
    granted: bool
    rows_hidden: bool


class _LargeObjects(msgspec.Struct, frozen=True, kw_only=True):
    """The row of ``large_object_access.sql``."""

    number: int
    example: int


async def _look(situation: Situation) -> Sequence[Problem]:
    source = situation.source
    role = quote_identifier(str(await source.text("SELECT current_user::text")))
    relations = await source.records(query("access"), _Relation, await schemas_of(source, situation.scope))
    return [
        *_closed_schemas(relations, role),
        *_relations(relations, role),
        # As with pg_dump, large objects stay behind where schemas are named.
        *([] if situation.scope.include else await _large_objects(source, role)),
    ]


async def schemas_of(source: Session, scope: Scope) -> list[str]:
    """Return the names of the schemas in scope."""
    existing = await source.records(catalog_query("schemas", source.version_num // 10000), Schema)
    return [schema.name for schema in schemas_in_scope(scope, existing, source.parameters.database)]


def _closed_schemas(relations: Sequence[_Relation], role: str) -> Iterator[Problem]:
    for schema in dict.fromkeys(each.name.schema for each in relations if not each.schema_open):
        yield CHECK.stop(
            object=f"schema {quote_identifier(schema)}",
            found=f"role {role} may not look into it",
            wanted="the privilege USAGE on it",
            remedy=f"GRANT USAGE ON SCHEMA {quote_identifier(schema)} TO {role};",
        )


def _relations(relations: Sequence[_Relation], role: str) -> Iterator[Problem]:
    for each in relations:
        about = f"{each.kind} {each.name}"
        if not each.granted:
            kind = "SEQUENCE " if each.kind == "sequence" else ""
            yield CHECK.stop(
                object=about,
                found=f"role {role} may not read it",
                wanted="the privilege SELECT on it",
                remedy=f"GRANT SELECT ON {kind}{each.name} TO {role};",
            )
        elif each.rows_hidden:
            yield CHECK.stop(
                object=about,
                found=f"row level security may hide rows of it from role {role}",
                wanted="a role that sees every row, so that nothing is left behind unnoticed",
                remedy=f"ALTER ROLE {role} BYPASSRLS; -- as a superuser; or connect as one, or as the "
                "table's owner where row security is not forced upon owners",
            )


async def _large_objects(source: Session, role: str) -> list[Problem]:
    (unreadable,) = await source.records(query("large_object_access"), _LargeObjects)
    if not unreadable.number:
        return []
    return [
        CHECK.stop(
            object=f"{unreadable.number:,} large objects",
            found=f"role {role} may not read them, {unreadable.example} for one",
            wanted="the privilege SELECT on each",
            remedy=f"GRANT SELECT ON LARGE OBJECT {unreadable.example} TO {role}; -- and so for each; or "
            "connect as a superuser, or name schemas with --schema, which leaves large objects behind",
        )
    ]


CHECK = Check(
    name="privileges",
    title="the role may read everything in scope, every row of it",
    end=End.SOURCE,
    before_reading=True,
    look=_look,
)
