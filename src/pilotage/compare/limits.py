"""What a comparison does not speak about, in sentences.

Consumed by :mod:`pilotage.compare.comparison`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.compare.catalogs import LEFT_OUT, NEVER_COMPARED, NEWEST_KNOWN
from pilotage.compare.definitions import prints_views_alike
from pilotage.model.facts import Facts

VIEWS_UNLIKE = (
    "qualifiers of columns and relations in the queries of views: PostgreSQL 15 prints some that later "
    "versions leave out; which relations a view reads is compared beside"
)

ALWAYS = (*(f"{catalog}: {what}" for catalog, what in LEFT_OUT.items()), *NEVER_COMPARED)
"""What is left out of every comparison."""


def not_compared(source: Facts, target: Facts) -> Iterator[str]:
    """Yield what these two databases' comparison leaves out, with the reasons."""
    older, newer = sorted((source.major, target.major))
    refused = dict(source.not_read) | dict(target.not_read)
    for name, reason in refused.items():
        yield f"{_words(name)}: {reason}"
    for name in sorted(_queries(source) ^ _queries(target)):
        if name not in refused:
            yield f"{_words(name)}: PostgreSQL {newer} has that, and {older} does not"
    if not prints_views_alike(source.major, target.major):
        yield VIEWS_UNLIKE
    for catalog in sorted({*source.unknown_catalogs, *target.unknown_catalogs}):
        yield f"{catalog}: a catalog that this version of pilotage does not know"
    if newer > NEWEST_KNOWN:
        yield f"what PostgreSQL {newer} has added to the catalogs of {NEWEST_KNOWN}: this pilotage is older"
    if not (source.whole and target.whole):
        yield (
            "what belongs to the database and to no schema, such as extensions, event triggers, "
            "publications, settings and roles: schemas were named"
        )
    yield from ALWAYS


def _queries(facts: Facts) -> frozenset[str]:
    return frozenset({*facts.objects, *facts.additions})


def _words(name: str) -> str:
    """Return a query's name as people read it."""
    return name.replace("_", " ")
