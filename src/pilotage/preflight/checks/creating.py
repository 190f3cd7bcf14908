"""Whether this role may create what the plan creates: schemas, and objects in schemas that are there."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query


class _Closed(msgspec.Struct, frozen=True):
    """A row of ``schema_creators.sql``."""

    role: str
    schema: str


_MAY_CREATE = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')"
_SESSION_MAY_CREATE = (
    "SELECT pg_catalog.has_database_privilege(session_user, pg_catalog.current_database(), 'CREATE')"
)


async def _look(situation: Situation) -> Sequence[Problem]:
    myself = str(await situation.target.text("SELECT current_user::text"))
    return [*await _no_schemas(situation, myself), *await _no_objects(situation, myself)]


async def _no_schemas(situation: Situation, myself: str) -> list[Problem]:
    target = situation.target
    if await target.value(_MAY_CREATE):
        return []
    if not any(step.kind == "SCHEMA" for step in situation.definitions):
        # The record of what is done may belong to the user who connected.
        if await target.value(_SESSION_MAY_CREATE):
            return []
        return [_no_record(situation, myself)]
    role, database = quote_identifier(myself), quote_identifier(target.parameters.database)
    return [
        CHECK.stop(
            object=f"database {database}",
            found=f"role {role} may not create schemas there",
            wanted="the privilege CREATE on the database",
            remedy=f"GRANT CREATE ON DATABASE {database} TO {role}; -- as the database's owner",
        )
    ]


def _no_record(situation: Situation, myself: str) -> Problem:
    role, database = quote_identifier(myself), quote_identifier(situation.target.parameters.database)
    return CHECK.stop(
        object=f"database {database}",
        found=f"role {role} may not create schemas there, and what is done is recorded in one, until all is",
        wanted="the privilege CREATE on the database",
        remedy=f"GRANT CREATE ON DATABASE {database} TO {role}; -- as the database's owner",
    )


async def _no_objects(situation: Situation, myself: str) -> list[Problem]:
    schemas = sorted(_schemas_with_objects(situation.catalog))
    closed = await situation.target.records(
        query("schema_creators"), _Closed, [myself] * len(schemas), schemas
    )
    role = quote_identifier(myself)
    return [
        CHECK.stop(
            object=f"schema {quote_identifier(each.schema)}",
            found=f"role {role} may not create anything in it",
            wanted="the privilege CREATE on it",
            remedy=f"GRANT CREATE ON SCHEMA {quote_identifier(each.schema)} TO {role}; "
            "-- as the schema's owner",
        )
        for each in closed
    ]


def _schemas_with_objects(catalog: Catalog) -> set[str]:
    names = {table.name for table in catalog.tables}
    names |= {sequence.name for sequence in catalog.sequences}
    names |= {view.name for view in catalog.views}
    names |= {routine.name for routine in catalog.routines}
    names |= {user_type.name for user_type in catalog.types}
    return {name.schema for name in names}


CHECK = Check(
    name="creating",
    title="the role may create schemas, and objects in those that are there, as the plan does",
    end=End.TARGET,
    look=_look,
)
