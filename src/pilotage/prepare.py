"""A plan for review: the source read, everything planned, the tables looked at on whose rows it depends.

Joins inspection and planning, consumed by the command line. A migration that is run directly plans for
itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from pilotage.catalog.self_references import read_shapes
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, Session
from pilotage.inspect import Inspection, hold_inspection
from pilotage.model.catalog import Catalog
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Plan
from pilotage.model.review import SelfReferenceShape
from pilotage.plan import make_plan
from pilotage.plan.frame import keys_after_rows
from pilotage.plan.secrets import without_secrets
from pilotage.plan.strategies import tables_to_walk
from pilotage.plan.suggestion import suggest_configuration
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
    catalog, archive = inspection.catalog, inspection.archive
    plan = make_plan(catalog, archive, configuration)
    shapes = await read_shapes_for(plan, catalog, inspection.session)
    if shapes:
        # Few databases have such tables; reading one takes longer than planning again.
        plan = make_plan(catalog, archive, configuration, shapes=shapes)
    return Prepared(inspection=inspection, shapes=shapes, plan=without_secrets(plan))


async def read_shapes_for(
    plan: Plan, catalog: Catalog, session: Session
) -> Mapping[QualifiedName, SelfReferenceShape]:
    """Read how rows reference each other in those tables whose strategy depends on it."""
    if plan.layout is not Layout.SCHEMA_FIRST:
        return {}  # keys come after the rows, which load in any order
    tables = tables_to_walk(
        catalog,
        # Known only with the order of groups: without these keys, tables may stand alone that did not before.
        deferred_keys=keys_after_rows(catalog, plan.layout, plan.order),
        data_format=plan.data_format,
        split_bytes=plan.split_bytes,
    )
    return await read_shapes(session, catalog, tables=tables) if tables else {}


async def prepare_suggestion(
    source: ConnectionParameters, configuration: Configuration, installations: Sequence[Installation]
) -> str:
    """Read the source and return a ``pilotage.toml`` with inferred groups. Nothing is written.

    Raises:
        RefusedError: the source cannot be read.
    """
    async with hold_inspection(source, configuration.scope, installations) as inspection:
        return suggest_configuration(inspection.catalog, inspection.archive, configuration)
