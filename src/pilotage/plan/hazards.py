"""Hazards of a plan: those of loads, and which of all must be allowed and are not.

Consumed by the building of a plan, and by whoever is about to run one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pilotage.model.choices import Allowable
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Hazard, HazardKind
from pilotage.model.review import LoadStrategy


def hazards_of_load(table: QualifiedName, strategy: LoadStrategy, reason: str) -> tuple[Hazard, ...]:
    """Return what a person must allow before a table is loaded by a strategy."""
    if strategy is not LoadStrategy.DROP_AND_RESTORE:
        return ()
    return (
        Hazard(
            kind=HazardKind.DROPS_CONSTRAINT,
            object=str(table),
            message=f"foreign keys are dropped, and added and checked again after the rows: {reason}",
            must_allow=True,
        ),
    )


def to_be_allowed(hazards: Iterable[Hazard], allowed: Collection[Allowable]) -> tuple[Hazard, ...]:
    """Return the hazards for which a run is refused, since they must be allowed and are not."""
    return tuple(hazard for hazard in hazards if hazard.must_allow and hazard.kind.allowed_by not in allowed)
