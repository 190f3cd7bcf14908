"""Whether the target's database can hold the source's text."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation


async def _look(situation: Situation) -> Sequence[Problem]:
    source = situation.plan.source.encoding
    target = str(
        await situation.target.value(
            "SELECT pg_catalog.pg_encoding_to_char(encoding) FROM pg_catalog.pg_database "
            "WHERE datname = pg_catalog.current_database()"
        )
    )
    if target == source or (target == "UTF8" and source != "SQL_ASCII"):
        return []
    why = (
        "nobody ever checked what bytes are in the source's text; the load stops at the first that is no "
        f"{target}"
        if source == "SQL_ASCII"
        else f"the load stops at the first character that {target} does not have"
    )
    if target == "SQL_ASCII":
        why = "the target will not know where a character ends, nor which one it is"
    database = quote_identifier(situation.target.parameters.database)
    return [
        CHECK.warning(
            object=f"database {database}",
            found=f"has encoding {target}, the source {source}: {why}",
            wanted=f"encoding {source}" + ("" if source in {"UTF8", "SQL_ASCII"} else ", or UTF8"),
            remedy=f"CREATE DATABASE {database} TEMPLATE template0 ENCODING '{source}'; "
            "-- instead of this one",
        )
    ]


CHECK = Check(
    name="encoding",
    title="the target's encoding can hold the source's text",
    end=End.TARGET,
    look=_look,
)
