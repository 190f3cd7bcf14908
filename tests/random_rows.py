"""Rows for a random schema that satisfy all of its constraints: every reference points to a row, or is NULL.

Consumed by tests on random schemas, beside ``random_schemas.py``. Drawn by a seeded generator and not by
Hypothesis: a thousand rows are more choices than it can shrink. What it shrinks is how many there are.
"""

from __future__ import annotations

from random import Random

from tests.random_schemas import (
    HOSTILE_TEXTS,
    POOLS,
    KeyKind,
    RandomColumn,
    RandomKey,
    RandomSchema,
    RandomTable,
    Row,
    Validity,
)

_ATTEMPTS = 4
"""How often a row is tried again: keys that share columns may choose rows that do not go together."""

_PROBES = 3
"""How many rows are tried before all are looked at."""


def rows_of(schema: RandomSchema) -> dict[int, list[Row]]:
    """Return the rows of each table, in no order; fewer than wanted where its keys allow no more."""
    random = Random(schema.seed)  # noqa: S311 - reproducible, not secret
    rows = _rows_with_keys(schema, random)
    keys = [[key for key in schema.keys if key.table == number] for number in range(len(schema.tables))]
    while True:
        lost = False
        for number, table in enumerate(schema.tables):
            filled = _Filling(schema, rows, table, random).fill(rows[number], keys[number])
            lost |= len(filled) < len(rows[number])
            rows[number] = filled
        if not lost:
            break
    for each in rows.values():
        random.shuffle(each)
    return rows


def _rows_with_keys(schema: RandomSchema, random: Random) -> dict[int, list[Row]]:
    """Return rows in which only what no foreign key fills is set."""
    filled_later = {(key.table, column) for key in schema.keys for column in key.columns}
    rows: dict[int, list[Row]] = {}
    for number, table in enumerate(schema.tables):
        extended = _extended(schema, number, table)
        if extended is None:
            values = _key_values(table, random)
        else:
            (key_column,) = schema.tables[extended].key_columns
            values = [(row[key_column],) for row in rows[extended]]
            values = random.sample(values, min(len(values), table.rows))
        rows[number] = []
        for key in values:
            row = dict(zip(table.key_columns, key, strict=True))
            for column in table.columns:
                if (
                    column.name not in row
                    and not column.generated
                    and (number, column.name) not in filled_later
                ):
                    row[column.name] = _value(column, random)
            rows[number].append(row)
    return rows


def _extended(schema: RandomSchema, number: int, table: RandomTable) -> int | None:
    """Return the table that this table's own key references, as in one-to-one relationships."""
    return next(
        (
            key.referenced
            for key in schema.keys
            if key.table == number and key.columns == table.key_columns and key.referenced < number
        ),
        None,
    )


def _key_values(table: RandomTable, random: Random) -> list[tuple[str | None, ...]]:
    count = table.rows
    if table.key is KeyKind.NONE:
        return [()] * count
    if len(table.key_columns) == 2:
        numbers = random.sample(range(-2, 3 * count + 3), count)
        return [(str(random.randint(1, 2)), str(number)) for number in numbers]
    (column,) = (column for column in table.columns if column.name == table.key_columns[0])
    values: list[tuple[str | None, ...]]
    if column.type == "text":
        texts = [f"{text}{number or ''}" for number in range(count) for text in HOSTILE_TEXTS]
        values = [(text,) for text in texts[:count]]
    else:
        values = [(str(number),) for number in random.sample(range(-2, 3 * count + 3), count)]
    if table.key is not KeyKind.NULLABLE:
        return values
    return [(None,) if random.random() < 0.2 else value for value in values]


def _value(column: RandomColumn, random: Random) -> str | None:
    if not column.not_null and random.random() < 0.2:
        return None
    return random.choice(POOLS[column.type])


class _Filling:
    """Fills the foreign keys of one table's rows."""

    def __init__(
        self, schema: RandomSchema, rows: dict[int, list[Row]], table: RandomTable, random: Random
    ) -> None:
        self._schema = schema
        self._rows = rows
        self._table = table
        self._random = random
        self._not_null = {column.name for column in table.columns if column.not_null}
        self._not_null |= {
            column for key in schema.keys if schema.tables[key.table] is table for column in key.needed
        }
        self._has_root = False

    def fill(self, rows: list[Row], keys: list[RandomKey]) -> list[Row]:
        """Return the rows that can satisfy the keys, filled; values of an earlier time are drawn anew."""
        free = {column for key in keys for column in key.columns} - set(self._table.key_columns)
        self._has_root = False
        kept = []
        for number, row in enumerate(rows):
            bare = {name: value for name, value in row.items() if name not in free}
            filled = next(filter(None, (self._fill_row(bare, keys, number) for _ in range(_ATTEMPTS))), None)
            if filled is not None:
                row.clear()
                row.update(filled)
                kept.append(row)
        return kept

    def _fill_row(self, bare: Row, keys: list[RandomKey], number: int) -> Row | None:
        row = dict(bare)
        for key in self._random.sample(keys, len(keys)):
            if not self._fill_key(row, key, number):
                return None
        root = self._table.one_root
        if root and row[root] is None:
            if self._has_root:
                return None
            self._has_root = True
        return row

    def _fill_key(self, row: Row, key: RandomKey, number: int) -> bool:
        may_be_null = [
            column for column in key.columns if column not in self._not_null and row.get(column) is None
        ]
        if any(column in row and row[column] is None for column in key.columns) and not key.full:
            self._fill_rest(row, key)
            return self._is_whole(row, key)
        suspended = set(key.columns) <= set(may_be_null) if key.full else bool(may_be_null)
        if suspended and self._random.random() < 0.25:
            return self._suspend(row, key, may_be_null)
        if key.validity is not Validity.VALID and self._random.random() < 0.3:
            self._fill_rest(row, key, nulls=False)
            return self._is_whole(row, key)
        values = self._referenced_values(row, key, number)
        if values is not None:
            row.update(zip(key.columns, values, strict=True))
            return True
        return suspended and self._suspend(row, key, may_be_null)

    def _suspend(self, row: Row, key: RandomKey, may_be_null: list[str]) -> bool:
        """Put NULL where it suspends the key: everywhere for MATCH FULL, else in one place at least."""
        if key.full:
            row.update(dict.fromkeys(key.columns))
        else:
            row[self._random.choice(may_be_null)] = None
            self._fill_rest(row, key)
        return self._is_whole(row, key)

    def _fill_rest(self, row: Row, key: RandomKey, *, nulls: bool = True) -> None:
        """Fill a key's other columns with anything, for nobody checks them."""
        for column in key.columns:
            if column not in row:
                may_be_null = nulls and column not in self._not_null
                row[column] = (
                    None
                    if may_be_null and self._random.random() < 0.5
                    else str(900 + self._random.randint(0, 9))
                )

    def _is_whole(self, row: Row, key: RandomKey) -> bool:
        return not any(row[column] is None and column in self._not_null for column in key.columns)

    def _referenced_values(self, row: Row, key: RandomKey, number: int) -> tuple[str | None, ...] | None:
        """Return what the key's columns may hold, given those that are filled already; None for nothing."""
        others = self._rows[key.referenced]
        if key.referenced == key.table and self._table.forest:
            others = others[: number + 1]
        for other in self._random.choices(others, k=_PROBES) if others else ():
            if (values := self._fitting(row, key, other)) is not None:
                return values
        fitting = [values for other in others if (values := self._fitting(row, key, other)) is not None]
        return self._random.choice(fitting) if fitting else None

    @staticmethod
    def _fitting(row: Row, key: RandomKey, other: Row) -> tuple[str | None, ...] | None:
        values = tuple(other[column] for column in key.referenced_columns)
        fits = None not in values and all(
            column not in row or row[column] == value
            for column, value in zip(key.columns, values, strict=True)
        )
        return values if fits else None
