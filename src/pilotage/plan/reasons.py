"""Reasons: one sentence for people on why a load strategy was chosen, and none before it.

Consumed by the choice of load strategies, which decides; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from pilotage.config.sizes import exact_size
from pilotage.model.choices import DataFormat
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.review import SelfReferenceShape
from pilotage.plan.components import ROWS_PER_INSERT, Edge, LinkedTables, Statements

Shapes = Mapping[QualifiedName, SelfReferenceShape]

_ORDER_IS_FREE = "and PostgreSQL checks keys at the end of a statement, so any row order works"


def one_statement(linked: LinkedTables, statements: Statements) -> str:
    """Say why any row order works."""
    return f"{_who(linked)}; {_as_one_statement(linked.tables[0], statements)}, {_ORDER_IS_FREE}"


def deferred(linked: LinkedTables, treated: Collection[Edge], statements: Statements) -> str:
    """Say which keys wait for the end of the transaction."""
    return (
        f"{_who(linked)}; {_not_one(linked, statements)}; {_keys(treated)} can be deferred, so that all rows "
        f"come in one transaction and {_it(treated)} checked at its end"
    )


def parents_first(linked: LinkedTables, depth: int, statements: Statements) -> str:
    """Say that the rows have an order."""
    chain = (
        "no row references another" if depth == 0 else f"the longest chain has {_count(depth, 'reference')}"
    )
    return (
        f"{_who(linked)}; {_not_one(linked, statements)}; {_not_deferrable(linked)}; the rows form no loop "
        f"({chain}), so each can come after those that it references"
    )


def two_pass(linked: LinkedTables, treated: Collection[Edge], statements: Statements, shapes: Shapes) -> str:
    """Say which keys are broken for a while."""
    parts = [
        _who(linked),
        _not_one(linked, statements),
        _not_deferrable(linked),
        *_not_parents_first(linked, shapes),
        f"{_keys(treated)} can be NULL while the rows come; an UPDATE fills {_pronoun(treated)} in later",
    ]
    return "; ".join(parts)


def one_large_statement(
    linked: LinkedTables, statements: Statements, shapes: Shapes, obstacles: Sequence[str]
) -> str:
    """Say why a file is larger than it should be."""
    parts = [
        _who(linked),
        _not_one(linked, statements),
        _not_deferrable(linked),
        *_not_parents_first(linked, shapes),
        f"no second pass is possible, since {_listed(obstacles)}",
    ]
    parts.append(f"so its rows stay together, above the limit, as one COPY statement, {_ORDER_IS_FREE}")
    return "; ".join(parts)


def drop_and_restore(
    linked: LinkedTables,
    treated: Collection[Edge],
    statements: Statements,
    shapes: Shapes,
    obstacles: Sequence[str],
) -> str:
    """Say why a key cannot stay."""
    parts = [
        _who(linked),
        _not_one(linked, statements),
        _not_deferrable(linked),
        *_not_parents_first(linked, shapes),
        f"no second pass is possible, since {_listed(obstacles)}",
        f"only without {_keys(treated)} do the rows get in; adding {_pronoun(treated)} again checks them all",
    ]
    return "; ".join(parts)


def _who(linked: LinkedTables) -> str:
    """Say who references whom."""
    if not linked.is_single:
        return f"{_listed([str(table) for table in linked.tables])} reference each other"
    (table,) = linked.tables
    times = {1: "itself", 2: "itself twice"}.get(len(linked.edges), f"itself {len(linked.edges)} times")
    return f"{table} references {times} ({', '.join(_columns(edge) for edge in linked.edges)})"


def _columns(edge: Edge) -> str:
    names = ", ".join(quote_identifier(column) for column in edge.key.columns)
    return names if len(edge.key.columns) == 1 else f"({names})"


def _as_one_statement(table: QualifiedName, statements: Statements) -> str:
    rows = statements.rows[table]
    what = "rows are" if rows is None else "1 row is" if rows == 1 else f"{rows:,} rows are"
    into = " into the partitioned table" if table in statements.partitioned else ""
    return f"its {what} one {_command(statements)} statement{into}"


def _command(statements: Statements) -> str:
    return "COPY" if statements.data_format is DataFormat.COPY else "INSERT"


def _not_one(linked: LinkedTables, statements: Statements) -> str:
    """Say why one statement does not do."""
    if not linked.is_single:
        return "no one statement brings the rows of several tables"
    (table,) = linked.tables
    if statements.is_one(table):
        return f"its rows are more than a file of {exact_size(statements.split_bytes)} holds"
    rows = statements.rows[table]
    limit = f"more than the {ROWS_PER_INSERT:,} of one INSERT"
    return (
        f"its rows, which nobody counted, may be {limit}"
        if rows is None
        else f"its {rows:,} rows are {limit}"
    )


def _not_deferrable(linked: LinkedTables) -> str:
    """Say why deferring does not do."""
    fixed = [edge for edge in linked.edges if not edge.key.deferrable]
    if len(fixed) == len(linked.edges):
        return "none of these keys is DEFERRABLE" if len(fixed) > 1 else f"{_keys(fixed)} is not DEFERRABLE"
    return f"{_keys(fixed)} {'is' if len(fixed) == 1 else 'are'} not DEFERRABLE"


def _not_parents_first(linked: LinkedTables, shapes: Shapes) -> tuple[str, ...]:
    """Say why an order of rows does not do; of several tables nobody expects one."""
    if not linked.is_single:
        return ()
    if linked.tables[0] in shapes:
        return ("its rows form a loop",)
    return ("how its rows reference each other was not read",)


def _keys(edges: Collection[Edge]) -> str:
    ordered = sorted(edges, key=lambda edge: (edge.key.table, edge.key.name))
    names = [f"{quote_identifier(edge.key.name)} of {edge.key.table}" for edge in ordered]
    return _listed(names)


def _it(edges: Collection[Edge]) -> str:
    return "it is" if len(edges) == 1 else "they are"


def _pronoun(edges: Collection[Edge]) -> str:
    return "it" if len(edges) == 1 else "them"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(items: Iterable[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last
