"""Facts: what a database's catalogs say, object by object, and where two databases differ.

Made by :mod:`pilotage.compare`, consumed by verification and reports. A fact is text; its object is named as
PostgreSQL's ``pg_identify_object()`` names it.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

COMPARISON_FORMAT = 1
"""Version of the JSON form of a comparison."""

EXISTS = "exists"
"""The fact that an object is there: ``yes``, or not there to be said of."""


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of one object, as one query gives them.

    Attributes:
        kind: PostgreSQL's word for it: ``table``, ``table column``, ``operator family``…
        object: as SQL names it, unique within the kind.
        within: objects, with their kinds, of which each must be there for this one to be: a column's table.
        facts: values by the facts' names; a fact that does not hold of the object is left out.
    """

    kind: str
    object: str
    within: tuple[str, ...]
    facts: Mapping[str, str]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All facts of one database.

    Attributes:
        major: the server's version.
        whole: whether what belongs to no schema was read too.
        objects: what is there, by the query that found it.
        additions: what is said of objects that others describe, by query: comments, privileges…
        not_read: why a query was not run, or refused, by query.
        unknown_catalogs: those of the server that this version of pilotage does not know.
    """

    major: int
    whole: bool
    objects: Mapping[str, tuple[Described, ...]]
    additions: Mapping[str, tuple[Described, ...]]
    not_read: Mapping[str, str]
    unknown_catalogs: tuple[str, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that is not the same in both databases.

    Attributes:
        fact: its name; ``exists`` where only one has the object.
        source, target: the values; None where the fact is not there.
        waived: the reason for which the user accepts it; None where it counts.
    """

    kind: str
    object: str
    fact: str
    source: str | None
    target: str | None
    waived: str | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two databases compared.

    Attributes:
        equal: whether no difference counts.
        compared: how many objects were held against each other.
        not_compared: what nothing here speaks about, each with the reason.
        unused_waivers: those that no difference needed, as the configuration writes them.
        fixes: how many fixes of a plan the target is expected to have, which the source has not.
    """

    format: int = COMPARISON_FORMAT
    equal: bool
    compared: int
    differences: tuple[Difference, ...]
    not_compared: tuple[str, ...]
    unused_waivers: tuple[str, ...] = ()
    fixes: int = 0
