"""The check that the target's rows keep its foreign keys; consumed by verification.

How orphans are counted is :mod:`pilotage.catalog.orphans`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.catalog.orphans import OrphanCount
from pilotage.model.catalog import Catalog, ForeignKey
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.verdict import Check, Difference
from pilotage.verify.comparison import outcome_of


def check_orphans(
    source: Catalog, target: Catalog, counts: Sequence[OrphanCount], *, seconds: float = 0.0
) -> Check:
    """Expect no orphans of any enforced foreign key of the target.

    A key that the source itself never validated may have come with the rows that break it; these are said,
    and are no difference.

    Args:
        source, target: the two ends.
        counts: of the target's foreign keys, as counted on the target.
        seconds: that counting took.
    """
    never_validated = {_identity(key) for key in source.foreign_keys if not key.validated}
    differences: list[Difference] = []
    not_checked: list[str] = []
    for count in counts:
        if count.rows is None:
            not_checked.append(f"orphans of {_label(count.key)}: {count.not_counted_because}")
        elif count.rows and not count.key.validated and _identity(count.key) in never_validated:
            not_checked.append(
                f"orphans of {_label(count.key)} ({count.rows}): it is NOT VALID at both ends, "
                "so they may be the source's own"
            )
        elif count.rows:
            differences.append(
                Difference(object=_label(count.key), fact="orphans", expected="0", found=str(count.rows))
            )
    not_checked += [
        f"orphans of {_label(key)}: it is NOT ENFORCED" for key in target.foreign_keys if not key.enforced
    ]
    uncounted = sum(count.rows is None for count in counts)
    return Check(
        name="orphans",
        title="Orphans",
        method="rows of the target whose foreign key finds no row, counted for every enforced key",
        compared=len(counts) - uncounted,
        outcome=outcome_of(differences, incomplete=bool(uncounted)),
        differences=tuple(differences),
        seconds=seconds,
        not_checked=tuple(not_checked),
    )


def _label(key: ForeignKey) -> str:
    return f"foreign key {quote_identifier(key.name)} on {key.table}"


def _identity(key: ForeignKey) -> tuple[QualifiedName, str]:
    return key.table, key.name
