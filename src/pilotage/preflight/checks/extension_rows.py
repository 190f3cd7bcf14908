"""Rows in extensions' own tables on the target, where the migration would bring the source's."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.names import quote_literal
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation


async def _look(situation: Situation) -> Sequence[Problem]:
    problems = []
    for each in situation.catalog.extension_tables:
        name = each.table.name
        there = f"SELECT pg_catalog.to_regclass({quote_literal(str(name))}) IS NOT NULL"
        # Where the extension is not there yet, its tables are not either.
        if not each.readable or not await situation.target.value(there):
            continue
        rows = f"FROM ONLY {name} {each.condition}".rstrip()
        number = await situation.target.value(f"SELECT count(*) {rows}")
        if number:
            problems.append(
                CHECK.stop(
                    object=f"rows of {name}",
                    found=f"{number:,} that users of extension {each.extension} wrote are there",
                    wanted="none, because the migration brings the source's",
                    remedy=f"DELETE {rows}; -- or name an empty database",
                )
            )
    return problems


CHECK = Check(
    name="extension-rows",
    title="extensions' own tables on the target hold nothing that users wrote",
    end=End.TARGET,
    of_beginning=True,
    look=_look,
)
