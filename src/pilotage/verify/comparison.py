"""Two catalogs' objects of one kind held against each other, fact by fact.

Consumed by every check of the catalogs; a check only says how its objects are described. Which facts count as
one, though servers print them differently, is decided in :mod:`pilotage.compare.definitions`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.model.verdict import Check, Difference, Outcome

EXISTS = "exists"


class Fact(NamedTuple):
    """A fact that is shown as one thing and compared as another."""

    shown: str
    compared: Hashable


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """An object as a check sees it.

    Attributes:
        kind: PostgreSQL's word for it, shown before the name and compared as a fact.
        name: as SQL names it; unique within a check.
        facts: what must be the same at both ends; a fact that only one end gives is not compared.
        within: the relation or type without which it cannot exist. Where that is missing, the object is
            missing with it, and only the former is a difference.
    """

    kind: str
    name: str
    facts: Mapping[str, str | Fact]
    within: QualifiedName | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def compare_objects(
    source: Catalog,
    target: Catalog,
    *,
    name: str,
    title: str,
    method: str,
    describe: Callable[[Catalog], Iterable[Described]],
    not_checked: Iterable[str] = (),
    incomplete: bool = False,
) -> Check:
    """Compare one kind of object.

    Args:
        source, target: the two ends.
        name, title, method: as in :class:`~pilotage.model.verdict.Check`.
        describe: what there is to compare in a catalog.
        not_checked: what ``describe`` leaves out, each with the reason.
        incomplete: whether that is something the check was meant to compare.
    """
    began = time.perf_counter()
    expected = {described.name: described for described in describe(source)}
    found = {described.name: described for described in describe(target)}
    missing = _absent(expected, found, _holders(target))
    extra = _absent(found, expected, _holders(source))
    common = [described for described in expected.values() if described.name in found]
    differences = [
        *(_existence(described, expected=True) for described in missing),
        *(_existence(described, expected=False) for described in extra),
        *(
            difference
            for described in common
            for difference in _differing_facts(described, found[described.name])
        ),
    ]
    return Check(
        name=name,
        title=title,
        method=method,
        compared=len(missing) + len(extra) + len(common),
        outcome=outcome_of(differences, incomplete=incomplete),
        differences=tuple(sorted(differences, key=lambda difference: difference.object)),
        seconds=time.perf_counter() - began,
        not_checked=tuple(not_checked),
    )


def outcome_of(differences: Sequence[Difference], *, incomplete: bool) -> Outcome:
    """Return the outcome of a check that found these, and had to leave out some of what it is for or not."""
    if differences:
        return Outcome.DIFFERENT
    return Outcome.INCOMPLETE if incomplete else Outcome.EQUAL


def yes_or_no(fact: bool) -> str:
    """Return the fact as people read it."""
    return "yes" if fact else "no"


def _existence(described: Described, *, expected: bool) -> Difference:
    return Difference(
        object=str(described), fact=EXISTS, expected=yes_or_no(expected), found=yes_or_no(not expected)
    )


def _absent(
    there: Mapping[str, Described], elsewhere: Mapping[str, Described], holders: frozenset[QualifiedName]
) -> list[Described]:
    """Return what is not elsewhere, though what it is within is among the holders there."""
    return [
        described
        for name, described in there.items()
        if name not in elsewhere and (described.within is None or described.within in holders)
    ]


def _holders(catalog: Catalog) -> frozenset[QualifiedName]:
    return frozenset(
        (
            *(table.name for table in catalog.tables),
            *(view.name for view in catalog.views),
            *(user_type.name for user_type in catalog.types),
        )
    )


def _differing_facts(expected: Described, found: Described) -> Iterable[Difference]:
    """Compare what both ends say of one object."""
    facts: dict[str, tuple[str | Fact, str | Fact]] = {"kind": (expected.kind, found.kind)}
    facts |= {
        fact: (value, found.facts[fact]) for fact, value in expected.facts.items() if fact in found.facts
    }
    for fact, (of_source, of_target) in facts.items():
        if _compared(of_source) != _compared(of_target):
            yield Difference(
                object=str(expected), fact=fact, expected=_shown(of_source), found=_shown(of_target)
            )


def _compared(fact: str | Fact) -> Hashable:
    return fact.compared if isinstance(fact, Fact) else fact


def _shown(fact: str | Fact) -> str:
    return fact.shown if isinstance(fact, Fact) else fact
