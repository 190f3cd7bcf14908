"""A target alone, where a plan's SQL files are to run: looked at without the source, which may be long gone.

Consumed by applying. What needs the source's catalog uses the one beside the files; without it, those checks
are not made.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection

from pilotage.connection import ConnectionParameters, Session
from pilotage.model.catalog import Catalog
from pilotage.model.choices import Allowable
from pilotage.model.plan import Plan
from pilotage.model.preflight import End, Preflight
from pilotage.preflight.check import Situation
from pilotage.preflight.checks import ALL, occupied
from pilotage.preflight.reaching import try_end
from pilotage.preflight.report import NotReadyError, report_of
from pilotage.preflight.running import run_checks


async def ensure_session(target: ConnectionParameters) -> None:
    """Refuse a target that cannot be reached, or only through a pooler that lends sessions to transactions.

    Must come before anything is set there.

    Raises:
        NotReadyError: it is one of these.
        ConnectionLostError: a connection broke.
    """
    async with contextlib.AsyncExitStack() as stack:
        _, answers = await try_end(target, End.TARGET, stack, stack)
    found = report_of(answers, source="", target=target.describe())
    if found.stops:
        raise NotReadyError(found)


async def look_at_target(
    session: Session, plan: Plan, catalog: Catalog | None, *, begun: bool, allowed: Collection[Allowable] = ()
) -> Preflight:
    """Return what stands in the way of a plan's SQL files on a target.

    Args:
        session: outside of any transaction.
        catalog: of the source that the plan was made from, where it is at hand.
        begun: whether some of the files have run there, so that their objects are in nobody's way.
        allowed: hazards that the user allows.

    Raises:
        ConnectionLostError: the connection broke.
    """
    checks = [check for check in ALL if check.end is End.TARGET and not (begun and check is occupied.CHECK)]
    situation = Situation(at_target=session, read=catalog, planned=plan, allowed=frozenset(allowed))
    found = await run_checks(situation, checks)
    return report_of(found, source="", target=session.parameters.describe())
