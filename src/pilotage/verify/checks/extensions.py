"""The check of extensions, which belong to the database; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, compare_objects


def compare_extensions(source: Catalog, target: Catalog) -> Check:
    """Compare extensions by name and schema.

    An extension migrates by its name, and the target's server has its own version of it. Another version is
    no difference, but it is said.
    """
    versions = {extension.name: extension.version for extension in target.extensions}
    return compare_objects(
        source,
        target,
        name="extensions",
        title="Extensions",
        method="name and schema",
        describe=_describe,
        not_checked=[
            f"version of extension {quote_identifier(extension.name)}: source has {extension.version}, "
            f"target {versions[extension.name]}; each server brings its own"
            for extension in source.extensions
            if versions.get(extension.name, extension.version) != extension.version
        ],
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for extension in catalog.extensions:
        yield Described(
            kind="extension", name=quote_identifier(extension.name), facts={"schema": extension.schema}
        )
