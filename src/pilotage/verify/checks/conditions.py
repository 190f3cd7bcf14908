"""The check that the target's rows keep what its tables promise of them; consumed by verification.

What is promised is read by :mod:`pilotage.verify.soundness.conditions`, and counted by the scan beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from pilotage.model.names import QualifiedName
from pilotage.model.verdict import Check, Difference
from pilotage.verify.comparison import outcome_of
from pilotage.verify.soundness.scan import Broken

NAME = "conditions"


def check_conditions(
    compared: int,
    broken: Sequence[Broken],
    *,
    at_source: Mapping[str, Broken] | None = None,
    not_validated: Set[tuple[QualifiedName, str]] = frozenset(),
    not_checked: Iterable[str] = (),
    seconds: float = 0.0,
) -> Check:
    """Expect no row of the target that breaks what its table promises.

    What the source itself explains is said, and is no difference: a constraint that is NOT VALID at both
    ends, and an expression that may vary, which as many rows break at the source.

    Args:
        compared: how many conditions there are.
        broken: those of the target that some rows break, or of which nobody knows.
        at_source: the same of the source's, by their text; conditions without any are kept there. None where
            the source could not be asked.
        not_validated: those that are NOT VALID at the source, as ``RowCondition.declared`` has them.
        not_checked: what no condition stands for.
        seconds: that it took.
    """
    differences: list[Difference] = []
    told: list[str] = []
    unknown = 0
    for each in broken:
        condition = each.row_condition
        if each.rows is None:
            unknown += 1
            told.append(f"{condition}: {each.because}")
        elif not condition.validated and condition.declared in not_validated:
            told.append(
                f"{condition}: rows that break it: {each.rows}; it is NOT VALID at both ends, so they may be "
                "the source's own"
            )
        elif condition.varies and at_source is None:
            unknown += 1
            told.append(
                f"{condition}: rows that break it now: {each.rows}; but its result may vary, and the source "
                "was not asked"
            )
        elif condition.varies and _rows(at_source, str(condition)) == each.rows:
            told.append(f"{condition}: rows that break it now: {each.rows}, and as many at the source")
        else:
            differences.append(
                Difference(
                    object=str(condition), fact="rows that break it", expected="0", found=str(each.rows)
                )
            )
    return Check(
        name=NAME,
        title="Rows keep constraints",
        scope="the schemas in scope, at the target",
        method="rows that break a CHECK, NOT NULL, domain's constraint or partition's bounds, or whose "
        "generated column is not what its expression gives, counted whatever the catalogs claim",
        compared=compared - unknown,
        outcome=outcome_of(differences, incomplete=bool(unknown)),
        differences=tuple(differences),
        seconds=seconds,
        not_checked=(*told, *not_checked),
    )


def _rows(at_source: Mapping[str, Broken] | None, condition: str) -> int | None:
    found = (at_source or {}).get(condition)
    return found.rows if found is not None else 0
