"""Rows of the source that reference nothing, by foreign key, before anything is copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pilotage.model.catalog import ForeignKey, TableKind
from pilotage.model.choices import OrphanChoice
from pilotage.model.names import quote_identifier, quote_identifiers, quote_literal
from pilotage.model.orphans import BrokenKey, Orphans
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation

_NOT_VALID_ON_PARTITIONED = 18
"""The first version that takes NOT VALID foreign keys on partitioned tables (its release notes)."""


async def _look(situation: Situation) -> Sequence[Problem]:
    orphans = situation.orphans
    # CHECK is of the source, but what the target can hold decides; its version is known without asking.
    return [*_broken(situation, orphans), *_followed(orphans), *_uncounted(orphans)]


def _broken(situation: Situation, orphans: Orphans) -> Iterator[Problem]:
    for broken in orphans.broken:
        about, found = _label(broken.key), _found(broken)
        look = f"to look at them, on the source: {broken.query}"
        match orphans.choice:
            case OrphanChoice.STOP:
                yield CHECK.stop(
                    object=about,
                    found=found,
                    wanted="rows that all reference something, or a choice of what becomes of them",
                    remedy="mend the source, or pass --orphans quarantine (they stay behind, in a file) or "
                    f"--orphans not-valid (they come along, and the key is NOT VALID); {look}",
                )
            case OrphanChoice.NOT_VALID if _cannot_be_unvalidated(situation, broken.key):
                yield CHECK.stop(
                    object=about,
                    found=f"{found}; and before PostgreSQL 18, a partitioned table's foreign key cannot be "
                    "NOT VALID",
                    wanted="a target of PostgreSQL 18, or rows that all reference something",
                    remedy=f"mend the source, or pass --orphans quarantine; {look}",
                )
            case OrphanChoice.NOT_VALID:
                yield CHECK.warning(
                    object=about,
                    found=f"{found}; they come along, and the key will be NOT VALID",
                    wanted="rows that all reference something",
                    remedy="when they are mended on the target: ALTER TABLE "
                    f"{broken.key.table} VALIDATE CONSTRAINT {quote_identifier(broken.key.name)}; {look}",
                )
            case OrphanChoice.QUARANTINE:
                yield CHECK.warning(
                    object=about,
                    found=f"{found}; they stay behind and are written into a file",
                    wanted="rows that all reference something",
                    remedy=look,
                )


def _cannot_be_unvalidated(situation: Situation, key: ForeignKey) -> bool:
    kinds = {table.name: table.kind for table in situation.catalog.tables}
    major = situation.target.version_num // 10000
    return kinds.get(key.table) is TableKind.PARTITIONED and major < _NOT_VALID_ON_PARTITIONED


def _found(broken: BrokenKey) -> str:
    values = ", ".join(
        "(" + ", ".join("NULL" if each is None else quote_literal(each) for each in example) + ")"
        for example in broken.examples
    )
    rows = "1 row references" if broken.rows == 1 else f"{broken.rows:,} rows reference"
    return (
        f"{rows} nothing in {broken.key.referenced}, for instance with "
        f"({quote_identifiers(broken.key.columns)}) = {values}"
    )


def _followed(orphans: Orphans) -> Iterator[Problem]:
    """Tell of rows that stay behind though what they reference is there, since that stays behind too."""
    for table in dict.fromkeys(each.table for each in orphans.left_out if each.follows):
        of_table = [each for each in orphans.left_out if each.follows and each.table == table]
        rows = sum(len(each.places) for each in of_table)
        keys = ", ".join(dict.fromkeys(quote_identifier(each.key) for each in of_table))
        refer = f"{rows:,} rows of it reference" if rows > 1 else "1 row of it references"
        yield CHECK.warning(
            object=f"table {table}",
            found=f"{refer}, by {keys}, rows that stay behind; so what references them stays behind too",
            wanted="rows that all reference something",
            remedy="mend the rows that they reference on the source, or pass --orphans not-valid",
        )


def _uncounted(orphans: Orphans) -> Iterator[Problem]:
    for key, reason in orphans.uncounted:
        yield CHECK.warning(
            object=_label(key),
            found=f"its orphans could not be looked for: {reason}",
            wanted="a role that may read all rows of both its tables",
            remedy=f"GRANT SELECT ON {key.table}, {key.referenced} TO the role that connects to the source; "
            "where row level security hides rows, give that role BYPASSRLS, or connect as a superuser",
        )


def _label(key: ForeignKey) -> str:
    return f"foreign key {quote_identifier(key.name)} on {key.table}"


CHECK = Check(
    name="orphans",
    title="no row of the source breaks a foreign key that is called valid",
    end=End.SOURCE,
    look=_look,
)
