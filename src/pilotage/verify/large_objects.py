"""Large objects compared, each with its content: both ends walked by OID, a batch at a time.

Consumed by verification, which hands in a session in a transaction for each end. What a database holds of
these may be millions, so nothing of them is kept but the differences.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from pilotage.catalog.large_objects import LAST_OID, large_objects_between, read_batches, read_digests
from pilotage.connection import Session
from pilotage.errors import first_error
from pilotage.model.large_objects import LargeObject, Privilege
from pilotage.model.roles import RoleChoices
from pilotage.model.verdict import Check, Difference, Outcome
from pilotage.plan.large_objects import as_chosen

NAME = "large-objects"
TITLE = "Large objects"
METHOD = "SHA-256 of each content, owner, privileges, comment and security labels"

NAMED = 100
"""Differences that are told by name; of more only the number is."""

_End = dict[int, tuple[LargeObject, str | None]]
"""By OID: what is there, and the digest of its content where it may be read."""


async def compare_large_objects(source: Session, target: Session, roles: RoleChoices | None = None) -> Check:
    """Compare every large object: content, owner, privileges in force, comment and security labels.

    Args:
        source, target: each inside a transaction.
        roles: what was chosen about owners and privileges: what was waived is no difference.

    Raises:
        ServerError: a server refused.
        ConnectionLostError: a connection broke.
    """
    began = time.perf_counter()
    comparison = _Comparison(roles or RoleChoices())
    lasts = [batch.last for batch in await read_batches(source)]
    # From where one batch of the source ends to where the next does; the last takes all that is behind it.
    for first, last in zip([1, *(last + 1 for last in lasts)], [*lasts[:-1], LAST_OID], strict=False):
        try:
            async with asyncio.TaskGroup() as both:
                expected = both.create_task(_read(source, first, last))
                found = both.create_task(_read(target, first, last))
        except ExceptionGroup as group:
            raise first_error(group) from group
        comparison.add(expected.result(), found.result())
    return comparison.check(time.perf_counter() - began)


async def _read(session: Session, first: int, last: int) -> _End:
    end: _End = {}
    async for objects in large_objects_between(session, first, last):
        digests = await read_digests(session, objects)
        end |= {each.oid: (each, digests.get(each.oid)) for each in objects}
    return end


class _Comparison:
    """Takes batches, and keeps what differs."""

    def __init__(self, roles: RoleChoices) -> None:
        self._roles = roles
        self._compared = 0
        self._unread = 0
        self._differing = 0
        self._differences: list[Difference] = []

    def add(self, expected: _End, found: _End) -> None:
        """Compare what both ends hold in one range of OIDs."""
        for oid in sorted(expected.keys() | found.keys()):
            self._compared += 1
            for difference in self._of_one(oid, expected, found):
                self._differing += 1
                if self._differing <= NAMED:
                    self._differences.append(difference)

    def _of_one(self, oid: int, expected: _End, found: _End) -> Iterator[Difference]:
        name = f"large object {oid}"
        if oid not in expected or oid not in found:
            there = ("no", "yes") if oid in found else ("yes", "no")
            yield Difference(object=name, fact="exists", expected=there[0], found=there[1])
            return
        (source, source_digest), (target, target_digest) = expected[oid], found[oid]
        if source_digest is None or target_digest is None:
            self._unread += 1
        elif source_digest != target_digest:
            yield Difference(
                object=name,
                fact="content",
                expected=_content(source, source_digest),
                found=_content(target, target_digest),
            )
        target_facts = dict(self._facts(target, RoleChoices(owners=self._roles.owners)))
        for fact, value in self._facts(source, self._roles):
            if value != target_facts[fact]:
                yield Difference(object=name, fact=fact, expected=value, found=target_facts[fact])

    def _facts(self, each: LargeObject, choices: RoleChoices) -> Iterator[tuple[str, str]]:
        chosen = as_chosen(each, choices)
        if self._roles.owners:
            yield "owner", chosen.owner
        if self._roles.privileges:
            yield "privileges", ", ".join(sorted(map(_privilege, chosen.privileges))) or "none"
        yield "comment", each.comment or "none"
        yield (
            "security labels",
            ", ".join(f"{given.provider}: {given.label}" for given in each.labels) or "none",
        )

    def check(self, seconds: float) -> Check:
        """Return what came of it."""
        differences = list(self._differences)
        if self._differing > NAMED:
            more = self._differing - NAMED
            differences.append(
                Difference(
                    object="large objects", fact="further differences", expected="0", found=f"{more:,}"
                )
            )
        outcome = Outcome.INCOMPLETE if self._unread else Outcome.EQUAL
        return Check(
            name=NAME,
            title=TITLE,
            method=METHOD,
            compared=self._compared,
            outcome=Outcome.DIFFERENT if differences else outcome,
            differences=tuple(differences),
            seconds=seconds,
            not_checked=(
                (f"contents of {self._unread:,} large objects: one of the roles may not read them",)
                if self._unread
                else ()
            ),
        )


def _content(each: LargeObject, digest: str) -> str:
    return f"{each.bytes:,} bytes, {digest[:16]}…"


def _privilege(given: Privilege) -> str:
    by = f" by {given.grantor}" if given.grantor else ""
    option = " with grant option" if given.grantable else ""
    return f"{given.privilege} to {given.grantee or 'PUBLIC'}{by}{option}"
