"""Two databases' facts held against each other; no server is asked here.

Consumed through :func:`compare_facts`. Which texts count as one, though servers print them differently, is
decided in :mod:`pilotage.compare.definitions`; here it is only said which facts are such texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from pilotage.compare.definitions import (
    comparable,
    comparable_name,
    comparable_unqualified,
    prints_views_alike,
)
from pilotage.compare.limits import not_compared
from pilotage.model.facts import EXISTS, Comparison, Described, Difference, Facts
from pilotage.model.waivers import Waiver

PRINTED = frozenset(
    (
        "query", "definition", "default", "generation expression", "partition key", "partition bound",
        "using", "with check", "where", "arguments", "not null constraint",
    )
)  # fmt: skip
"""Facts that a server prints from a parsed tree. All others are compared as they are."""

QUERY = "query"
"""The fact that older servers print with qualifiers that newer ones leave out."""

ORDER = "order of "
"""Facts that begin so are JSON arrays; the order of what both have is compared, where both have one."""

VERBATIM = ("body", "comment", "labels", "option", "setting", "security label", ORDER)
"""What facts begin with that are a user's own text; in all others, names are compared however quoted."""

DETAIL_OF: Mapping[str, str] = MappingProxyType(
    {
        "configuration tables": "version",
        "final function modifies": "final function",
        "final function takes extra arguments": "final function",
        "generation expression": "generated",
        "MAINTAIN of ": "privileges of ",
        "not null constraint": "not null",
        # a sequence that a column owns has its owner
        "owner": "owned by",
        "moving final function modifies": "moving final function",
        "moving final function takes extra arguments": "moving final function",
        "partition bound": "partition of",
        "reads": "query",
        # what is not enforced is not validated
        "validated": "enforced",
    }
)
"""Facts that are only compared where another is equal, and that other; both by what they begin with."""

ROLE = "role"
"""The kind of objects of which it is no fact that a database names them: what it names them for is one."""

MEMBERSHIPS = "has the privileges of"
"""A role's fact: a JSON array of roles; those count that both databases name, and predefined ones."""

VERSION = ("extension", "version")
"""What each server brings its own of: compared only between servers of one major version."""

INVALID = ("index", "valid")
"""What is ``false`` of an index that pg_dump leaves out: the source may have it alone."""

SECRET = "secret:"  # noqa: S105 - the mark of one
"""What a value begins with that is compared by its hash and never shown."""

Key = tuple[str, str]
"""A kind, and an object's comparable name."""


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
    comparer = _Comparer(source, target)
    differences = sorted(comparer.differences(), key=lambda each: (each.kind, each.object, each.fact))
    waived = [
        next((waiver for waiver in waivers if _covers(waiver, difference)), None)
        for difference in differences
    ]
    return Comparison(
        equal=None not in waived,
        compared=comparer.compared,
        differences=tuple(
            difference if waiver is None else msgspec.structs.replace(difference, waived=waiver.reason)
            for difference, waiver in zip(differences, waived, strict=True)
        ),
        not_compared=(*comparer.remarks, *not_compared(source, target)),
        unused_waivers=tuple(
            waiver.written
            for waiver in waivers
            if not any(_covers(waiver, difference) for difference in differences)
        ),
    )


class _Comparer:
    """Both databases' objects, and what was met that is not held against them."""

    def __init__(self, source: Facts, target: Facts) -> None:
        objects = source.objects.keys() & target.objects.keys()
        additions = source.additions.keys() & target.additions.keys()
        self._expected = _objects(source, objects, additions)
        self._found = _objects(target, objects, additions)
        self._both = self._expected.keys() & self._found.keys()
        self._views_alike = prints_views_alike(source.major, target.major)
        self._versions_alike = source.major == target.major
        self.remarks: list[str] = []

    @property
    def compared(self) -> int:
        """How many objects there are."""
        return len(self._expected.keys() | self._found.keys())

    def differences(self) -> Iterator[Difference]:
        """Yield everything that differs, in no order."""
        yield from self._memberships()
        for key in self._both:
            expected, found = self._expected[key], self._found[key]
            if expected.facts != found.facts:
                yield from self._differing_facts(expected, found)
        for described in _missing(self._expected, self._found):
            if described.facts.get(INVALID[1]) == "false" and described.kind == INVALID[0]:
                self.remarks.append(
                    f"index {described.object}: it is not valid in the source, and pg_dump leaves such out"
                )
            else:
                yield _difference(described, EXISTS, "yes", None)
        for described in _missing(self._found, self._expected):
            yield _difference(described, EXISTS, None, "yes")

    def _differing_facts(self, expected: _Object, found: _Object) -> Iterator[Difference]:
        for fact in sorted(expected.facts.keys() | found.facts.keys()):
            source, target = _values(fact, expected, found)
            if (
                fact == MEMBERSHIPS
                or not self._differ(fact, source, target)
                or self._is_detail(fact, expected, found)
            ):
                continue
            if (expected.kind, fact) == VERSION and not self._versions_alike:
                self.remarks.append(
                    f"version of extension {expected.object}: source has {source}, target {target}; "
                    "each server brings its own"
                )
                continue
            yield _difference(expected, fact, _shown(source), _shown(target))

    def _is_detail(self, fact: str, expected: _Object, found: _Object) -> bool:
        """Whether the fact is part of another that differs."""
        for detail, whole in DETAIL_OF.items():
            if fact.startswith(detail):
                name = whole + fact.removeprefix(detail)
                return self._differ(name, *_values(name, expected, found))
        return False

    def _differ(self, fact: str, source: str | None, target: str | None) -> bool:
        if source is None or target is None:
            return source != target and not fact.startswith(ORDER)
        return source != target and self._comparable(fact, source) != self._comparable(fact, target)

    def _comparable(self, fact: str, value: str) -> object:
        if fact not in PRINTED:
            return value if fact.startswith(VERBATIM) else comparable_name(value)
        return comparable(value) if self._views_alike or fact != QUERY else comparable_unqualified(value)

    def _memberships(self) -> Iterator[Difference]:
        """Compare whose privileges roles have, also those of roles that only one database names."""
        named_by_both = {name for kind, name in self._both if kind == ROLE}
        for key in sorted(key for key in self._expected.keys() | self._found.keys() if key[0] == ROLE):
            source, target = (
                ", ".join(
                    role
                    for role in json.loads(_fact(objects, key, MEMBERSHIPS) or "[]")
                    if comparable_name(role) in named_by_both or role.startswith("pg_")
                )
                for objects in (self._expected, self._found)
            )
            if source != target:
                described = self._expected.get(key) or self._found[key]
                yield _difference(described, MEMBERSHIPS, source or None, target or None)


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


def _fact(objects: Objects, key: Key, fact: str) -> str | None:
    return objects[key].facts.get(fact) if key in objects else None


def _missing(objects: Objects, elsewhere: Objects) -> Iterator[_Object]:
    """Yield what is not elsewhere, though all that it is within is there."""
    there = frozenset(f"{kind} {name}" for kind, name in elsewhere)
    for key, described in objects.items():
        if (
            key not in elsewhere
            and described.kind != ROLE
            and all(comparable_name(holder) in there for holder in described.within)
        ):
            yield described


def _difference(described: _Object, fact: str, source: str | None, target: str | None) -> Difference:
    return Difference(kind=described.kind, object=described.object, fact=fact, source=source, target=target)


def _values(fact: str, expected: _Object, found: _Object) -> tuple[str | None, str | None]:
    """Return the fact on both sides; of an order, that of what both have."""
    source, target = expected.facts.get(fact), found.facts.get(fact)
    if source is not None and target is not None and fact.startswith(ORDER):
        return _common_order(source, target)
    return source, target


def _common_order(source: str, target: str) -> tuple[str, str]:
    """Return what both have, each in its order."""
    one: list[str] = json.loads(source)
    other: list[str] = json.loads(target)
    common = frozenset(one) & frozenset(other)
    return _array(one, common), _array(other, common)


def _array(names: Iterable[str], common: frozenset[str]) -> str:
    return json.dumps([name for name in names if name in common], ensure_ascii=False)


def _shown(value: str | None) -> str | None:
    """Return the value as it may be printed."""
    return "(not shown)" if value is not None and value.startswith(SECRET) else value


def _covers(waiver: Waiver, difference: Difference) -> bool:
    return waiver.covers(difference.kind, difference.object, difference.fact)
