"""What may stand as a node of a graph: anything that hashes and sorts.

Consumed by every module of this room, and by nothing else.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar


class Sortable(Protocol):
    """A value that hashes, and that ``<`` puts in one total order with the others of its graph."""

    # Any: what a value can be compared with is its own affair; str, int, tuples and records all fit.
    def __lt__(self, other: Any, /) -> bool: ...

    def __hash__(self) -> int: ...


K = TypeVar("K", bound=Sortable)
"""The nodes of one graph; equal keys are the same node.

Records that are generic in it are frozen but not slotted: on Python 3.11, ``Record[str](…)`` of a record that
is both raises a TypeError.
"""
