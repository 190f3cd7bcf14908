"""Images of columns put together into hashes: of a value, and of a row.

Consumed by the pairing of relations. Pure. A row's hash is made of its columns' hashes, each with a seed of
its own so that columns may not exchange values unseen, and goes through one more hash at the end: a sum over
rows must not be a sum over columns, or two rows that exchange a value would leave it as it was.

Images that cost a function call, and values that may lie outside the row (TOAST), become elements of arrays,
so that each is made, or fetched and decompressed, once for both hashes.
"""

from __future__ import annotations

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
        return _direct(name, image, seed, 0)
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
    direct: list[tuple[str, Image]] = []
    texts: list[str] = []
    others: list[str] = []
    for name, image in columns:
        if image.direct and not (image.text and has_long_values):
            direct.append((name, image))
        elif image.text:
            texts.append(fill(image.text, name))
        else:
            others.append(fill(image.bytes, name))
    taken = [name for name, _ in direct]
    arrays = [
        (_array(elements), unlike(alias, taken))
        for elements, alias in ((others, _BYTES), (texts, _TEXTS))
        if elements
    ]

    def row(sources: Sequence[str]) -> tuple[str, str]:
        first, second = (_of_row(direct, sources, seed) for seed in SEEDS)
        return first, second

    outer = row([alias for _, alias in arrays])
    return Hashes(
        whole=row([array for array, _ in arrays]) if arrays else outer,
        outer=outer,
        inner=tuple(arrays),
        direct=tuple(taken),
    )


def _of_row(direct: Sequence[tuple[str, Image]], arrays: Sequence[str], seed: int) -> str:
    parts = [_direct(name, image, seed, place) for place, (name, image) in enumerate(direct)]
    parts += [
        f"pg_catalog.hash_array_extended({array}, {constant(_noise(seed, -1 - place))})"
        for place, array in enumerate(arrays)
    ]
    return f"pg_catalog.hashint4extended(2, {' # '.join(parts) or constant(seed)})"


def _direct(name: str, image: Image, seed: int, place: int) -> str:
    of_value = fill(image.direct, name, _noise(seed, 2 * place))
    return f"coalesce({of_value}, {constant(_noise(seed, 2 * place + 1))})"


def unlike(name: str, taken: Sequence[str]) -> str:
    """Return a name that is none of those."""
    while name in taken:
        name += "_"
    return name


def _array(expressions: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(expressions)}]"


def _noise(seed: int, number: int) -> int:
    """Return one of a seed's numbers of 64 bits that look like noise (splitmix64, Steele et al. 2014)."""
    mixed = (seed + number * 0x9E3779B97F4A7C15) % 2**64
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
    mixed ^= mixed >> 31
    return mixed - 2**64 if mixed >= 2**63 else mixed


def _by_md5(images: str) -> tuple[str, str]:
    digest = f"pg_catalog.md5(pg_catalog.array_send({images}))"
    first, second = (
        f"('x' || pg_catalog.substr({digest}, {start}, 16))::pg_catalog.bit(64)::pg_catalog.int8"
        for start in (1, 17)
    )
    return first, second
