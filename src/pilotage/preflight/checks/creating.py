"""Whether this role may create schemas on the target, where the plan does."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation


async def _look(situation: Situation) -> Sequence[Problem]:
    target = situation.target
    may = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')"
    if not any(step.kind == "SCHEMA" for step in situation.definitions) or await target.value(may):
        return []
    role = quote_identifier(str(await target.value("SELECT current_user::text")))
    database = quote_identifier(target.parameters.database)
    return [
        CHECK.stop(
            object=f"database {database}",
            found=f"role {role} may not create schemas there",
            wanted="the privilege CREATE on the database",
            remedy=f"GRANT CREATE ON DATABASE {database} TO {role}; -- as the database's owner",
        )
    ]


CHECK = Check(
    name="creating",
    title="the role may create what the plan creates directly in the database",
    end=End.TARGET,
    look=_look,
)
