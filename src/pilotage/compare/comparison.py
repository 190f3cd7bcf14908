"""Two databases' facts held against each other; no server is asked here.

Consumed through :func:`compare_facts`. Which texts count as one, though servers print them differently, is
decided in :mod:`pilotage.compare.definitions`; here it is only said which facts are such texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from pilotage.compare.catalogs import LEFT_OUT, NEVER_COMPARED, NEWEST_KNOWN
from pilotage.compare.definitions import (
    comparable,
    comparable_name,
    comparable_unqualified,
    prints_views_alike,
)
from pilotage.model.facts import EXISTS, Comparison, Described, Difference, Facts
from pilotage.model.waivers import Waiver

Key = tuple[str, str]
"""A kind, and an object's comparable name."""

PRINTED = frozenset(
    (
        "query", "definition", "default", "generation expression", "partition key", "partition bound",
        "using", "with check", "where", "arguments", "not null constraint",
    )
)  # fmt: skip
"""Facts that a server prints from a parsed tree. All others are compared as they are."""

ORDER = "order of "
"""Facts that begin so are JSON arrays; the order of what both have is compared, and no more."""

VERBATIM = ("body", "comment", "labels", "option", "setting", "security label", ORDER)
"""What facts begin with that are a user's own text; in all others, names are compared however quoted."""

QUERY = "query"
"""The fact that older servers print with qualifiers that newer ones leave out."""

DETAIL_OF: Mapping[str, str] = MappingProxyType({"not null constraint": "not null"})
"""Facts that are only compared where both have them: that one has is another fact already."""

MEMBERSHIPS = "has the privileges of"
"""A role's fact: a JSON array of roles; of these count those that both databases name, and predefined ones."""

ROLE = "role"
"""The kind of objects of which it is no fact that a database names them: what it names them for is one."""

SECRET = "secret:"  # noqa: S105 - the mark of one
"""What a value begins with that is compared by its hash and never shown."""


class _Object:
    """An object with all that queries say of it."""

    __slots__ = ("facts", "kind", "object", "within")

    def __init__(self, described: Described) -> None:
        self.kind = described.kind
        self.object = described.object
        self.within: tuple[str, ...] = described.within
        self.facts: dict[str, str] = dict(described.facts)

    def add(self, described: Described) -> None:
        self.within += described.within
        self.facts.update(described.facts)


Objects = dict[Key, _Object]


def compare_facts(source: Facts, target: Facts, waivers: Sequence[Waiver] = ()) -> Comparison:
    """Compare two databases.

    Queries that only one of the servers could answer are left out and named. The first waiver that covers a
    difference gives the reason for which it does not count.
    """
    objects = source.objects.keys() & target.objects.keys()
    additions = source.additions.keys() & target.additions.keys()
    expected = _objects(source, objects, additions)
    found = _objects(target, objects, additions)
    views_alike = prints_views_alike(source.major, target.major)
    differences = sorted(
        _differences(expected, found, views_alike=views_alike),
        key=lambda each: (each.kind, each.object, each.fact),
    )
    waived = [
        next((each for each in waivers if _covers(each, difference)), None) for difference in differences
    ]
    return Comparison(
        equal=None not in waived,
        compared=len(expected.keys() | found.keys()),
        differences=tuple(
            difference if waiver is None else msgspec.structs.replace(difference, waived=waiver.reason)
            for difference, waiver in zip(differences, waived, strict=True)
        ),
        not_compared=tuple(_not_compared(source, target, {*objects, *additions}, views_alike=views_alike)),
        unused_waivers=tuple(
            waiver.written
            for waiver in waivers
            if not any(_covers(waiver, difference) for difference in differences)
        ),
    )


def _covers(waiver: Waiver, difference: Difference) -> bool:
    return waiver.covers(difference.kind, difference.object, difference.fact)


def _objects(facts: Facts, objects: Iterable[str], additions: Iterable[str]) -> Objects:
    """Join what queries say of the same objects; additions to what nothing describes are no facts."""
    found: Objects = {}
    for name in objects:
        for described in facts.objects[name]:
            key = (described.kind, comparable_name(described.object))
            known = found.get(key)
            if known is None:
                found[key] = _Object(described)
            else:
                known.add(described)
    for name in additions:
        for described in facts.additions[name]:
            known = found.get((described.kind, comparable_name(described.object)))
            if known is not None:
                known.add(described)
    return found


def _differences(expected: Objects, found: Objects, *, views_alike: bool) -> Iterator[Difference]:
    there = _names(expected), _names(found)
    roles = frozenset(name for kind, name in expected.keys() & found.keys() if kind == ROLE)
    for name in sorted(name for kind, name in expected.keys() | found.keys() if kind == ROLE):
        yield from _membership(expected.get((ROLE, name)), found.get((ROLE, name)), roles)
    for key, described in expected.items():
        other = found.get(key)
        if other is not None:
            yield from _differing_facts(described, other, views_alike=views_alike)
        elif described.kind == ROLE:
            continue
        elif _has_all(described.within, there[1]):
            yield Difference(
                kind=described.kind, object=described.object, fact=EXISTS, source="yes", target=None
            )
    for key, described in found.items():
        if key not in expected and described.kind != ROLE and _has_all(described.within, there[0]):
            yield Difference(
                kind=described.kind, object=described.object, fact=EXISTS, source=None, target="yes"
            )


def _names(objects: Objects) -> frozenset[str]:
    """Return the names of those that others may be within."""
    return frozenset(f"{kind} {name}" for kind, name in objects if not kind.endswith("column"))


def _has_all(holders: Iterable[str], there: frozenset[str]) -> bool:
    return all(comparable_name(holder) in there for holder in holders)


def _differing_facts(expected: _Object, found: _Object, *, views_alike: bool) -> Iterator[Difference]:
    for fact in sorted(expected.facts.keys() | found.facts.keys()):
        source, target = expected.facts.get(fact), found.facts.get(fact)
        if source == target or fact == MEMBERSHIPS or _is_detail(fact, expected, found):
            continue
        if source is not None and target is not None:
            if fact.startswith(ORDER):
                source, target = _common_order(source, target)
            if _comparable(fact, source, views_alike) == _comparable(fact, target, views_alike):
                continue
        yield Difference(
            kind=expected.kind,
            object=expected.object,
            fact=fact,
            source=_shown(source),
            target=_shown(target),
        )


def _membership(
    expected: _Object | None, found: _Object | None, roles: frozenset[str]
) -> Iterator[Difference]:
    """Compare whose privileges a role has, also where only one database names the role."""
    either = expected or found
    assert either is not None  # noqa: S101 - for the type checker: the name is of one of both
    source, target = (
        ", ".join(
            name
            for name in json.loads(role.facts.get(MEMBERSHIPS, "[]") if role else "[]")
            if comparable_name(name) in roles or name.startswith("pg_")
        )
        for role in (expected, found)
    )
    if source != target:
        yield Difference(
            kind=ROLE, object=either.object, fact=MEMBERSHIPS, source=source or None, target=target or None
        )


def _is_detail(fact: str, expected: _Object, found: _Object) -> bool:
    whole = DETAIL_OF.get(fact)
    return whole is not None and expected.facts.get(whole) != found.facts.get(whole)


def _comparable(fact: str, value: str, views_alike: bool) -> object:
    if fact not in PRINTED:
        return value if fact.startswith(VERBATIM) else comparable_name(value)
    return comparable(value) if views_alike or fact != QUERY else comparable_unqualified(value)


def _common_order(source: str, target: str) -> tuple[str, str]:
    """Return what both have, each in its order."""
    one: list[str] = json.loads(source)
    other: list[str] = json.loads(target)
    common = frozenset(one) & frozenset(other)
    return tuple(  # type: ignore[return-value]
        json.dumps([name for name in names if name in common], ensure_ascii=False) for names in (one, other)
    )


def _shown(value: str | None) -> str | None:
    """Return the value as it may be printed."""
    return "(not shown)" if value is not None and value.startswith(SECRET) else value


def _not_compared(source: Facts, target: Facts, queries: set[str], *, views_alike: bool) -> Iterator[str]:
    for facts in (source, target):
        for name, reason in facts.not_read.items():
            yield f"{_words(name)}: {reason}"
    one_sided = sorted(
        {*source.objects, *source.additions, *target.objects, *target.additions}
        - queries
        - source.not_read.keys()
        - target.not_read.keys()
    )
    for name in one_sided:
        older, newer = sorted((source.major, target.major))
        yield f"{_words(name)}: PostgreSQL {newer} has that, and {older} does not"
    if not views_alike:
        yield (
            "qualifiers of columns and relations in the queries of views: PostgreSQL 15 prints some that "
            "later versions leave out; which relations a view reads is compared beside"
        )
    for catalog in sorted({*source.unknown_catalogs, *target.unknown_catalogs}):
        yield f"{catalog}: a catalog that this version of pilotage does not know"
    newest = max(source.major, target.major)
    if newest > NEWEST_KNOWN:
        yield f"what PostgreSQL {newest} has added to the catalogs of {NEWEST_KNOWN}: this pilotage is older"
    for catalog, what in LEFT_OUT.items():
        yield f"{catalog}: {what}"
    yield from NEVER_COMPARED


def _words(name: str) -> str:
    return name.replace("_", " ")
