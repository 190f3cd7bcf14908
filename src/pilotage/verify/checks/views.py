"""The check of views and materialized views; consumed by the comparison of catalogs.

A materialized view's rows are counted with those of tables.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable, comparable_unqualified, prints_views_alike
from pilotage.model.catalog import Catalog, View
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects, yes_or_no


def compare_views(source: Catalog, target: Catalog) -> Check:
    """Compare views by definition, options such as ``security_invoker``, owner, and whether filled."""
    alike = prints_views_alike(source.server.major, target.server.major)

    def describe(catalog: Catalog) -> Iterable[Described]:
        return (_describe(view, qualified=alike) for view in catalog.views)

    return compare_objects(
        source,
        target,
        name="views",
        title="Views",
        method="kind, definition as the server prints it, options, owner, populated",
        describe=describe,
        not_checked=()
        if alike or not source.views
        else [
            f"qualifiers of columns in the queries of views ({len(source.views)}): "
            f"PostgreSQL {source.server.major} and {target.server.major} print them differently; "
            "all else in the queries, and the relations that they read, are compared"
        ],
    )


def _describe(view: View, *, qualified: bool) -> Described:
    facts: dict[str, str | Fact] = {
        "owner": view.owner,
        "options": ", ".join(sorted(view.options)) or "none",
        "populated": yes_or_no(view.populated),
    }
    if qualified:
        facts["definition"] = Fact(view.definition, comparable(view.definition))
    else:
        facts["definition"] = Fact(view.definition, comparable_unqualified(view.definition))
        facts["reads"] = ", ".join(str(relation) for relation in view.reads)
    return Described(kind=view.kind, name=str(view.name), facts=facts)
