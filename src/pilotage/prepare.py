"""A plan for review: the source read, its hard tables looked at, everything planned.

Joins inspection and planning, consumed by the command line. A migration that is run directly plans for
itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from pilotage.catalog.self_references import read_shapes
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters
from pilotage.inspect import Inspection, hold_inspection
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Plan
from pilotage.model.review import SelfReferenceShape
from pilotage.plan import make_plan
from pilotage.plan.strategies import tables_to_walk
from pilotage.programs import Installation


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A plan and what it was made from.

    Attributes:
        shapes: of the tables whose strategy depends on their rows.
    """

    inspection: Inspection
    shapes: Mapping[QualifiedName, SelfReferenceShape]
    plan: Plan


async def prepare_plan(
    source: ConnectionParameters, configuration: Configuration, installations: Sequence[Installation]
) -> Prepared:
    """Read the source and plan its migration for review. Nothing is written.

    Raises:
        RefusedError: the source cannot be read.
        UsageError: the configuration does not fit it.
    """
    async with hold_inspection(source, configuration.scope, installations) as inspection:
        return await prepare_in(inspection, configuration)


async def prepare_in(inspection: Inspection, configuration: Configuration) -> Prepared:
    """Plan from an inspection that is still held."""
    shapes = await read_shapes(
        inspection.session,
        inspection.catalog,
        tables=tables_to_walk(
            inspection.catalog,
            # Which keys come after the rows is known only with the plan: a table too many may be read.
            deferred_keys=frozenset(),
            data_format=configuration.data_format,
            split_bytes=configuration.split_bytes,
        ),
    )
    plan = make_plan(inspection.catalog, inspection.archive, configuration, shapes=shapes)
    return Prepared(inspection=inspection, shapes=shapes, plan=plan)
