"""The check of contents: every row of every table at both ends, by checksums; consumed by verification.

:func:`compare_contents` reads each end once. It gives the check, the relations that differ with the ranges
where they do, how many rows there are of each relation at each end (so that nobody counts them again, see
:func:`with_rows`), and what became of conditions that were looked at meanwhile.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from pilotage.errors import first_error
from pilotage.model.catalog import Catalog, TableKind, ViewKind
from pilotage.model.names import QualifiedName
from pilotage.model.verdict import Check, Difference
from pilotage.verify.comparison import outcome_of
from pilotage.verify.ends import End
from pilotage.verify.rows.preparing import Prepared, prepare
from pilotage.verify.rows.relation import (
    ComparedRelation,
    Condition,
    ConditionResult,
    DifferingBucket,
    DifferingRelation,
    Digest,
)
from pilotage.verify.rows.sampling import SAMPLED_FROM, what_is_missed
from pilotage.verify.rows.scan import Found, scan
from pilotage.verify.rows.statements import Reading

NAME = "contents"
TITLE = "Contents"
TITLE_OF_SAMPLE = "Contents, of very large tables a sample"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What came of the comparison.

    Attributes:
        differing: the relations whose rows are not the same, by name.
        source_rows, target_rows: of every relation that was read there, materialized views included.
        conditions: what became of each.
        complete: whether every relation that was to be compared could be.
    """

    check: Check
    differing: tuple[DifferingRelation, ...]
    source_rows: Mapping[QualifiedName, int]
    target_rows: Mapping[QualifiedName, int]
    conditions: tuple[ConditionResult, ...]
    complete: bool


async def compare_contents(
    source: End,
    target: End,
    expected: Catalog,
    found: Catalog,
    *,
    jobs: int = 2,
    max_rate: float | None = None,
    sample: float = 1.0,
    sampled_from: int = SAMPLED_FROM,
    conditions: Sequence[Condition] = (),
    on_bytes: Callable[[int, int], None] = lambda _read, _of: None,
) -> Contents:
    """Compare the rows of every table and partition that both ends have.

    Both ends are read at once. What only one end has is counted there, and no difference of this check.

    Args:
        expected, found: the catalogs of the two ends, read at their moments; rows need not be counted.
        jobs: sessions at each end, at most.
        max_rate: bytes of tables that are read a second at each end, at most.
        sample: the share of very large tables that is compared, above 0 and at most 1. It is made of ranges
        of
            the key; a table without ranges is compared whole. All rows are counted all the same.
        sampled_from: bytes from which on a table is very large.
        conditions: what must hold for rows of the target; looked at in the same scan.
        on_bytes: told how many bytes of tables were read at both ends, and of how many; must not block.

    Raises:
        ConnectionFailedError: a server takes no session.
        ServerError: a server refused what is not about one relation.
        ConnectionLostError: a connection broke.
    """
    began = time.perf_counter()
    prepared = await prepare(
        source,
        target,
        expected,
        found,
        conditions=conditions,
        sample=sample,
        sampled_from=sampled_from,
    )
    total = sum(reading.bytes for reading in (*prepared.source, *prepared.target))
    done = 0

    def on_more(size: int) -> None:
        nonlocal done
        done += size
        on_bytes(done, total)

    try:
        async with asyncio.TaskGroup() as both:
            first = both.create_task(
                scan(source, prepared.source, jobs=jobs, max_rate=max_rate, on_bytes=on_more)
            )
            second = both.create_task(
                scan(target, prepared.target, jobs=jobs, max_rate=max_rate, on_bytes=on_more)
            )
    except ExceptionGroup as failures:
        raise first_error(failures) from failures
    of_source, of_target = first.result(), second.result()
    of_source_files, of_target_files = _files(prepared.source), _files(prepared.target)
    refused = _refused(prepared.relations, of_source, of_target)
    differing = tuple(
        found_to_differ
        for name, relation in prepared.relations.items()
        if name not in refused
        and (
            found_to_differ := _difference(
                relation,
                of_source.digests[name],
                of_target.digests[name],
                rows=(of_source.rows_of(name), of_target.rows_of(name)),
                filenodes=(of_source_files[name], of_target_files[name]),
            )
        )
    )
    differences = tuple(map(_as_difference, differing))
    unread = dict.fromkeys(prepared.unread, "the role may not read all of its rows")
    return Contents(
        check=Check(
            name=NAME,
            title=TITLE_OF_SAMPLE if prepared.samples else TITLE,
            method=_method(prepared),
            compared=len(prepared.relations) - len(refused),
            outcome=outcome_of(differences, incomplete=bool(refused or unread)),
            differences=differences,
            seconds=time.perf_counter() - began,
            not_checked=(
                *(f"contents of {name}: {why}" for name, why in sorted({**refused, **unread}.items())),
                *prepared.notes,
                *what_is_missed(list(prepared.samples.values())),
                *_elsewhere(expected),
            ),
        ),
        differing=differing,
        source_rows=_rows(prepared.source, of_source),
        target_rows=_rows(prepared.target, of_target),
        conditions=(*of_target.conditions, *_without_table(conditions, prepared)),
        complete=not (refused or unread),
    )


def with_rows(catalog: Catalog, rows: Mapping[QualifiedName, int]) -> Catalog:
    """Return a catalog that was read without counting rows, with these counts, as if it had been."""
    return msgspec.structs.replace(
        catalog,
        tables=tuple(
            msgspec.structs.replace(
                table, rows=0 if table.kind is TableKind.PARTITIONED else rows.get(table.name)
            )
            for table in catalog.tables
        ),
        views=tuple(msgspec.structs.replace(view, rows=rows.get(view.name)) for view in catalog.views),
        extension_tables=tuple(
            msgspec.structs.replace(
                each, table=msgspec.structs.replace(each.table, rows=rows.get(each.table.name))
            )
            for each in catalog.extension_tables
        ),
    )


def _without_table(conditions: Iterable[Condition], prepared: Prepared) -> Iterable[ConditionResult]:
    read = {reading.relation.name for reading in prepared.target}
    for condition in conditions:
        if condition.relation not in read:
            yield ConditionResult(
                condition=condition, broken_by=None, not_checked_because="the target has no such table"
            )


def _difference(
    relation: ComparedRelation,
    expected: Mapping[int, Digest],
    found: Mapping[int, Digest],
    *,
    rows: tuple[int | None, int | None],
    filenodes: tuple[int | None, int | None],
) -> DifferingRelation | None:
    """Return what differs, or None where all rows together are the same, in whichever buckets."""
    if _whole(expected) == _whole(found):
        return None
    nothing = Digest()
    return DifferingRelation(
        relation=relation,
        buckets=tuple(
            DifferingBucket(
                condition=relation.conditions[number],
                source=expected.get(number, nothing),
                target=found.get(number, nothing),
            )
            for number in sorted(expected.keys() | found.keys())
            if expected.get(number, nothing) != found.get(number, nothing)
        ),
        source_rows=rows[0],
        target_rows=rows[1],
        source_filenode=filenodes[0],
        target_filenode=filenodes[1],
    )


def _files(readings: Iterable[Reading]) -> dict[QualifiedName, int | None]:
    return {each.relation.name: each.filenode for each in readings if each.hashes is not None}


def _whole(digests: Mapping[int, Digest]) -> Digest:
    return sum(digests.values(), Digest())


def _as_difference(differing: DifferingRelation) -> Difference:
    return Difference(
        object=f"table {differing.relation.name}",
        fact="contents",
        expected=_shown(differing.buckets, differing.source_rows, lambda bucket: bucket.source),
        found=_shown(differing.buckets, differing.target_rows, lambda bucket: bucket.target),
    )


def _shown(
    buckets: Iterable[DifferingBucket], rows: int | None, side: Callable[[DifferingBucket], Digest]
) -> str:
    first, second = sum(map(side, buckets), Digest()).sums
    number = "rows not counted" if rows is None else f"{rows:,} rows"
    return f"{number}, checksum of ranges that differ {first:016x}{second:016x}"


def _refused(
    relations: Mapping[QualifiedName, ComparedRelation], source: Found, target: Found
) -> dict[QualifiedName, str]:
    return {
        name: f"the {side} refuses to read it: {found.refused[name]}"
        for side, found in (("target", target), ("source", source))
        for name in relations
        if name in found.refused
    }


def _rows(readings: Iterable[Reading], found: Found) -> dict[QualifiedName, int]:
    counts = ((reading.relation.name, found.rows_of(reading.relation.name)) for reading in readings)
    return {name: rows for name, rows in counts if rows is not None}


def _method(prepared: Prepared) -> str:
    hows = Counter(column.how for relation in prepared.relations.values() for column in relation.columns)
    columns = ", ".join(f"{how} of {number:,}" for how, number in sorted(hows.items()))
    made = (
        "both halves of the MD5, since the servers' hash functions do not agree,"
        if prepared.by_md5
        else "two 64-bit hashes"
    )
    sampled = f" (of {len(prepared.samples):,} tables a sample)" if prepared.samples else ""
    converted = (
        "; text is compared in UTF-8, since the databases' encodings differ" if prepared.as_utf8 else ""
    )
    return (
        f"each end read once: rows counted, and {made} of each row summed, by ranges of its key{sampled}; "
        f"columns: {columns or 'none'}{converted}"
    )


def _elsewhere(catalog: Catalog) -> Iterable[str]:
    foreign = sum(table.kind is TableKind.FOREIGN for table in catalog.tables)
    if foreign:
        yield f"contents of foreign tables ({foreign}): they are in another server"
    views = sum(view.kind is ViewKind.MATERIALIZED for view in catalog.views)
    if views:
        yield (
            f"contents of materialized views ({views}): each end computes its own, and what a query gives "
            "may depend on the order of rows; their rows are counted"
        )
