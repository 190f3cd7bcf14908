"""How much may happen at once, and what each step counts as.

Chosen by whoever runs a plan, kept by the agenda.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import assert_never

from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    ApplyFix,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Step,
    ValidateForeignKey,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may happen at once.

    Attributes:
        jobs: steps, or batches of small ones, that copy rows or large objects: each needs a connection to
            both servers.
        index_jobs: long index builds, validations of keys, refreshes of views and gatherings of statistics.
            Small ones do not count: they come many at once, on connections that would be idle.
    """

    jobs: int = 4
    index_jobs: int = 4

    @property
    def connections(self) -> int:
        """Connections to the target that can be at work."""
        return self.jobs + self.index_jobs


class Work(StrEnum):
    """What a step counts as, against the limit of the same name."""

    COPY = "jobs"
    BUILD = "index_jobs"


def work_of(step: Step) -> Work | None:
    """Return what a step that is not small counts as; None for what only needs a connection."""
    match step:
        case LoadTable() | LoadLargeObjects():
            return Work.COPY
        case BuildIndex() | AddConstraint() | AddForeignKey() | ValidateForeignKey():
            return Work.BUILD
        case RefreshView() | AnalyzeTable() | ApplyFix():
            return Work.BUILD
        case RunDdl() | SetSequence():
            return None
        case _:
            assert_never(step)


def may_share(step: Step) -> bool:
    """Whether a step may share a transaction with others, where it is small.

    Not: what has settings of its own for its transaction, and definitions of any kind, of which it is not
    known what all they lock.
    """
    match step:
        case BuildIndex() | AddConstraint() | AddForeignKey() | ValidateForeignKey():
            return True
        case LoadTable() | SetSequence() | AnalyzeTable():
            return True
        case RunDdl(kind=kind):
            return kind in {"COMMENT", "SECURITY LABEL"}
        case LoadLargeObjects() | RefreshView() | ApplyFix():
            return False
        case _:
            assert_never(step)
