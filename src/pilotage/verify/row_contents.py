"""Contents of rows compared, and what differs narrowed down to the rows: the check, its lines, its records.

Consumed by verification; joins :mod:`pilotage.verify.rows` and :mod:`pilotage.verify.drilldown`, and knows
what a migration has left out on purpose.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from pilotage.model.names import QualifiedName
from pilotage.model.row_differences import RowKind, TableDifference
from pilotage.model.run import Comparing
from pilotage.model.verdict import Check, Difference, Outcome
from pilotage.verify.checks.contents import Contents, compare_contents
from pilotage.verify.comparison import outcome_of
from pilotage.verify.drilldown import FoundRows, describe_rows, find_differing_rows
from pilotage.verify.ends import End
from pilotage.verify.rows.relation import Condition
from pilotage.verify.situation import Situation

_LATER = (
    "differ from what the source has now; the rows are as they were at an earlier moment, so it is not known "
    "whether the source has changed since; `pilotage verify` compares with the source as it is"
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowContents:
    """What came of the comparison.

    Attributes:
        scanned: what the scan itself found: numbers of rows, and what became of conditions.
        found: the rows that differ, of each table that does, where they were looked for.
    """

    check: Check
    scanned: Contents
    found: tuple[FoundRows, ...]

    @property
    def tables(self) -> tuple[TableDifference, ...]:
        """The tables whose rows differ, as records."""
        return tuple(each.difference for each in self.found)


async def compare_rows(
    situation: Situation,
    source: End,
    *,
    conditions: Sequence[Condition] = (),
    leaving_out: Mapping[QualifiedName, Collection[str]],
    older: bool,
) -> RowContents:
    """Compare what is in the rows of both ends.

    Args:
        situation: both ends.
        source: the source's end, since there is one.
        conditions: what must hold for rows of the target.
        leaving_out: places of rows of the source that are not expected at the target, by table.
        older: whether the target's rows are of an earlier moment than the source's end; where they differ,
            that proves nothing.

    Raises:
        ConnectionFailedError: a server takes no session.
        ServerError: a server refused.
        ConnectionLostError: a connection broke.
    """

    def tell(done: int, total: int) -> None:
        situation.on_event(Comparing(what="contents of rows", done=done, total=total, unit="bytes"))

    began = time.perf_counter()
    asked = situation.asked
    scanned = await compare_contents(
        source,
        situation.target,
        situation.expected,
        situation.found,
        jobs=asked.jobs,
        max_rate=asked.max_rate,
        sample=asked.sample,
        conditions=conditions,
        on_bytes=tell,
    )
    check = scanned.check
    found: tuple[FoundRows, ...] = ()
    if scanned.differing and older:
        names = [each.relation.name for each in scanned.differing]
        check = msgspec.structs.replace(
            check,
            differences=(),
            outcome=Outcome.INCOMPLETE,
            not_checked=(*check.not_checked, *(f"contents of {name}: {_LATER}" for name in names)),
        )
    elif scanned.differing and (asked.drill_down or leaving_out):
        situation.on_event(Comparing(what="rows that differ"))
        every = await find_differing_rows(
            source, situation.target, scanned.differing, show_values=asked.show_values
        )
        expected = [_without(each, frozenset(leaving_out.get(each.relation.name, ()))) for each in every]
        found = tuple(each for each in expected if each.difference.differing)
        differences = (*_lines(found), *_unexplained(every))
        outcome = outcome_of(differences, incomplete=not scanned.complete)
        check = msgspec.structs.replace(check, differences=differences, outcome=outcome)
    return RowContents(
        check=msgspec.structs.replace(check, seconds=time.perf_counter() - began),
        scanned=scanned,
        found=found,
    )


def _unexplained(every: Iterable[FoundRows]) -> Iterator[Difference]:
    """Yield a line for each table whose checksums differ and whose rows do not, which proves nothing."""
    for each in every:
        if not each.difference.differing:
            yield Difference(
                object=f"table {each.relation.name}",
                fact="contents",
                expected="the same checksums",
                found=each.unread_because or "other checksums, though no row was found that differs",
            )


def _lines(found: Iterable[FoundRows]) -> Iterator[Difference]:
    for each in found:
        difference = each.difference
        yield Difference(
            object=f"table {difference.table}",
            fact="rows that differ",
            expected="0",
            found=f"{difference.missing:,} missing, {difference.extra:,} extra, "
            f"{difference.changed:,} changed",
        )
        yield from describe_rows(difference)


def _without(found: FoundRows, places: frozenset[str]) -> FoundRows:
    """Return what differs besides rows of the source that were left out, all of which the target lacks."""
    if not places:
        return found
    kept = tuple(row for row in found.rows if not (row.kind is RowKind.MISSING and row.source in places))
    difference = found.difference
    listed = tuple(
        row for row in difference.rows if not (row.kind is RowKind.MISSING and row.source_ctid in places)
    )
    # Of more rows than are kept only their number is known.
    gone = sum(row.times for row in found.rows) - sum(row.times for row in kept)
    missing = max(0, difference.missing - (gone if found.complete else len(places)))
    return msgspec.structs.replace(
        found,
        difference=msgspec.structs.replace(
            difference,
            missing=missing,
            rows=listed,
            not_listed=missing + difference.extra + difference.changed - sum(row.times for row in listed),
        ),
        rows=kept,
    )
