"""The statements that repair one table, each a text of its own.

Consumed by the script, which knows in what order they come. Rows stand in temporary tables when they run:

- by key: ``found`` holds the keys of the target's rows that change or go, ``wanted`` the source's rows that
  come; of a changed row both have the same number.
- by whole rows: ``rows`` holds each row that is there too often or too seldom, with how often.
"""

from __future__ import annotations

from pilotage.files.blocks import do_block
from pilotage.files.checksums import row_hash, row_text
from pilotage.model.names import quote_identifier, quote_identifiers, quote_literal
from pilotage.model.visible import visible_name
from pilotage.repair.choosing import ChosenTable

ROOM = "pilotage.repair"
"""Whose templates are meant."""

LEAVING = "pg_temp.pilotage_leaving"
"""The places of all rows that are deleted."""

CREATE_LEAVING = (
    "CREATE TEMPORARY TABLE pilotage_leaving (relation pg_catalog.oid, place pg_catalog.tid) ON COMMIT DROP"
)

_CHANGED = (
    "Somebody has written to the table since the two ends were compared, or this file has run before. Verify "
    "again, and write the file anew."
)
_DAMAGED = (
    "Take the file as it was first written. If nobody has changed it, a value of this table does not read "
    "back here as it was printed."
)
_WRONG = "Nothing of this file was committed. Something else acts on the rows of this table."


class TableStatements:
    """Writes the statements for one table."""

    def __init__(self, chosen: ChosenTable, encoding: str) -> None:
        self.chosen = chosen
        self._encoding = encoding
        self._types = {column.name: column.type for column in chosen.table.columns}
        self.table = f"ONLY {chosen.name}"
        self.found = f"pg_temp.pilotage_found_{chosen.number}"
        self.wanted = f"pg_temp.pilotage_wanted_{chosen.number}"
        self.rows = f"pg_temp.pilotage_rows_{chosen.number}"
        self.number, self.hash, self.there, self.due = map(
            self._own, ("pilotage_number", "pilotage_hash", "pilotage_there", "pilotage_due")
        )

    def _own(self, name: str) -> str:
        """Return a name that none of the table's columns has."""
        while name in self._types:
            name += "_"
        return name

    @property
    def found_columns(self) -> tuple[str, ...]:
        """The columns of ``found``."""
        return (self.number, self.hash, *self.chosen.key)

    @property
    def wanted_columns(self) -> tuple[str, ...]:
        """The columns of ``wanted``."""
        return (self.number, self.hash, *self.chosen.columns)

    @property
    def rows_columns(self) -> tuple[str, ...]:
        """The columns of ``rows``."""
        return (self.number, self.hash, self.there, self.due, *self.chosen.columns)

    def create(self, relation: str, columns: tuple[str, ...]) -> str:
        """Return the statement that makes a temporary table whose columns are those of the table."""
        own = {self.number, self.hash, self.there, self.due}
        selected = ", ".join(
            f"NULL::pg_catalog.int8 AS {column}" if column in own else quote_identifier(column)
            for column in columns
        )
        name = relation.removeprefix("pg_temp.")
        return (
            f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT {selected} "  # noqa: S608 - quoted
            f"FROM {self.table} WITH NO DATA"
        )

    def guards(self) -> list[str]:
        """Return what refuses a damaged file, and rows that are not as they were found."""
        return self._guards_by_key() if self.chosen.by_key else self._guards_by_row()

    def _guards_by_key(self) -> list[str]:
        there = f"pg_catalog.min({self._hash('there')})"
        as_found = (
            f"SELECT 1 FROM {self.found} AS f LEFT JOIN {self.table} AS there ON {self._same_key('f')} "  # noqa: S608
            f"GROUP BY f.{self.number}, f.{self.hash} "
            f"HAVING pg_catalog.count(there.ctid) <> 1 OR {there} <> f.{self.hash}"
        )
        not_there = (
            f"SELECT 1 FROM {self.wanted} AS w JOIN {self.table} AS there ON {self._same_key('w')} "  # noqa: S608
            f"WHERE {self._is_only('w', self.found)}"
        )
        return [
            self._damaged(self.wanted),
            self._refuse(
                as_found,
                "table {}: %s rows that this file would change or delete are no longer as they were found",
                _CHANGED,
            ),
            self._refuse(
                not_there, "table {}: %s rows that this file would insert are there already", _CHANGED
            ),
        ]

    def _guards_by_row(self) -> list[str]:
        return [
            self._damaged(self.rows),
            self._refuse(
                self._counts(self.there),
                "table {}: %s rows are no longer there as often as they were found",
                _CHANGED,
            ),
        ]

    def leaving(self) -> str:
        """Return the statement that notes the places of the rows that are deleted."""
        if self.chosen.by_key:
            only = "" if self.chosen.again else f" WHERE {self._is_only('f', self.wanted)}"
            return (
                f"INSERT INTO {LEAVING} SELECT there.tableoid, there.ctid "  # noqa: S608 - quoted
                f"FROM {self.table} AS there JOIN {self.found} AS f ON {self._same_key('f')}{only}"
            )
        return (
            f"INSERT INTO {LEAVING} SELECT copies.relation, copies.place FROM ("  # noqa: S608 - quoted
            f"SELECT there.tableoid AS relation, there.ctid AS place, "
            f"r.{self.there} - r.{self.due} AS surplus, "
            f"pg_catalog.row_number() OVER (PARTITION BY r.{self.number}) AS copy "
            f"FROM {self.rows} AS r JOIN {self.table} AS there ON {self._same_row()} "
            f"WHERE r.{self.there} > r.{self.due}) AS copies WHERE copies.copy <= copies.surplus"
        )

    def update(self, columns: tuple[str, ...]) -> str:
        """Return the statement that sets columns of changed rows."""
        assignments = ", ".join(
            f"{quote_identifier(column)} = w.{quote_identifier(column)}" for column in columns
        )
        return (
            f"UPDATE {self.table} AS there SET {assignments} FROM {self.found} AS f "  # noqa: S608 - quoted
            f"JOIN {self.wanted} AS w ON w.{self.number} = f.{self.number} WHERE {self._same_key('f')}"
        )

    def park(self) -> str:
        """Return the statement that frees unique values which changed rows are about to take."""
        assignments = ", ".join(f"{quote_identifier(column)} = NULL" for column in self.chosen.parked)
        return (
            f"UPDATE {self.table} AS there SET {assignments} FROM {self.found} AS f "  # noqa: S608 - quoted
            f"JOIN {self.wanted} AS w ON w.{self.number} = f.{self.number} WHERE {self._same_key('f')}"
        )

    def delete(self) -> str:
        """Return the statement that deletes the rows whose places were noted."""
        relation = f"{quote_literal(str(self.chosen.name))}::pg_catalog.regclass"
        return (
            f"DELETE FROM {self.table} AS there USING {LEAVING} AS leaving "  # noqa: S608 - quoted
            f"WHERE leaving.relation = {relation} AND there.ctid = leaving.place"
        )

    def insert(self) -> str:
        """Return the statement that inserts the rows that are not there."""
        columns = quote_identifiers(self.chosen.columns)
        into = f"INSERT INTO {self.chosen.name}"
        if columns:
            into += f" ({columns}) OVERRIDING SYSTEM VALUE"
        if self.chosen.by_key:
            only = "" if self.chosen.again else f" WHERE {self._is_only('w', self.found)}"
            rows = f"SELECT {columns} FROM {self.wanted} AS w{only} ORDER BY w.{self.number}"  # noqa: S608 - quoted
        else:
            rows = (
                f"SELECT {columns} FROM {self.rows} AS r CROSS JOIN "  # noqa: S608 - quoted
                f"pg_catalog.generate_series(1, r.{self.due} - r.{self.there}) AS copies "
                f"ORDER BY r.{self.number}"
            )
        return f"{into} {rows}"

    def assertions(self) -> list[str]:
        """Return what refuses to commit anything but what was wanted."""
        if not self.chosen.by_key:
            return [
                self._refuse(
                    self._counts(self.due),
                    "table {}: %s rows are not there as often as at the source",
                    _WRONG,
                )
            ]
        there = f"pg_catalog.min({self._hash('there')})"
        as_wanted = (
            f"SELECT 1 FROM {self.wanted} AS w LEFT JOIN {self.table} AS there ON {self._same_key('w')} "  # noqa: S608
            f"GROUP BY w.{self.number}, w.{self.hash} "
            f"HAVING pg_catalog.count(there.ctid) <> 1 OR {there} <> w.{self.hash}"
        )
        still_there = (
            f"SELECT 1 FROM {self.found} AS f JOIN {self.table} AS there ON {self._same_key('f')} "  # noqa: S608
            f"WHERE {self._is_only('f', self.wanted)}"
        )
        return [
            self._refuse(as_wanted, "table {}: %s rows did not become what they are at the source", _WRONG),
            self._refuse(
                still_there, "table {}: %s rows that the source does not have are still there", _WRONG
            ),
        ]

    def _damaged(self, relation: str) -> str:
        return self._refuse(
            f"SELECT 1 FROM {relation} AS r WHERE {self._hash('r')} <> r.{self.hash}",  # noqa: S608 - quoted
            "table {}: %s rows of this file are not what was written into it",
            _DAMAGED,
        )

    def _counts(self, wanted: str) -> str:
        """Return the query for the rows of which there are more or fewer than a column says."""
        return (
            f"SELECT 1 FROM {self.rows} AS r LEFT JOIN {self.table} AS there ON {self._same_row()} "  # noqa: S608
            f"GROUP BY r.{self.number}, r.{wanted} HAVING pg_catalog.count(there.ctid) <> r.{wanted}"
        )

    def _refuse(self, rows: str, message: str, hint: str) -> str:
        label = visible_name(self.chosen.name).replace("%", "%%")
        return do_block(
            "refuse",
            room=ROOM,
            rows=rows,
            message=quote_literal(message.replace("{}", label)),
            hint=quote_literal(hint),
        )

    def _is_only(self, alias: str, other: str) -> str:
        """Return the condition that a row is in one of ``found`` and ``wanted``, and not in the other."""
        return f"NOT EXISTS (SELECT FROM {other} AS other WHERE other.{self.number} = {alias}.{self.number})"

    def _same_key(self, alias: str) -> str:
        """Return the comparison of keys, which no search_path may have a say in.

        Types of users and extensions may keep their operators anywhere. Their keys are compared as text.
        """
        comparisons: list[str] = []
        for column in self.chosen.key:
            cast = "::pg_catalog.text" if "." in self._types[column] else ""
            name = quote_identifier(column)
            comparisons.append(f"there.{name}{cast} = {alias}.{name}{cast}")
        return " AND ".join(comparisons)

    def _same_row(self) -> str:
        there, row = (row_text(self.chosen.columns, of=alias) for alias in ("there", "r"))
        return (
            f'{there}::pg_catalog.text COLLATE pg_catalog."C" = {row}::pg_catalog.text COLLATE pg_catalog."C"'
        )

    def _hash(self, of: str) -> str:
        return row_hash(self.chosen.columns, self._encoding, of=of)
