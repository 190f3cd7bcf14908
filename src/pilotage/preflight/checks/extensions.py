"""Extensions that the target cannot have, has elsewhere, or has in another version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pilotage.model.catalog import Extension
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query


class _Extension(msgspec.Struct, frozen=True):
    """An extension of the target's, as ``extensions.sql`` describes it."""

    name: str
    schema: str
    version: str
    default_version: str
    versions: tuple[str, ...]


async def _look(situation: Situation) -> Sequence[Problem]:
    found = {each.name: each for each in await situation.target.records(query("extensions"), _Extension)}
    wanted = [each for each in situation.catalog.extensions if each.name in situation.created_extensions]
    problems = [problem for each in wanted for problem in _problems(each, found.get(each.name))]
    return problems + await _without_schema(situation, wanted)


async def _without_schema(situation: Situation, wanted: Sequence[Extension]) -> list[Problem]:
    """Return the extensions whose schema nobody creates."""
    created = {step.object for step in situation.definitions if step.kind == "SCHEMA"}
    there = await situation.target.value(
        "SELECT pg_catalog.array_agg(nspname::text) FROM pg_catalog.pg_namespace"
    )
    return [
        CHECK.stop(
            object=f"extension {quote_identifier(each.name)}",
            found=f"lives in schema {schema}, which is outside the scope and not there",
            wanted="the schema on the target, or in the scope",
            remedy=f"take its schema along, or, on the target: CREATE SCHEMA {schema};",
        )
        for each in wanted
        if each.schema not in created and each.schema not in there
        for schema in [quote_identifier(each.schema)]
    ]


def _problems(wanted: Extension, found: _Extension | None) -> Iterator[Problem]:
    name, schema = quote_identifier(wanted.name), quote_identifier(wanted.schema)
    about = f"extension {name}"
    if found is None:
        yield CHECK.stop(
            object=about,
            found=f"is not available there (version {wanted.version} on the source)",
            wanted="its files on the target's server",
            remedy=f"install the package that brings {wanted.name} on the target's server; on a managed "
            "service, enable it there or take its schemas out of the scope",
        )
        return
    if found.schema not in {"", wanted.schema}:
        yield CHECK.stop(
            object=about,
            found=f"is installed there in schema {quote_identifier(found.schema)}, on the source in {schema}",
            wanted=f"schema {schema}",
            remedy=f"ALTER EXTENSION {name} SET SCHEMA {schema}; -- or DROP EXTENSION {name};",
        )
    version = found.version or found.default_version
    if version == wanted.version:
        return
    # Versions have no order that PostgreSQL defines, so which of the two is older is not ours to say.
    has = f"is installed there as {version}" if found.version else f"would be created there as {version}"
    if wanted.version not in found.versions:
        remedy = (
            f"install {wanted.name} {wanted.version} on the target's server, or accept {version} there; or "
            f"on the source, as far as it offers that: ALTER EXTENSION {name} UPDATE TO "
            f"{quote_literal(version)};"
        )
    elif found.version:
        remedy = f"ALTER EXTENSION {name} UPDATE TO {quote_literal(wanted.version)};"
    elif wanted.schema not in {"public", "pg_catalog"}:
        # Creating it first would need its schema, which would then be in the migration's way.
        remedy = (
            f"after the migration: ALTER EXTENSION {name} UPDATE TO {quote_literal(wanted.version)}; or "
            f"before it, on the source: ALTER EXTENSION {name} UPDATE TO {quote_literal(version)};"
        )
    else:
        remedy = f"CREATE EXTENSION {name} SCHEMA {schema} VERSION {quote_literal(wanted.version)};"
    yield CHECK.warning(
        object=about,
        found=f"{has}, on the source as {wanted.version}",
        wanted="the same version, so that what it defines and writes is the same",
        remedy=remedy,
    )


CHECK = Check(
    name="extensions",
    title="every extension is available on the target, in the same schema and version",
    end=End.TARGET,
    look=_look,
)
