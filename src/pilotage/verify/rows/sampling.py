"""A sample of very large tables: some ranges of their keys, the same at both ends, read through the index.

Consumed by the preparation of the scan. Blocks would be no sample: the same rows lie elsewhere at the other
end. What a sample proves is said by :func:`what_is_missed`, and wherever its result is.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from pilotage.model.names import QualifiedName
from pilotage.verify.rows.buckets import NULL_KEY
from pilotage.verify.rows.facts import RelationFacts
from pilotage.verify.rows.relation import ComparedRelation

SAMPLED_FROM = 256 * 1024 * 1024
"""Bytes of a table at the source from which on it is very large: a second or two of reading."""

RANGES_AT_ONCE = 16
"""Read by one statement through the index."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a relation.

    Attributes:
        ranges: the conditions of the ranges that are.
        of: how many ranges there are.
    """

    relation: QualifiedName
    ranges: tuple[str, ...]
    of: int

    @property
    def share(self) -> float:
        """The part of the ranges that is read, and about that of the rows."""
        return len(self.ranges) / self.of


def draw(relation: ComparedRelation, share: float) -> Sample | None:
    """Choose ranges at random, at least one; None where the relation has no ranges to choose from.

    Args:
        share: above 0 and below 1.
    """
    if not relation.by_key:
        return None
    ranges = [number for number in relation.conditions if number != NULL_KEY]
    # The system's generator: two verifications do not read the same ranges.
    chosen = sorted(random.SystemRandom().sample(ranges, max(1, round(share * len(ranges)))))
    return Sample(
        relation=relation.name,
        ranges=tuple(relation.conditions[number] for number in chosen),
        of=len(ranges),
    )


def statements_of(
    sample: Sample, relation: ComparedRelation, facts: RelationFacts
) -> tuple[tuple[str, ...], ...]:
    """Return the ranges that each statement reads at one end; one reads all where no index leads to them."""
    at_once = RANGES_AT_ONCE if facts.key[:1] == relation.key[:1] else len(sample.ranges)
    return tuple(sample.ranges[start : start + at_once] for start in range(0, len(sample.ranges), at_once))


def what_is_missed(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Say for each relation what its sample does not show."""
    return tuple(
        f"contents of {each.relation} outside of {len(each.ranges):,} of its {each.of:,} ranges of keys, "
        f"chosen at random: where rows of k ranges differ, all of them are missed with a probability of "
        f"{1 - each.share:.4g} to the power of k (of 1: {_missed(each, 1)}, 10: {_missed(each, 10)}, "
        f"100: {_missed(each, 100)})"
        for each in samples
    )


def _missed(sample: Sample, changed: int) -> str:
    """Return the probability that none of so many ranges is in the sample; without replacement it is less."""
    return f"{(1 - sample.share) ** changed:.2g}"
