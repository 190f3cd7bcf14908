"""A plan for review: the source read, everything planned, the tables looked at on whose rows it depends.

Joins inspection, the linter's rules and planning, consumed by the command line. A migration that is run
directly plans for itself.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections.abc import Collection, Mapping, Sequence

import msgspec

from pilotage.catalog.self_references import read_shapes
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import PilotageError, RefusedError, first_error
from pilotage.inspect import Inspection, hold_inspection
from pilotage.lint import lint_database
from pilotage.lint.for_migration import choose_fixes, try_fixes
from pilotage.lint.proving import prove_fixes
from pilotage.lint.rule import Rule
from pilotage.model.catalog import Catalog
from pilotage.model.choices import Layout
from pilotage.model.fixes import ChosenFix, LeftFix
from pilotage.model.lint import Linting
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Plan
from pilotage.model.review import SelfReferenceShape
from pilotage.plan import make_plan
from pilotage.plan.effects import is_unchanged
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


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """What a plan takes in of the fixes of what rules have found, and what it does not, with the reasons."""

    taken: tuple[ChosenFix, ...] = ()
    left: tuple[LeftFix, ...] = ()


async def prepare_plan(
    source: ConnectionParameters,
    configuration: Configuration,
    installations: Sequence[Installation],
    fixes: Fixes | None = None,
) -> Prepared:
    """Read the source and plan its migration for review. Nothing is written.

    Args:
        source: the database.
        configuration: of the plan.
        installations: where pg_dump is looked for.
        fixes: what is to be mended, as :func:`prepare_fixes` gives it.

    Raises:
        RefusedError: the source cannot be read.
        UsageError: the configuration does not fit it.
    """
    async with hold_inspection(source, configuration.scope, installations) as inspection:
        return await prepare_in(inspection, configuration, fixes)


async def prepare_in(
    inspection: Inspection, configuration: Configuration, fixes: Fixes | None = None
) -> Prepared:
    """Plan from an inspection that is still held."""
    fixes = fixes or Fixes()
    catalog, archive = inspection.catalog, inspection.archive
    _ensure_fixes_fit(fixes.taken, catalog)
    planned = functools.partial(
        make_plan, catalog, archive, configuration, fixes=fixes.taken, left_fixes=fixes.left
    )
    plan = planned()
    shapes = await read_shapes_for(plan, catalog, inspection.session)
    if shapes:
        # Few databases have such tables; reading one takes longer than planning again.
        plan = planned(shapes=shapes)
    return Prepared(inspection=inspection, shapes=shapes, plan=without_secrets(plan))


def _ensure_fixes_fit(fixes: Sequence[ChosenFix], catalog: Catalog) -> None:
    """Refuse fixes of what was changed after they were chosen.

    Raises:
        RefusedError: what they change is not what it was.
    """
    for fix in fixes:
        if not is_unchanged(catalog, fix.effect):
            raise RefusedError(
                f"{fix.kind} {fix.name} of the source was changed while fixes for "
                f"{', '.join(fix.rules)} were chosen; plan again when nobody changes the structure"
            )


async def lint_source(
    source: ConnectionParameters, configuration: Configuration, rules: Sequence[Rule]
) -> Linting:
    """Hold the source against rules, in a READ ONLY transaction.

    Raises:
        RefusedError: the source cannot be read.
        UsageError: the scope names schemas that it does not have.
        ConnectionLostError: the connection broke.
    """
    async with connect(source) as session:
        return await lint_database(session, configuration.scope, rules, waivers=configuration.rule_waivers)


async def prepare_beside_lint(
    source: ConnectionParameters,
    configuration: Configuration,
    installations: Sequence[Installation],
    rules: Sequence[Rule],
) -> tuple[Prepared, Linting | PilotageError | None]:
    """Plan, and hold the source against rules meanwhile, while pg_dump runs.

    Args:
        source: the database.
        configuration: of the plan.
        installations: where pg_dump is looked for.
        rules: may be none.

    Returns:
        The plan; and what the rules found, or why they could not be asked, which fails no plan. None without
        rules.

    Raises:
        RefusedError, UsageError: as :func:`prepare_plan`.
    """

    async def lint() -> Linting | PilotageError | None:
        try:
            return await lint_source(source, configuration, rules) if rules else None
        except PilotageError as error:
            return error

    try:
        async with asyncio.TaskGroup() as both:
            linting = both.create_task(lint())
            prepared = both.create_task(prepare_plan(source, configuration, installations))
    except ExceptionGroup as group:
        raise first_error(group) from group
    return prepared.result(), linting.result()


async def prepare_fixes(
    source: ConnectionParameters, configuration: Configuration, linting: Linting, rules: Collection[str]
) -> Fixes:
    """Return what mends the findings of these rules within a migration.

    Some are tried on the source, in transactions that are rolled back: for a moment, tables whose policies
    change are locked against everybody else.

    Args:
        source: the database.
        configuration: identities under which roles ask are taken from it.
        linting: what was found there.
        rules: names of rules.

    Raises:
        RefusedError: the source cannot be reached.
        ConnectionLostError: the connection broke.
    """
    wanted = msgspec.structs.replace(
        linting, findings=tuple(finding for finding in linting.findings if finding.name in rules)
    )
    proved = await prove_fixes(source, wanted, configuration.identities, combining=True)
    chosen, left = choose_fixes(proved)
    tried, refused = await try_fixes(source, chosen)
    return Fixes(taken=tried, left=(*left, *refused))


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
