"""The check that rows reference each other in no loop that the source has not; consumed by verification.

How loops are found is :mod:`pilotage.verify.soundness.loops`; dangling ends are the check of orphans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilotage.model.names import QualifiedName
from pilotage.model.verdict import Check, Difference
from pilotage.verify.comparison import outcome_of
from pilotage.verify.soundness.loops import Loops

NAME = "loops"


def check_loops(
    found: Sequence[Loops],
    *,
    at_source: Mapping[QualifiedName, Loops] | None = None,
    seconds: float = 0.0,
) -> Check:
    """Expect no loops but those that the source has.

    Args:
        found: of the target's tables with self-references.
        at_source: of the source's, for tables with loops at the target; None where the source could not be
            asked.
        seconds: that it took.
    """
    differences: list[Difference] = []
    told: list[str] = []
    unknown = 0
    for each in found:
        if each.rows is None:
            unknown += 1
            told.append(f"loops of table {each.table}: {each.because}")
        if not each.rows:
            continue
        other = None if at_source is None else at_source.get(each.table, Loops(table=each.table, rows=0))
        if other is None or other.rows is None:
            unknown += 1
            because = "the source was not asked" if other is None else f"at the source, {other.because}"
            told.append(
                f"loops of table {each.table}: rows on them, or to which they lead: {each.rows}; {because}"
            )
        elif other.rows == each.rows:
            told.append(
                f"loops of table {each.table}: rows on them, or to which they lead: {each.rows}, as many as "
                "at the source"
            )
        else:
            differences.append(
                Difference(
                    object=f"table {each.table}",
                    fact="rows on loops",
                    expected=str(other.rows),
                    found=str(each.rows),
                )
            )
    return Check(
        name=NAME,
        title="Loops",
        method="rows whose self-references lead back to themselves, and rows to which such a loop leads, "
        "counted; where there are some, at both ends",
        compared=len(found) - unknown,
        outcome=outcome_of(differences, incomplete=bool(unknown)),
        differences=tuple(differences),
        seconds=seconds,
        not_checked=tuple(told),
    )
