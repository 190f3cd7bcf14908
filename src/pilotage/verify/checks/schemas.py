"""The check of schemas; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, compare_objects


def compare_schemas(source: Catalog, target: Catalog) -> Check:
    """Compare schemas by name and owner."""
    return compare_objects(
        source, target, name="schemas", title="Schemas", method="name and owner", describe=_describe
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for schema in catalog.schemas:
        yield Described(kind="schema", name=quote_identifier(schema.name), facts={"owner": schema.owner})
