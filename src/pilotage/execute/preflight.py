"""Preflight: what on the target would stop a plan, found before anything is changed.

Consumed by the migration. All problems are reported at once, each with what to do about it.
"""

from __future__ import annotations

from importlib import resources

import msgspec

from pilotage.connection import Session
from pilotage.errors import RefusedError, TargetNotEmptyError
from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier, quote_literal

SHOWN = 20
"""Objects in the way that a message names; the error carries all of them."""


class _Present(msgspec.Struct, frozen=True):
    """Something on the target, as ``present.sql`` describes it."""

    kind: str
    identity: str


def _query(name: str) -> str:
    return resources.files("pilotage.execute").joinpath("queries", name).read_text(encoding="utf-8")


async def check_target(target: Session, source: Catalog) -> None:
    """Refuse a target on which the source's objects could not be created.

    Raises:
        TargetNotEmptyError: objects of the same names are already there.
        RefusedError: an older server, or roles or extensions that are missing.
    """
    await _refuse_occupied(target, source)
    problems = [
        *_older_server(target, source),
        *await _missing_roles(target, source),
        *await _missing_extensions(target, source),
    ]
    if problems:
        raise RefusedError(
            "the target is not ready, and nothing was changed:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
        )


async def _refuse_occupied(target: Session, source: Catalog) -> None:
    wanted = _identities(source)
    present = await target.records(_query("present.sql"), _Present)
    occupied = sorted(f"{found.kind} {found.identity}" for found in present if found.identity in wanted)
    if occupied:
        more = f"\n  and {len(occupied) - SHOWN} more" if len(occupied) > SHOWN else ""
        raise TargetNotEmptyError(
            f"the target {target.parameters.describe()} is not empty where the migration would write; "
            f"nothing was changed. {len(occupied)} of the source's objects are already there:\n"
            + "\n".join(f"  - {name}" for name in occupied[:SHOWN])
            + more
            + "\nDrop them, leave them out of the scope, or name an empty database as the target.",
            occupied,
        )


def _identities(source: Catalog) -> set[str]:
    """Return the names that the plan will take, as ``present.sql`` writes them."""
    return (
        {str(table.name) for table in source.tables}
        | {str(sequence.name) for sequence in source.sequences}
        | {str(view.name) for view in source.views}
        | {str(index.name) for index in source.indexes}
        | {str(user_type.name) for user_type in source.types}
        | {f"{routine.name}({routine.arguments})" for routine in source.routines}
        # Every database has a public schema from the start; creating into it is what it is for.
        | {quote_identifier(schema.name) for schema in source.schemas if schema.name != "public"}
    )


def _older_server(target: Session, source: Catalog) -> list[str]:
    major = target.version_num // 10000
    if major >= source.server.major:
        return []
    return [
        f"the target runs PostgreSQL {major} and the source {source.server.major}: going back to an older "
        "major version is not supported; name a target of the source's version or newer"
    ]


async def _missing_roles(target: Session, source: Catalog) -> list[str]:
    present = set(await target.value("SELECT pg_catalog.array_agg(rolname::text) FROM pg_catalog.pg_roles"))
    missing = [role for role in source.roles if role not in present]
    if not missing:
        return []
    statements = " ".join(f"CREATE ROLE {quote_identifier(role)};" for role in missing)
    return [
        f"{len(missing)} roles that own or are granted something do not exist there: {', '.join(missing)}; "
        f"create them first: {statements}"
    ]


async def _missing_extensions(target: Session, source: Catalog) -> list[str]:
    available = set(
        await target.value("SELECT pg_catalog.array_agg(name::text) FROM pg_catalog.pg_available_extensions")
        or []
    )
    return [
        f"extension {quote_literal(extension.name)} (version {extension.version} on the source) is not "
        "available there; install it on the target's server"
        for extension in source.extensions
        if extension.name not in available
    ]
