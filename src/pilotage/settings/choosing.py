"""Choosing a run's settings: servers and machine are asked, and every setting is tried on its server.

Consumed by the runner, once a run, and by preflight.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from typing import Protocol

import msgspec

from pilotage.catalog.queries import Queries
from pilotage.connection import Session
from pilotage.errors import ServerError, UsageError
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.plan import BuildIndex, Plan
from pilotage.model.preflight import End
from pilotage.model.run import ChosenSetting
from pilotage.model.settings import GivenSettings, SessionSettings
from pilotage.settings.choice import NAMES, Circumstances, ServerFacts, choose
from pilotage.settings.machine import machine_of
from pilotage.settings.vector_builds import VectorIndex

_QUERIES = Queries(resources.files("pilotage.settings") / "queries")


class HowMuchAtOnce(Protocol):
    """The limits of a run that count here."""

    @property
    def jobs(self) -> int:
        """Connections side by side."""

    @property
    def index_jobs(self) -> int:
        """Index builds side by side."""


async def choose_settings(
    source: Session, target: Session, plan: Plan, limits: HowMuchAtOnce, given: GivenSettings
) -> SessionSettings:
    """Return what the sessions of a run are to be set to; nothing stays set here.

    Args:
        source, target: sessions of either end; one in a transaction stays in it, with its snapshot.
        given: what the user asks for; it stands in the place of what would be chosen.

    Raises:
        UsageError: a server does not know a setting that the user asks for, or does not take it.
    """
    at_source = await _ask(source, given.of(End.SOURCE))
    at_target = await _ask(target, given.of(End.TARGET))
    chosen = choose(
        Circumstances(
            plan=plan,
            jobs=max(1, limits.jobs),
            index_jobs=max(1, limits.index_jobs),
            given=given,
            target=at_target,
            target_version=target.version_num,
            machine=machine_of(at_target.pid),
            vector_indexes=await _vector_indexes(source, plan),
            source_by_socket=source.parameters.is_socket,
            target_by_socket=target.parameters.is_socket,
        )
    )
    taken = (
        *await _taken(source, at_source, chosen.of(End.SOURCE), role=""),
        *await _taken(target, at_target, chosen.of(End.TARGET), role=plan.roles.role),
    )
    return msgspec.structs.replace(chosen, settings=taken)


def builds_vector_indexes(plan: Plan) -> bool:
    """Tell whether the plan builds an index of pgvector."""
    return any(isinstance(step, BuildIndex) and step.method in {"hnsw", "ivfflat"} for step in plan.steps)


async def _vector_indexes(source: Session, plan: Plan) -> tuple[VectorIndex, ...]:
    if not builds_vector_indexes(plan):
        return ()
    query = _QUERIES.text("vector_indexes", source.version_num // 10000)
    return await source.records(query, VectorIndex, list(plan.scope))


async def _ask(session: Session, given: Iterable[str]) -> ServerFacts:
    query = _QUERIES.text("server", session.version_num // 10000)
    return (await session.records(query, ServerFacts, [*NAMES, *given]))[0]


async def _taken(
    session: Session, server: ServerFacts, settings: Iterable[ChosenSetting], *, role: str
) -> tuple[ChosenSetting, ...]:
    """Return those settings that the server knows and takes from the role.

    Raises:
        UsageError: it does not take one that the user asks for.
    """
    wanted = tuple(settings)
    for setting in wanted:
        # Not left to the trial: a name with a dot in it is taken from anybody.
        if setting.given and setting.name not in server.known:
            raise UsageError(
                f"--set-{setting.end}: {session.parameters.describe()} knows no setting named "
                f"{setting.name}, and nothing was changed; psql lists what it knows with \\dconfig *"
            )
    wanted = tuple(setting for setting in wanted if setting.name in server.known)
    try:
        # One round trip where all goes well.
        await _try(session, wanted, role)
    except ServerError:
        return tuple([setting for setting in wanted if await _takes(session, setting, role)])
    return wanted


async def _takes(session: Session, setting: ChosenSetting, role: str) -> bool:
    try:
        await _try(session, [setting], role)
    except ServerError as error:
        if setting.given:
            raise UsageError(
                f"--set-{setting.end}: {session.parameters.describe()} does not take "
                f"{setting.name}={setting.value}: {error}. Nothing was changed; give another value, or "
                "leave it out"
            ) from error
        return False
    return True


async def _try(session: Session, settings: Iterable[ChosenSetting], role: str) -> None:
    """Make settings and take them back, in the middle of the caller's transaction or in one of our own."""
    begin, undo = (
        (
            "SAVEPOINT pilotage_settings",
            "ROLLBACK TO SAVEPOINT pilotage_settings; RELEASE SAVEPOINT pilotage_settings",
        )
        if session.in_transaction
        else ("BEGIN", "ROLLBACK")
    )
    taking_on = f"SET LOCAL ROLE {quote_identifier(role)};\n" if role else ""
    try:
        await session.run(f"{begin};\n{taking_on}{''.join(map(_set, settings))}{undo};")
    except ServerError:
        await session.run(undo)
        raise


def _set(setting: ChosenSetting) -> str:
    return f"SET LOCAL {quote_identifier(setting.name)} TO {quote_literal(setting.value)};\n"
