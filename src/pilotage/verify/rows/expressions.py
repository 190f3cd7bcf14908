"""Images of columns put together into hashes: of a value, and of a row.

Consumed by the pairing of relations. Pure. A row's hash is made of its columns' hashes, each with a seed of
its own so that columns may not exchange values unseen, and goes through one more hash at the end: a sum over
rows must not be a sum over columns, or two rows that exchange a value would leave it as it was.

Images that cost a function call, and values that may lie outside the row (TOAST), become elements of arrays,
so that each is made, or fetched and decompressed, once for both hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from pilotage.verify.rows.images import Image, constant, fill
from pilotage.verify.rows.relation import SEEDS

_BYTES, _TEXTS = "pilotage_bytes", "pilotage_texts"


class Hashes(msgspec.Struct, frozen=True, kw_only=True):
    """The hashes of a row.

    Attributes:
        whole: an expression for each seed, over the columns of the relation alone.
        outer: the same for a FROM that gives ``inner`` beside the columns that ``direct`` names.
        inner: expressions with their names, to be evaluated once for each row.
        direct: the columns that ``outer`` still reads.
    """

    whole: tuple[str, str]
    outer: tuple[str, str]
    inner: tuple[tuple[str, str], ...]
    direct: tuple[str, ...]


def column_hashes(name: str, image: Image, *, by_md5: bool) -> tuple[str, str]:
    """Return a value's two hashes, never NULL."""
    if by_md5:
        return _by_md5(f"ARRAY[{fill(image.bytes, name)}]")
    first, second = (_of_value(name, image, seed) for seed in SEEDS)
    return first, second


def _of_value(name: str, image: Image, seed: int) -> str:
    if image.direct:
        return _direct(name, image, seed)
    array = _array([fill(image.text or image.bytes, name)])
    return f"pg_catalog.hash_array_extended({array}, {constant(seed)})"


def row_hashes(columns: Sequence[tuple[str, Image]], *, by_md5: bool, has_long_values: bool) -> Hashes:
    """Return a row's two hashes.

    Args:
        columns: names and images, in an order that is the same at both ends.
        by_md5: whether the servers' hash functions do not agree.
        has_long_values: whether values lie outside of their rows.
    """
    if by_md5:
        images = f"ARRAY[{', '.join(fill(image.bytes, name) for name, image in columns)}]::pg_catalog.bytea[]"
        return Hashes(whole=_by_md5(images), outer=_by_md5(_BYTES), inner=((images, _BYTES),), direct=())
    direct = [
        (name, image) for name, image in columns if image.direct and not (image.text and has_long_values)
    ]
    taken = [name for name, _ in direct]
    texts = [(name, image) for name, image in columns if image.text and name not in taken]
    others = [(name, image) for name, image in columns if not image.text and name not in taken]
    arrays: list[tuple[str, str]] = []
    if others:
        arrays.append((_array([fill(image.bytes, name) for name, image in others]), unlike(_BYTES, taken)))
    if texts:
        arrays.append((_array([fill(image.text, name) for name, image in texts]), unlike(_TEXTS, taken)))

    def row(seed: int, sources: Sequence[str]) -> str:
        parts = [_direct(name, image, seed) for name, image in direct]
        parts += [
            f"pg_catalog.hash_array_extended({source}, {constant(_seed(seed, 'array', place))})"
            for place, source in enumerate(sources)
        ]
        return f"pg_catalog.hashint4extended(2, {' # '.join(parts) or constant(seed)})"

    first, second = SEEDS
    inline, named = [array for array, _ in arrays], [alias for _, alias in arrays]
    return Hashes(
        whole=(row(first, inline), row(second, inline)),
        outer=(row(first, named), row(second, named)),
        inner=tuple(arrays),
        direct=tuple(taken),
    )


def unlike(name: str, taken: Sequence[str]) -> str:
    """Return a name that is none of those."""
    while name in taken:
        name += "_"
    return name


def _direct(name: str, image: Image, seed: int) -> str:
    of_value = fill(image.direct, name, _seed(seed, "value", name))
    return f"coalesce({of_value}, {constant(_seed(seed, 'missing', name))})"


def _array(expressions: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(expressions)}]"


def _seed(*parts: int | str) -> int:
    """Return a number of 64 bits that looks like noise, always the same for the same parts."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _by_md5(images: str) -> tuple[str, str]:
    digest = f"pg_catalog.md5(pg_catalog.array_send({images}))"
    first, second = (
        f"('x' || pg_catalog.substr({digest}, {start}, 16))::pg_catalog.bit(64)::pg_catalog.int8"
        for start in (1, 17)
    )
    return first, second
