"""A check: one question to one end, or to both; and the situation that it looks at.

Consumed by the files in ``checks/``, one for each, and by the running of them. What is done about the answers
does not belong here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from importlib import resources
from typing import TypeVar

from pilotage.connection import Session
from pilotage.model.catalog import Catalog
from pilotage.model.choices import Allowable
from pilotage.model.orphans import Orphans
from pilotage.model.plan import Plan, RunDdl
from pilotage.model.preflight import Checked, End, NotChecked, Problem, Severity
from pilotage.model.scope import Scope
from pilotage.model.settings import GivenSettings
from pilotage.programs import Installation

T = TypeVar("T")


NOT_READ = "the source has not been read"


class NotLookedAtError(Exception):
    """A check cannot be made here; the message says why. It ends at the running of checks."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a check may look at; what is not there raises :class:`NotLookedAtError` where it is asked for.

    Each session is in a read-only transaction. A check asks only the sessions of its own end, since others
    are at work side by side.

    Attributes:
        at_source, at_target: sessions, of the ends that can be reached and are to be looked at.
        installations: where PostgreSQL's programs are looked for.
        read: the source's catalog, as far as it could be read.
        planned: what would be done.
        looked_for: the source's orphans; None where nobody looked, because of ``nobody_looked_because``.
        allowed: hazards that the user allows.
        jobs: connections to each end that the run would have side by side.
        index_jobs: index builds that it would have side by side.
        given: settings that the user asks for.
        open: connections of ours to each end as long as the checks before reading are made.
        tell: takes a line about progress; must not block.
    """

    at_source: Session | None = None
    at_target: Session | None = None
    installations: tuple[Installation, ...] = ()
    scope: Scope = dataclasses.field(default_factory=Scope)
    read: Catalog | None = None
    planned: Plan | None = None
    looked_for: Orphans | None = None
    nobody_looked_because: str = NOT_READ
    allowed: frozenset[Allowable] = frozenset()
    jobs: int = 1
    index_jobs: int = 1
    given: GivenSettings = dataclasses.field(default_factory=GivenSettings)
    open: int = 1
    tell: Callable[[str], None] = lambda _line: None

    @property
    def source(self) -> Session:
        """The session at the source."""
        return _there(self.at_source, "there is no connection to the source")

    @property
    def target(self) -> Session:
        """The session at the target."""
        return _there(self.at_target, "there is no connection to the target")

    @property
    def catalog(self) -> Catalog:
        """The source's catalog."""
        return _there(self.read, NOT_READ)

    @property
    def plan(self) -> Plan:
        """What would be done."""
        return _there(self.planned, "without reading the source there is no plan")

    @property
    def orphans(self) -> Orphans:
        """The source's rows that reference nothing."""
        return _there(self.looked_for, self.nobody_looked_because)

    @property
    def definitions(self) -> tuple[RunDdl, ...]:
        """The plan's statements for objects other than rows, indexes and keys."""
        return tuple(step for step in self.plan.steps if isinstance(step, RunDdl))

    @property
    def created_extensions(self) -> frozenset[str]:
        """The names of the extensions that the plan creates."""
        return frozenset(step.object for step in self.definitions if step.kind == "EXTENSION")


def _there(what: T | None, otherwise: str) -> T:
    if what is None:
        raise NotLookedAtError(otherwise)
    return what


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question.

    Attributes:
        name: one word or several with hyphens; docs/preflight.md has a section for each.
        title: the sentence that is true where no problem was found.
        as_connected: whether it looks at the target as the user who connected, though another role is to be
            taken on.
        before_reading: whether it needs neither the source's catalog nor a plan, so that it is made before
            the source is read, or beside it.
        of_beginning: whether what a migration brought that is not finished would be a problem to it.
        undisturbed: whether it is made before pg_dump has a connection, since it counts connections.
        look: the question; may raise :class:`NotLookedAtError`. A statement that the server refuses becomes a
            problem of this check.
    """

    name: str
    title: str
    end: End
    before_reading: bool = False
    of_beginning: bool = False
    undisturbed: bool = False
    as_connected: bool = False
    look: Callable[[Situation], Awaitable[Sequence[Problem]]]

    def stop(self, *, object: str, found: str, wanted: str, remedy: str) -> Problem:  # noqa: A002
        """Return a problem that the migration is refused for."""
        return self._problem(Severity.STOP, object, found, wanted, remedy)

    def warning(self, *, object: str, found: str, wanted: str, remedy: str) -> Problem:  # noqa: A002
        """Return a problem that a person should know of."""
        return self._problem(Severity.WARNING, object, found, wanted, remedy)

    def made(self, problems: int, seconds: float) -> Checked:
        """Return that it was made."""
        return Checked(check=self.name, end=self.end, title=self.title, problems=problems, seconds=seconds)

    def not_made(self, reason: str) -> NotChecked:
        """Return that it was not made, and why."""
        return NotChecked(check=self.name, end=self.end, title=self.title, reason=reason)

    def _problem(self, severity: Severity, about: str, found: str, wanted: str, remedy: str) -> Problem:
        return Problem(
            check=self.name,
            severity=severity,
            end=self.end,
            object=about,
            found=found,
            wanted=wanted,
            remedy=remedy,
        )


async def made_elsewhere(_situation: Situation) -> Sequence[Problem]:
    """Stand for the question of a check that is made before there is a situation to look at."""
    raise NotLookedAtError("it is made before the others")


def query(name: str) -> str:
    """Return the text of a query of this room, by the name of its file without ``.sql``."""
    return resources.files("pilotage.preflight").joinpath("queries", f"{name}.sql").read_text("utf-8")
