"""The SQL that an archive's entry stands for, and the session settings that it counts on.

Consumed by planning, which puts the statements into steps and files. Where an entry goes is decided there;
what is said here is only in which of pg_restore's passes it belongs.
"""

from __future__ import annotations

from enum import IntEnum

from pilotage.archive.toc import SETTINGS
from pilotage.errors import ArchiveError
from pilotage.model.archive import ArchiveEntry
from pilotage.model.names import QualifiedName, quote_identifier

DEFAULT_ACCESS_METHOD = "heap"
"""What PREAMBLE makes the default, and PostgreSQL's own."""

PREAMBLE = """\
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout';
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
"""
"""What a session sets once before it runs any entry's statements, on PostgreSQL 15 and later.

The settings of pg_restore's _doSetFixedOutputState(), and the two defaults that it sets before the first
table. ``transaction_timeout`` came with PostgreSQL 17, and SET fails on a name that the server does not know.
"""

# _getObjectDescription() in pg_backup_archiver.c: the kinds that ALTER … OWNER TO names by kind and name…
_OWNED_BY_NAME = frozenset(
    {
        "COLLATION",
        "CONVERSION",
        "DOMAIN",
        "EVENT TRIGGER",
        "FOREIGN DATA WRAPPER",
        "FOREIGN TABLE",
        "MATERIALIZED VIEW",
        "PROCEDURAL LANGUAGE",
        "PUBLICATION",
        "SCHEMA",
        "SEQUENCE",
        "SERVER",
        "STATISTICS",
        "SUBSCRIPTION",
        "TABLE",
        "TEXT SEARCH CONFIGURATION",
        "TEXT SEARCH DICTIONARY",
        "TYPE",
        "VIEW",
    }
)

# …those whose arguments or index method are needed too, and stand in the DROP statement…
_OWNED_AS_DROPPED = frozenset(
    {"AGGREGATE", "FUNCTION", "OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY", "PROCEDURE"}
)

# …and those that pg_dump gives an owner though they have none of their own: the owner of what they are on.
_OWNED_BY_ANOTHER = frozenset(
    {
        "CAST",
        "CHECK CONSTRAINT",
        "CONSTRAINT",
        "DEFAULT",
        "FK CONSTRAINT",
        "INDEX",
        "POLICY",
        "ROW SECURITY",
        "RULE",
        "TRIGGER",
        "USER MAPPING",
    }
)

_PARTITIONED_TABLE = "p"  # pg_class.relkind


class RestorePass(IntEnum):
    """The three times that pg_restore goes through an archive, each time in the archive's order.

    Privileges come late, so that an owner who gave up a privilege can still load; refreshes and event
    triggers come after them, so that the ones may use privileges and the others cannot get in their way.
    """

    MAIN = 0
    ACL = 1
    POST_ACL = 2


def restore_pass(entry: ArchiveEntry) -> RestorePass:
    """Return the pass that runs the entry: _tocEntryRestorePass() in pg_backup_archiver.c."""
    match entry.kind:
        case "ACL" | "ACL LANGUAGE" | "DEFAULT ACL":
            return RestorePass.ACL
        case "EVENT TRIGGER" | "MATERIALIZED VIEW DATA":
            return RestorePass.POST_ACL
        case "COMMENT" | "SECURITY LABEL" if entry.tag.startswith("EVENT TRIGGER "):
            return RestorePass.POST_ACL
        case _:
            return RestorePass.MAIN


def is_setting(entry: ArchiveEntry) -> bool:
    """Whether the entry only says how to read the others; PREAMBLE does what it asks for."""
    return entry.kind in SETTINGS


def is_of_database(entry: ArchiveEntry) -> bool:
    """Whether the entry makes or alters the database itself, which pg_restore does with --create only.

    A custom-format archive always holds them: CREATE DATABASE, its settings, comment and privileges.
    """
    if entry.kind in {"DATABASE", "DATABASE PROPERTIES"}:
        return True
    return entry.kind in {"ACL", "COMMENT", "SECURITY LABEL"} and entry.tag.startswith("DATABASE ")


def statements_of(entry: ArchiveEntry) -> str:
    """Return what pg_restore would send for the entry: its definition, its owner, its access method.

    The result is empty, or ends with a newline. It expects the session that PREAMBLE makes and leaves it so:
    an entry that needs another default tablespace or table access method sets it back. Settings and what is
    of the database itself give nothing, as with pg_restore without ``--create``; see :func:`is_setting` and
    :func:`is_of_database`.

    Raises:
        ArchiveError: an entry of a kind that we do not know has an owner, or it is about large objects.
    """
    if is_setting(entry) or is_of_database(entry):
        return ""
    if entry.kind == "BLOB METADATA" or (entry.kind == "ACL" and entry.tag.startswith("LARGE OBJECTS ")):
        raise _unplaceable(entry, "is about many large objects at once, which are data and not schema")
    if not entry.definition:
        return ""
    definition = entry.definition
    if entry.kind == "SCHEMA" and entry.tag == "public":
        # With --schema, pg_dump writes it like any other, but every database has it from the start.
        definition = definition.replace("CREATE SCHEMA public;", "CREATE SCHEMA IF NOT EXISTS public;", 1)
    before, after = _defaults(entry)
    return before + _line(definition) + after + _owner_statement(entry) + _access_method_statement(entry)


def _defaults(entry: ArchiveEntry) -> tuple[str, str]:
    """Return what to set before the definition and what to set back after it."""
    before = after = ""
    if entry.tablespace:
        before += f"SET default_tablespace = {quote_identifier(entry.tablespace)};\n"
        after += "SET default_tablespace = '';\n"
    if _sets_access_method(entry) and entry.relkind != _PARTITIONED_TABLE:
        before += f"SET default_table_access_method = {quote_identifier(entry.access_method)};\n"
        after += f"SET default_table_access_method = {DEFAULT_ACCESS_METHOD};\n"
    return before, after


def _access_method_statement(entry: ArchiveEntry) -> str:
    """Return what a partitioned table's future partitions will be stored with; it stores nothing itself."""
    if entry.relkind != _PARTITIONED_TABLE or not entry.access_method:
        return ""
    table = QualifiedName(entry.schema, entry.tag)
    return f"ALTER TABLE {table} SET ACCESS METHOD {quote_identifier(entry.access_method)};\n"


def _sets_access_method(entry: ArchiveEntry) -> bool:
    return entry.access_method not in {"", DEFAULT_ACCESS_METHOD}


def _owner_statement(entry: ArchiveEntry) -> str:
    """Return the statement that gives the object to its owner, empty where there is none to give."""
    # pg_dump leaves the DROP statement empty for what cannot be owned on its own.
    if not entry.owner or not entry.drop_statement or entry.kind in _OWNED_BY_ANOTHER:
        return ""
    if entry.kind in _OWNED_BY_NAME:
        name = str(QualifiedName(entry.schema, entry.tag)) if entry.schema else quote_identifier(entry.tag)
        described = f"{entry.kind} {name}"
    elif entry.kind in _OWNED_AS_DROPPED:
        described = entry.drop_statement.removeprefix("DROP ").rstrip(";\n")
    elif entry.kind == "BLOB" and entry.tag.isascii() and entry.tag.isdigit():
        described = f"LARGE OBJECT {entry.tag}"
    else:
        raise _unplaceable(entry, "has an owner, and how to give it one is not known for this kind")
    return f"ALTER {described} OWNER TO {quote_identifier(entry.owner)};\n"


def _unplaceable(entry: ArchiveEntry, problem: str) -> ArchiveError:
    return ArchiveError(
        f"archive entry {entry.dump_id} ({entry.kind} {entry.tag!r}) {problem}; "
        "leave the object out of the scope and move it with pg_restore, or use a newer pilotage"
    )


def _line(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
