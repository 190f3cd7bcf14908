"""What must hold for every row of a table, read from its server's catalogs as SQL.

Consumed by the scan of this room, and, one condition a table, by the comparison of rows. The expressions are
PostgreSQL's own prints. They call functions that the database's users wrote, as the role that verifies: every
session that evaluates them is in a READ ONLY transaction.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from typing import TypeVar

import msgspec

from pilotage.catalog.locks import releasing_locks
from pilotage.catalog.queries import Queries
from pilotage.connection import Session
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers
from pilotage.verify.rows.relation import Condition

T = TypeVar("T")

QUERIES = Queries(resources.files("pilotage.verify.soundness") / "queries")

_ARGUMENTS = 50
"""Columns given to one call; a function takes at most 100 arguments (``FUNC_MAX_ARGS``)."""


class RowCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition, with what is to be known where rows break it.

    Attributes:
        declared: the table or domain that has the constraint, and its name; a column's, where it is no
            constraint. The same at both ends for the same constraint.
        validated: whether the server claims that it holds.
        varies: whether the expression may have another result elsewhere or at another time.
        column: of a NOT NULL column.
    """

    condition: Condition
    declared: tuple[QualifiedName, str]
    validated: bool = True
    varies: bool = False
    column: str = ""

    def __str__(self) -> str:
        return f"{self.condition.name} on table {self.condition.relation}"


class RowConditions(msgspec.Struct, frozen=True, kw_only=True):
    """All conditions of the tables in scope.

    Attributes:
        not_checked: what no condition stands for, each with the reason.
    """

    conditions: tuple[RowCondition, ...]
    not_checked: tuple[str, ...] = ()


class _Check(msgspec.Struct, frozen=True, kw_only=True):
    relation: QualifiedName
    name: str
    expression: str
    validated: bool
    enforced: bool
    varies: bool


class _NotNull(msgspec.Struct, frozen=True, kw_only=True):
    relation: QualifiedName
    column: str
    validated: bool


class _Demand(msgspec.Struct, frozen=True, kw_only=True):
    relation: QualifiedName
    column: str
    of_elements: bool
    base_type: str
    composite: bool
    domain: QualifiedName
    name: str
    expression: str | None
    validated: bool
    varies: bool
    collation: QualifiedName | None


class _Inside(msgspec.Struct, frozen=True, kw_only=True):
    relation: QualifiedName
    column: str
    domain: QualifiedName


class _Generated(msgspec.Struct, frozen=True, kw_only=True):
    relation: QualifiedName
    column: str
    type: str
    expression: str
    varies: bool


class _Bounds(msgspec.Struct, frozen=True, kw_only=True):
    oid: int
    relation: QualifiedName
    expression: str | None


async def read_conditions(session: Session, schemas: Sequence[str]) -> RowConditions:
    """Read what must hold for the rows of all tables of some schemas, in the current snapshot.

    Raises:
        ServerError: a query failed.
    """
    checks = await _read(session, "check_constraints", _Check, schemas)
    demands = await _read(session, "domain_constraints", _Demand, schemas)
    inside = await _read(session, "domains_inside", _Inside, schemas)
    unreadable = [(each.relation, each.column, each.domain) for each in inside]
    unreadable += [(each.relation, each.column, each.domain) for each in demands if _is_unreadable(each)]
    conditions = [
        *(_check(each) for each in checks if each.enforced),
        *(_not_null(each) for each in await _read(session, "not_null_columns", _NotNull, schemas)),
        *(_demand(each) for each in demands if not _is_unreadable(each)),
        *(_generated(each) for each in await _read(session, "generated_columns", _Generated, schemas)),
        *await _partition_bounds(session, schemas),
    ]
    return RowConditions(
        conditions=tuple(sorted(conditions, key=lambda each: each.condition.relation)),
        not_checked=(
            *(
                f"check constraint {quote_identifier(each.name)} on table {each.relation}: it is NOT ENFORCED"
                for each in checks
                if not each.enforced
            ),
            *(
                f"constraints of domain {domain} in column {quote_identifier(column)} of table {relation}: "
                "they are of values inside the column's values"
                for relation, column, domain in dict.fromkeys(unreadable)
            ),
        ),
    )


async def _read(session: Session, name: str, of: type[T], schemas: Sequence[str]) -> tuple[T, ...]:
    return await session.records(QUERIES.text(name, session.version_num // 10000), of, schemas)


def together(conditions: Iterable[RowCondition]) -> tuple[Condition, ...]:
    """Return one condition for each table, which holds where all of its conditions do.

    A scan that shows that it holds, and for most tables it does, is not slowed down by counting for each.
    """
    return tuple(
        Condition(relation=relation, name="every condition", sql=" AND ".join(_terms(each)))
        for relation, each in by_table(conditions).items()
    )


def by_table(conditions: Iterable[RowCondition]) -> Mapping[QualifiedName, tuple[RowCondition, ...]]:
    """Return the conditions of each table."""
    return {
        relation: tuple(each)
        for relation, each in itertools.groupby(conditions, key=lambda each: each.condition.relation)
    }


def _terms(conditions: Sequence[RowCondition]) -> Iterator[str]:
    columns = [each.column for each in conditions if each.column]
    for start in range(0, len(columns), _ARGUMENTS):
        yield _none_is_null(columns[start : start + _ARGUMENTS])
    yield from (f"({each.condition.sql})" for each in conditions if not each.column)


def _none_is_null(columns: Sequence[str]) -> str:
    """Return the condition that no column is NULL.

    With ``IS NOT NULL`` the planner might believe the catalogs instead of looking, and a composite value is
    NOT NULL only where all of its attributes are.
    """
    return f"pg_catalog.num_nulls({quote_identifiers(list(columns))}) OPERATOR(pg_catalog.=) 0"


def _check(check: _Check) -> RowCondition:
    name = f"check constraint {quote_identifier(check.name)}"
    return RowCondition(
        condition=Condition(relation=check.relation, name=name, sql=check.expression),
        declared=(check.relation, check.name),
        validated=check.validated,
        varies=check.varies,
    )


def _not_null(not_null: _NotNull) -> RowCondition:
    return RowCondition(
        condition=Condition(
            relation=not_null.relation,
            name=f"NOT NULL of column {quote_identifier(not_null.column)}",
            sql=_none_is_null([not_null.column]),
        ),
        declared=(not_null.relation, not_null.column),
        validated=not_null.validated,
        column=not_null.column,
    )


def _is_unreadable(demand: _Demand) -> bool:
    # unnest() makes columns of composite values.
    return demand.of_elements and demand.composite


def _demand(demand: _Demand) -> RowCondition:
    constraint = f"constraint {quote_identifier(demand.name)}" if demand.expression else "NOT NULL"
    return RowCondition(
        condition=Condition(
            relation=demand.relation,
            name=f"{constraint} of domain {demand.domain} in column {quote_identifier(demand.column)}",
            sql=_domain_holds(demand),
        ),
        declared=(demand.domain, demand.name),
        validated=demand.validated,
        varies=demand.varies,
    )


def _domain_holds(demand: _Demand) -> str:
    """Return the condition that a value, or every element, is what the domain wants.

    A domain's constraint is printed with ``VALUE`` for the value: here it is a column of that name. The value
    is cast to the type below all domains, since a cast to a domain would check it, and raise an error.
    """
    column = quote_identifier(demand.column)
    collation = f" COLLATE {demand.collation}" if demand.collation else ""
    if not demand.of_elements:
        if demand.expression is None:
            return _none_is_null([demand.column])
        value = f"CAST({column} AS {demand.base_type}){collation}"
        return f"(SELECT {demand.expression} FROM (SELECT {value} AS value) AS of_domain)"  # noqa: S608 - quoted, or as the server prints it
    wanted = demand.expression or "pg_catalog.num_nulls(value) OPERATOR(pg_catalog.=) 0"
    value = f"CAST(element.value AS {demand.base_type}){collation}"
    return (
        f"(SELECT pg_catalog.bool_and({wanted}) FROM (SELECT {value} AS value "  # noqa: S608 - quoted, or as the server prints it
        f"FROM pg_catalog.unnest({column}) AS element (value)) AS of_domain)"
    )


def _generated(generated: _Generated) -> RowCondition:
    """Return the condition that what is stored is what the expression gives now.

    Equality would take 1.0 for 1.00; images tell them apart, byte by byte. Where the bytes differ, the text
    decides: one value may be stored in two ways, as an array with and without room for NULLs is.
    """
    column = quote_identifier(generated.column)
    return RowCondition(
        condition=Condition(
            relation=generated.relation,
            name=f"expression of generated column {column}",
            sql="(SELECT pg_catalog.record_image_eq(ROW(stored), ROW(made)) "  # noqa: S608 - quoted, or as the server prints it
            "OR (pg_catalog.num_nulls(stored, made) OPERATOR(pg_catalog.=) 0 "
            "AND pg_catalog.format('%s', stored) COLLATE pg_catalog.\"C\" "
            "OPERATOR(pg_catalog.=) pg_catalog.format('%s', made)) "
            f"FROM (SELECT {column} AS stored, CAST(({generated.expression}) AS {generated.type}) AS made) "
            "AS of_column)",
        ),
        declared=(generated.relation, generated.column),
        varies=generated.varies,
    )


async def _partition_bounds(session: Session, schemas: Sequence[str]) -> list[RowCondition]:
    found: list[RowCondition] = []
    text = QUERIES.text("partition_bounds", session.version_num // 10000)
    after = 0
    while True:
        async with releasing_locks(session):
            some = await session.records(text, _Bounds, schemas, after)
        if not some:
            return found
        found += [_bounds(each.relation, each.expression) for each in some if each.expression is not None]
        after = some[-1].oid


def _bounds(relation: QualifiedName, expression: str) -> RowCondition:
    return RowCondition(
        condition=Condition(relation=relation, name="partition bounds", sql=expression),
        declared=(relation, "partition bounds"),
    )
