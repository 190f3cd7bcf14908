"""The check of extensions, which belong to the database; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects


def compare_extensions(source: Catalog, target: Catalog) -> Check:
    """Compare extensions by name, schema and members.

    An extension migrates by its name, and the target's server has its own version of it. Another version is
    no difference, but it is said; then its members are others, too, and not compared.
    """
    versions = {extension.name: extension.version for extension in target.extensions}
    members = {extension.name: frozenset(extension.members) for extension in target.extensions}
    unlike = {
        extension.name: members[extension.name] ^ frozenset(extension.members)
        for extension in source.extensions
        if versions.get(extension.name) == extension.version
    }
    return compare_objects(
        source,
        target,
        name="extensions",
        title="Extensions",
        method="name, schema and, of the same version, members",
        describe=lambda catalog: _describe(catalog, unlike),
        not_checked=[
            f"version of extension {quote_identifier(extension.name)}, and its members: source has "
            f"{extension.version}, target {versions[extension.name]}; each server brings its own"
            for extension in source.extensions
            if versions.get(extension.name, extension.version) != extension.version
        ],
    )


def _describe(catalog: Catalog, unlike: Mapping[str, frozenset[str]]) -> Iterable[Described]:
    for extension in catalog.extensions:
        facts: dict[str, str | Fact] = {"schema": extension.schema}
        if extension.name in unlike:
            # Of hundreds of members only those are shown that the other end lacks.
            own = [member for member in extension.members if member in unlike[extension.name]]
            facts["members"] = Fact(shown=", ".join(own) or "all the others", compared=tuple(own))
        yield Described(kind="extension", name=quote_identifier(extension.name), facts=facts)
