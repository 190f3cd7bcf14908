"""The check of constraints other than foreign keys; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable, without_state
from pilotage.model.catalog import Catalog, Constraint, ConstraintKind
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects, yes_or_no

NOT_NULL_IS_A_CONSTRAINT_SINCE = 18
"""Before, ``pg_constraint`` has no rows for a table's NOT NULL: name and state would be on one side only."""


def compare_constraints(source: Catalog, target: Catalog) -> Check:
    """Compare constraints of tables and domains by definition and validation."""
    both_name_not_null = (
        min(source.server.major, target.server.major) >= NOT_NULL_IS_A_CONSTRAINT_SINCE
        or source.server.major == target.server.major
    )

    def comparables(catalog: Catalog) -> Iterable[Constraint]:
        return (
            constraint
            for constraint in catalog.constraints
            if both_name_not_null or constraint.kind is not ConstraintKind.NOT_NULL
        )

    def describe(catalog: Catalog) -> Iterable[Described]:
        return (_describe(constraint) for constraint in comparables(catalog))

    left_out = sum(
        constraint.kind is ConstraintKind.NOT_NULL
        for catalog in (source, target)
        for constraint in catalog.constraints
    )
    return compare_objects(
        source,
        target,
        name="constraints",
        title="Constraints",
        method="kind, definition as the server prints it, deferrable, validated",
        describe=describe,
        not_checked=[
            f"NOT NULL constraints that differ from a plain NOT NULL ({left_out}): only PostgreSQL "
            f"{NOT_NULL_IS_A_CONSTRAINT_SINCE} and later has them; that columns are NOT NULL is compared"
        ]
        if left_out and not both_name_not_null
        else (),
    )


def _describe(constraint: Constraint) -> Described:
    definition = without_state(constraint.definition)
    return Described(
        kind=constraint.kind
        if constraint.kind is ConstraintKind.TRIGGER
        else f"{constraint.kind} constraint",
        name=f"{quote_identifier(constraint.name)} on {constraint.on}",
        within=constraint.on,
        facts={
            "definition": Fact(definition, comparable(definition)),
            "deferrable": yes_or_no(constraint.deferrable),
            "validated": yes_or_no(constraint.validated),
        },
    )
