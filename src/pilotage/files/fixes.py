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
    there = [*_policies(effect, written), *_indexes(effect, written), *_others(effect, written)]
    gone = [f"{relation(each.kept)} IS NOT NULL" for each in effect.dropped_indexes]
    gone += [f"{relation(each.name)} IS NULL" for each in effect.dropped_indexes]
    gone += [f"NOT {_policy(each.policy.table, each.policy.name)}" for each in effect.dropped_policies]
    message = quote_literal(
        f"fix {', '.join(fix.rules)} of {fix.of_kind} {visible_name(fix.name)}: left as found, for this file "
        "has not made it, "
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


def _others(effect: Effect, written: str) -> Iterator[str]:
    """Yield that what was altered is as the file left it, by the rows that such a change writes."""
    for routine in effect.routines:
        yield exists(
            "pg_proc", f"oid = to_regprocedure({quote_literal(routine.identity)}) AND xmin IN {written}"
        )
    for each in effect.constraints:
        yield exists(
            "pg_constraint",
            f"conrelid = {relation(each.table)} AND conname = {quote_literal(each.name)} "
            f"AND convalidated AND xmin IN {written}",
        )
    for sequence in effect.sequences:
        # other than numbers that are taken, which are not in this row
        yield exists("pg_sequence", f"seqrelid = {relation(sequence.name)} AND xmin IN {written}")
    for identity in effect.replica_identities:
        index = relation(QualifiedName(identity.table.schema, identity.index))
        yield exists("pg_index", f"indexrelid = {index} AND indisreplident AND xmin IN {written}")


def _indexes(effect: Effect, written: str) -> Iterator[str]:
    """Yield that indexes are the file's: rows of pg_depend are written when their object is created."""
    for each in effect.created_indexes:
        yield exists(
            "pg_depend",
            f"classid = 'pg_class'::regclass AND objid = {relation(each.name)} AND xmin IN {written}",
        )
