"""Names that the migration would take and the target holds already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pilotage.journal.place import SCHEMA
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query

_ROUTINES = frozenset({"function", "procedure", "aggregate"})

_OF_THE_DATABASE = frozenset(
    {"EVENT TRIGGER", "PUBLICATION", "SUBSCRIPTION", "SERVER", "FOREIGN DATA WRAPPER"}
)
"""Kinds of archive entries whose names have no schema, of those that ``present.sql`` looks for."""


class _Present(msgspec.Struct, frozen=True):
    """Something on the target, as ``present.sql`` describes it; ``schema`` is empty for what has none."""

    kind: str
    schema: str
    name: str
    arguments: str

    @property
    def identity(self) -> str:
        if not self.schema:
            return f"{self.kind} {quote_identifier(self.name)}"
        name = str(QualifiedName(self.schema, self.name))
        return f"{name}({self.arguments})" if self.kind in _ROUTINES else name

    def __str__(self) -> str:
        return f"{self.kind} {self.identity}" if self.schema else self.identity

    @property
    def drop(self) -> str:
        """The statement that removes it, where nothing else needs it."""
        kind = "TABLE" if self.kind == "partitioned table" else self.kind.upper()
        return f"DROP {kind} {self.identity if self.schema else quote_identifier(self.name)};"


async def _look(situation: Situation) -> Sequence[Problem]:
    wanted = _identities(situation.catalog) | {
        f"{step.kind.lower()} {quote_identifier(step.object)}"
        for step in situation.definitions
        if step.kind in _OF_THE_DATABASE
    }
    wanted.discard(f"schema {SCHEMA}")  # told by itself
    present = await situation.target.records(query("present"), _Present)
    going = _going_with_tables(situation.catalog, {found.identity for found in present})
    return [
        *_name_of_the_record(situation.catalog, present),
        *_in_the_way(present, wanted - going),
    ]


def _in_the_way(present: Sequence[_Present], wanted: set[str]) -> list[Problem]:
    return [
        CHECK.stop(
            object=str(found),
            found="is already there, and the migration would create it",
            wanted="a target that does not hold it",
            remedy=f"{found.drop} -- or name an empty database, or leave it out of the scope",
        )
        for found in sorted(present, key=str)
        if found.identity in wanted
    ]


def _name_of_the_record(source: Catalog, present: Sequence[_Present]) -> Iterator[Problem]:
    """Yield what has the name of the schema in which is recorded what is done."""
    schema = f"schema {SCHEMA}"
    if any(found.identity == schema for found in present):
        yield CHECK.stop(
            object=schema,
            found="is already there, and what is done is to be recorded in a schema of that name",
            wanted="a target without it",
            remedy=f"ALTER SCHEMA {SCHEMA} RENAME TO ...; or, where `pilotage apply` keeps its record in it, "
            "take its files back with `pilotage rollback`, or name another database",
        )
    if any(each.name == SCHEMA for each in source.schemas):
        yield CHECK.stop(
            object=schema,
            found="would come from the source, and what is done is to be recorded in a schema of that name",
            wanted="a source in whose scope it is not",
            remedy=f"--exclude-schema {SCHEMA}; or rename it on the source",
        )


def _going_with_tables(source: Catalog, present: set[str]) -> set[str]:
    """Return indexes and sequences of tables that are in the way themselves: DROP TABLE takes them along.

    Dropping them by themselves is refused where a constraint or a column's default needs them.
    """
    return {str(index.name) for index in source.indexes if str(index.table) in present} | {
        str(sequence.name)
        for sequence in source.sequences
        if sequence.owned_by is not None and str(sequence.owned_by[0]) in present
    }


def _identities(source: Catalog) -> set[str]:
    """Return the names that the plan will take, as ``_Present.identity`` writes them."""
    return (
        {str(table.name) for table in source.tables}
        | {str(sequence.name) for sequence in source.sequences}
        | {str(view.name) for view in source.views}
        | {str(index.name) for index in source.indexes}
        | {str(user_type.name) for user_type in source.types}
        | {f"{routine.name}({routine.arguments})" for routine in source.routines}
        # Every database has a public schema from the start; creating into it is what it is for.
        | {f"schema {quote_identifier(schema.name)}" for schema in source.schemas if schema.name != "public"}
    )


CHECK = Check(
    name="target-not-empty",
    title="nothing is in the way on the target",
    end=End.TARGET,
    of_beginning=True,
    look=_look,
)
