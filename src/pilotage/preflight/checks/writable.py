"""Whether the target takes writes at all, where the server can say so without a try."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation


async def _look(situation: Situation) -> Sequence[Problem]:
    target = situation.target
    if await target.value("SELECT pg_catalog.pg_is_in_recovery()"):
        return [
            CHECK.stop(
                object="server",
                found="the target is a standby, which cannot be written",
                wanted="a server that is not in recovery",
                remedy="name its primary, or promote it there: SELECT pg_promote();",
            )
        ]
    database = quote_identifier(target.parameters.database)
    # Not transaction_read_only: the transactions in which we look are.
    if await target.text("SELECT pg_catalog.current_setting('default_transaction_read_only')") == "on":
        return [
            CHECK.stop(
                object=f"database {database}",
                found="transactions are read only there (default_transaction_read_only is on)",
                wanted="default_transaction_read_only = off",
                remedy=f"ALTER DATABASE {database} SET default_transaction_read_only = off; -- where the "
                "role has it set, ALTER ROLE; for this run alone, "
                "options=-cdefault_transaction_read_only=off in the target's DSN",
            )
        ]
    return []


CHECK = Check(
    name="writable",
    title="the target takes writes",
    end=End.TARGET,
    before_reading=True,
    look=_look,
)
