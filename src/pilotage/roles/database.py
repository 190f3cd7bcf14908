"""What is of the database itself, as statements for a database of another name.

Consumed by planning. pg_restore does this with ``--create`` only, and names the database as it was called on
the source. Here each statement asks what the database is called in which it runs.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pilotage.model.archive import ArchiveEntry
from pilotage.model.names import quote_body, quote_identifier, quote_literal
from pilotage.roles.words import Kind, UnreadableTextError, Word, begins, only, statements_in, words_of

PROPERTIES = "DATABASE PROPERTIES"
"""pg_dump's word for settings and limits of a database, and the kind of the steps that bring them."""

OF_DATABASE = "DATABASE"
"""The object of a step about the database itself, whatever its name."""


_FORMAT = re.compile("%(%|I)")


@dataclasses.dataclass(frozen=True, slots=True)
class DatabaseChange:
    """A change to the database itself.

    Attributes:
        kind: of the archive entry that it comes from.
        object: ``DATABASE``, ``SETTINGS OF DATABASE``, or ``SETTINGS OF ROLE name IN DATABASE``.
        sql: the statement.
    """

    kind: str
    object: str
    sql: str


def database_changes(entry: ArchiveEntry) -> Iterator[DatabaseChange]:
    """Yield what an entry of the database itself changes; nothing for its creation.

    Settings of the database are one change, those of each role in it another: each is a row of
    ``pg_db_role_setting``.

    Raises:
        UnreadableTextError: a statement is not of a form that is known.
    """
    if entry.kind == "DATABASE":
        return
    changes: defaultdict[str, list[str]] = defaultdict(list)
    for statement in statements_in(entry.definition):
        changes[_object(entry, statement)].append(_with_current_name(entry.definition, statement))
    for changed, statements in changes.items():
        lines = "".join(
            f"    EXECUTE pg_catalog.format({quote_literal(statement)}, pg_catalog.current_database());\n"
            for statement in statements
        )
        yield DatabaseChange(entry.kind, changed, f"DO {quote_body(f'BEGIN{chr(10)}{lines}END')};\n")


def parameters_set(sql: str) -> Iterator[str]:
    """Yield the names of the server's parameters that a change sets.

    Args:
        sql: as :class:`DatabaseChange` has it.
    """
    for statement in statements_of_change(sql):
        words = list(words_of(statement))
        place = next((place for place, word in enumerate(words) if word.is_bare("SET")), None)
        if place is not None and place + 1 < len(words):
            yield words[place + 1].name


def statements_of_change(sql: str) -> Iterator[str]:
    """Yield the statements that a change runs, for a database called ``x``.

    Args:
        sql: as :class:`DatabaseChange` has it.
    """
    for word in words_of(sql):
        if word.kind is Kind.BODY:
            tag = word.text[: word.text.index("$", 1) + 1]
            for inner in words_of(word.text[len(tag) : -len(tag)]):
                if inner.kind is Kind.STRING:
                    yield _FORMAT.sub(lambda found: "%" if found[1] == "%" else "x", inner.value)


def _object(entry: ArchiveEntry, statement: Sequence[Word]) -> str:
    if entry.kind != PROPERTIES:
        return OF_DATABASE
    if begins(statement, "ALTER ROLE"):
        return f"SETTINGS OF ROLE {quote_identifier(statement[2].name)} IN DATABASE"
    if begins(statement[3:], "SET") and not begins(statement[3:], "SET TABLESPACE"):
        return "SETTINGS OF DATABASE"
    if begins(statement[3:], "CONNECTION LIMIT") or begins(statement[3:], "IS_TEMPLATE"):
        return OF_DATABASE
    raise UnreadableTextError("an unknown statement about a database")


def _with_current_name(sql: str, statement: Sequence[Word]) -> str:
    """Return a statement as a format in which ``%I`` stands for the database's name."""
    place = only(statement, "DATABASE") + 1
    if place >= len(statement) or not statement[place].is_name:
        raise UnreadableTextError("no name behind DATABASE")
    name = statement[place]
    before = sql[statement[0].start : name.start].replace("%", "%%")
    return f"{before}%I{sql[name.end : statement[-1].end].replace('%', '%%')}"
