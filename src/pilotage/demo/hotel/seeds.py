"""Where the rows' chance comes from: keys, dates and embeddings that are the same on every day and machine.

Consumed by the modules that make rows. Nothing here reads the clock or the operating system's entropy.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_DNS, UUID, uuid5

_SEED = "pilotage hotel 1"
_KEYS = uuid5(NAMESPACE_DNS, "hotel.pilotage.example")

EPOCH = datetime(2025, 10, 1, 8, 30, tzinfo=UTC)
"""The day around which everything happened."""


def chance(purpose: str) -> random.Random:
    """Return a source of chance of its own for each purpose, so that tables do not depend on each other."""
    return random.Random(f"{_SEED}/{purpose}")  # noqa: S311 - rows that repeat are what is wanted, not secrets


def key(table: str, number: int) -> UUID:
    """Return the primary key of the table's row of this number, wherever it is referenced."""
    return uuid5(_KEYS, f"{table}/{number}")


def keys(table: str, count: int) -> list[UUID]:
    """Return the keys of the table's first ``count`` rows."""
    return [key(table, number) for number in range(count)]


def moment(days: float, microseconds: int = 0) -> datetime:
    """Return a time so many days after the epoch (before it where negative), exact to the microsecond."""
    return EPOCH + timedelta(days=days, microseconds=microseconds)


class Embeddings:
    """Vectors of length one or nearly so, in clusters as embeddings of real text are.

    A vector is put together from blocks of coordinates; each topic has a few variants of each block, so
    vectors of one topic share some and differ in others. Blocks are kept as text, as COPY wants them: 4,333
    vectors of 1,024 dimensions take 0.05 s instead of several.
    """

    _BLOCK = 64
    _VARIANTS = 8

    def __init__(self, purpose: str, *, dimensions: int, topics: int) -> None:
        self._chance = chance(f"embeddings of {purpose}")
        self._topics = [
            [self._variants(dimensions) for _ in range(dimensions // self._BLOCK)] for _ in range(topics)
        ]

    def vector(self, topic: int) -> str:
        """Return another vector of this topic, as pgvector reads it."""
        blocks = self._topics[topic % len(self._topics)]
        return "[" + ",".join(self._chance.choice(variants) for variants in blocks) + "]"

    def _variants(self, dimensions: int) -> Sequence[str]:
        # A topic's centre, and noise around it; five decimals are what a float4 of this size can tell apart
        # in a model's output, and keep dumps readable.
        spread = dimensions**-0.5
        centre = [self._chance.gauss(0, 0.8 * spread) for _ in range(self._BLOCK)]
        return tuple(
            ",".join(f"{x + self._chance.gauss(0, 0.6 * spread):.5f}" for x in centre)
            for _ in range(self._VARIANTS)
        )
