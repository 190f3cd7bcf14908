"""How a chosen fix is taken back, where it is its file's work.

Consumed by rollback. What a fix created or altered carries the number of the file's own
transaction (``xmin``), as the mark of the file does; what it dropped leaves no trace, and is made again where
it is missing and the index that replaced it is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.files.lookups import exists, lookup, relation
from pilotage.model.fixes import Effect
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.model.plan import ApplyFix
from pilotage.model.visible import visible_name

_INDENT = "    "


def undo_fix(fix: ApplyFix, mark: tuple[QualifiedName, str]) -> str:
    """Return the statements of a block that take a fix back, each where what it undoes is the file's work.

    Args:
        fix: of any rule.
        mark: the column whose row in pg_attribute the file has written.
    """
    table, column = mark
    of_mark = f"attrelid = {relation(table)} AND attname = {quote_literal(column)}"
    # Or by this file itself, which has taken a later fix of the same objects back.
    written = f"({lookup('xmin', 'pg_attribute', of_mark)}, pg_current_xact_id()::xid)"
    effect = fix.effect
    there = [*_policies(effect, written), *_indexes(effect, written)]
    gone = [f"{relation(each.kept)} IS NOT NULL" for each in effect.dropped_indexes]
    gone += [f"{relation(each.name)} IS NULL" for each in effect.dropped_indexes]
    gone += [f"NOT {_policy(each.table, each.name)}" for each in effect.dropped_policies]
    message = quote_literal(
        f"fix {fix.rule} of table {visible_name(fix.table)}: left as found, for this file has not made it, "
        "or somebody has changed it since"
    )
    return (
        f"{_INDENT}IF {' AND '.join([*there, *gone])} THEN\n{_INDENT * 2}{fix.drop_sql}{_INDENT}ELSE\n"
        f"{_INDENT * 2}RAISE WARNING USING MESSAGE = {message};\n{_INDENT}END IF;\n"
    )


def _policies(effect: Effect, written: str) -> Iterator[str]:
    for each in effect.policies:
        yield _policy(each.policy.table, each.policy.name, f" AND xmin IN {written}")


def _policy(table: QualifiedName, name: str, more: str = "") -> str:
    return exists("pg_policy", f"polrelid = {relation(table)} AND polname = {quote_literal(name)}{more}")


def _indexes(effect: Effect, written: str) -> Iterator[str]:
    """Yield that indexes are the file's: rows of pg_depend are written when their object is created."""
    for each in effect.indexes:
        yield exists(
            "pg_depend",
            f"classid = 'pg_class'::regclass AND objid = {relation(each.name)} AND xmin IN {written}",
        )
