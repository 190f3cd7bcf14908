"""Functions, and what their bodies may name and set off: rows of the queries about them.

Consumed by :mod:`pilotage.lint.search_path` and the rule ``function_search_path_mutable``.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``function_bodies.sql``.

    Attributes:
        identity: as ``pg_identify_object()`` names it.
        written: as ALTER names it: ``FUNCTION public.f(integer)``.
        is_function: and no procedure or aggregate.
        definer: whether it runs with its owner's rights.
        configured: whether it sets anything while it runs.
        has_path: whether it sets search_path.
        body: in SQL or PL/pgSQL, where it is kept as a text.
        extension: whose member it is.
        depends: whether it is known to name functions or relations, as one whose body was parsed at once.
        types: of its arguments and results.
        tables: whose triggers call it.
    """

    oid: int
    identity: str
    schema: str
    name: str
    written: str
    is_function: bool
    language: str
    definer: bool
    configured: bool
    has_path: bool
    returns_set: bool
    volatile: bool
    strict: bool
    body: str | None
    extension: str | None
    depends: bool
    types: tuple[int, ...]
    tables: tuple[int, ...]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``names_in_bodies.sql``: something that a word may name.

    Attributes:
        kind: ``schema``, ``relation``, ``function``, ``operator``, ``configuration`` (of text search) or
            ``other`` (types and collations); or, of the server's own functions, ``looks up``: those that take
            or give what is looked up, some only as a ``configuration``, some only by their first argument, a
            ``constant``.
        types: of the arguments of a function or an operator.
        shadowed: whether the server has one with the same arguments, which comes first.
    """

    kind: str
    schema: str
    name: str
    oid: int
    types: tuple[int, ...]
    shadowed: bool


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``type_parts.sql``: a type that is not the server's own, or whose values are names.

    Attributes:
        relation: whose rows are of the type; 0 for none.
        names: whether its values are read and printed as names, as those of regclass are.
        parts: the types, not the server's own, of what it holds.
        comes_of_itself: whether values of the server's own types become it without being asked.
    """

    oid: int
    relation: int
    names: bool
    parts: tuple[int, ...]
    comes_of_itself: bool


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``run_by_relations.sql``: what is reached where a relation is read, or only ``written``."""

    relation: int
    target: int
    is_function: bool
    written: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What of a database functions may reach.

    Attributes:
        anywhere: OIDs of functions that run wherever types are used.
    """

    bodies: tuple[Body, ...]
    named: tuple[Named, ...]
    parts: tuple[Parts, ...]
    edges: tuple[Edge, ...]
    anywhere: tuple[int, ...]
