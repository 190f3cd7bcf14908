"""The check of functions, procedures and aggregates; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable
from pilotage.model.catalog import Catalog
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects


def compare_routines(source: Catalog, target: Catalog) -> Check:
    """Compare routines, overloads apart, by kind, owner, language and the digest of their definition."""
    return compare_objects(
        source,
        target,
        name="routines",
        title="Functions and procedures",
        method="kind, owner, language, and the whole definition",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for routine in catalog.routines:
        yield Described(
            kind=routine.kind,
            name=f"{routine.name}({routine.arguments})",
            facts={
                "owner": routine.owner,
                "language": routine.language,
                "definition": Fact(routine.definition_digest, comparable(routine.parsed_definition))
                if routine.parsed_definition
                else routine.definition_digest,
            },
        )
