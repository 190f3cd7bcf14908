"""Preflight: what on the target would stop a plan, found before anything is changed.

Consumed by the migration. All problems are reported at once, each with what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from importlib import resources

import msgspec

from pilotage.connection import Session
from pilotage.errors import RefusedError, TargetNotEmptyError
from pilotage.execute.boundary import missing_outside
from pilotage.model.catalog import Catalog, Extension
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.plan import Plan, RunDdl

SHOWN = 20
"""Objects in the way that a message names; the error carries all of them."""


class _Present(msgspec.Struct, frozen=True):
    """Something on the target, as ``present.sql`` describes it; ``schema`` is empty for what has none."""

    kind: str
    schema: str
    name: str
    arguments: str

    @property
    def identity(self) -> str:
        if not self.schema:
            return f"{self.kind} {quote_identifier(self.name)}"
        name = str(QualifiedName(self.schema, self.name))
        return f"{name}({self.arguments})" if self.kind in _ROUTINES else name

    def __str__(self) -> str:
        return f"{self.kind} {self.identity}" if self.schema else self.identity


class _Extension(msgspec.Struct, frozen=True):
    """An extension of the target's, as ``extensions.sql`` describes it."""

    name: str
    schema: str


_ROUTINES = frozenset({"function", "procedure", "aggregate"})

_OF_THE_DATABASE = frozenset(
    {"EVENT TRIGGER", "PUBLICATION", "SUBSCRIPTION", "SERVER", "FOREIGN DATA WRAPPER"}
)
"""Kinds of archive entries whose names have no schema, of those that ``present.sql`` looks for."""


def _query(name: str) -> str:
    return resources.files("pilotage.execute").joinpath("queries", name).read_text(encoding="utf-8")


async def check_target(target: Session, source: Catalog, plan: Plan) -> None:
    """Refuse a target on which the plan's steps could not all be done.

    Raises:
        TargetNotEmptyError: objects of the same names are already there.
        RefusedError: an older server, or roles, extensions or objects outside the scope that are missing.
    """
    ddl = [step for step in plan.steps if isinstance(step, RunDdl)]
    extensions = {step.object for step in ddl if step.kind == "EXTENSION"}
    await _refuse_occupied(
        target,
        _identities(source)
        | {f"{s.kind.lower()} {quote_identifier(s.object)}" for s in ddl if s.kind in _OF_THE_DATABASE},
    )
    problems = [
        *_older_server(target, source),
        *await _unwritable(target, creates_schemas=any(step.kind == "SCHEMA" for step in ddl)),
        *await _missing_roles(target, source),
        *await _unfit_extensions(target, [each for each in source.extensions if each.name in extensions]),
        *await missing_outside(target, source, extensions),
    ]
    if problems:
        raise RefusedError(
            "the target is not ready, and nothing was changed:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
        )


async def _refuse_occupied(target: Session, wanted: Set[str]) -> None:
    present = await target.records(_query("present.sql"), _Present)
    occupied = sorted(str(found) for found in present if found.identity in wanted)
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
    """Return the names that the plan will take, as ``_Present.identity`` writes them."""
    return (
        {str(table.name) for table in source.tables}
        | {str(sequence.name) for sequence in source.sequences}
        | {str(view.name) for view in source.views}
        | {str(index.name) for index in source.indexes}
        | {str(user_type.name) for user_type in source.types}
        | {f"{routine.name}({routine.arguments})" for routine in source.routines}
        # Every database has a public schema from the start; creating into it is what it is for.
        | {f"schema {quote_identifier(schema.name)}" for schema in source.schemas if schema.name != "public"}
    )


def _older_server(target: Session, source: Catalog) -> list[str]:
    major = target.version_num // 10000
    if major >= source.server.major:
        return []
    return [
        f"the target runs PostgreSQL {major} and the source {source.server.major}: going back to an older "
        "major version is not supported; name a target of the source's version or newer"
    ]


async def _unwritable(target: Session, *, creates_schemas: bool) -> list[str]:
    """Return why this session could not write, where the server can say so without a try."""
    if await target.value("SELECT pg_catalog.pg_is_in_recovery()"):
        return ["the target is a standby, which cannot be written; name its primary"]
    if await target.value("SELECT pg_catalog.current_setting('transaction_read_only')") == "on":
        return [
            "transactions are read only there (default_transaction_read_only); set that to off for the "
            "database and the role, or for this run with options=-cdefault_transaction_read_only=off in the "
            "target's DSN"
        ]
    may = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')"
    if creates_schemas and not await target.value(may):
        role, database = (
            quote_identifier(target.parameters.user),
            quote_identifier(target.parameters.database),
        )
        return [
            f"role {role} may not create schemas there; have the database's owner run GRANT CREATE ON "
            f"DATABASE {database} TO {role}, or connect as the owner"
        ]
    return []


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


async def _unfit_extensions(target: Session, wanted: Sequence[Extension]) -> list[str]:
    found = {each.name: each.schema for each in await target.records(_query("extensions.sql"), _Extension)}
    problems = []
    for extension in wanted:
        name = quote_identifier(extension.name)
        schema = found.get(extension.name)
        if schema is None:
            problems.append(
                f"extension {name} (version {extension.version} on the source) is not available there; "
                "install it on the target's server"
            )
        elif schema not in {"", extension.schema}:
            problems.append(
                f"extension {name} is installed there in schema {quote_identifier(schema)}, on the source in "
                f"{quote_identifier(extension.schema)}; drop it, or ALTER EXTENSION {name} SET SCHEMA "
                f"{quote_identifier(extension.schema)}"
            )
    return problems
