"""Settings under which values are printed by the source and read by the target, exactly.

Consumed by every SQL file with rows or checksums, and by the session that reads the rows. What a role or a
database sets otherwise must not matter.
"""

from __future__ import annotations

from pilotage.model.names import quote_identifier, quote_literal

# Each decides how some type prints its values or reads them.
_EXACT_VALUES: tuple[tuple[str, str], ...] = (
    ("search_path", ""),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO"),
    ("IntervalStyle", "postgres"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("xmloption", "content"),
    ("lc_monetary", "C"),
    ("array_nulls", "on"),
)

# Of a session that runs a file: how it is read, what must not end it half-way, and no noise.
_RUNNING: tuple[tuple[str, str], ...] = (
    ("standard_conforming_strings", "on"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("row_security", "off"),
    ("client_min_messages", "warning"),
)

# Of a file with definitions: what pg_dump's own preamble sets, and what constants in them are printed under.
# Not lc_monetary: pg_dump prints amounts as the source's own locale has it.
_DEFINING: tuple[tuple[str, str], ...] = (
    ("search_path", ""),
    ("DateStyle", "ISO"),
    ("IntervalStyle", "postgres"),
    ("xmloption", "content"),
    ("check_function_bodies", "off"),
    ("default_tablespace", ""),
    ("default_table_access_method", "heap"),
)


def source_settings() -> tuple[str, ...]:
    """Return the statements by which a source's session prints rows for a file, until its transaction ends.

    Workers side by side would hand out rows in the order in which they happen to find them.
    """
    return _statements((*_EXACT_VALUES, ("max_parallel_workers_per_gather", "0")))


def file_settings(source_encoding: str, role: str) -> tuple[str, ...]:
    """Return the statements at the beginning of a file's transaction, which end with it.

    Args:
        source_encoding: of the source database.
        role: to take on; empty for none.
    """
    # standard_conforming_strings comes first: it decides how every string after it is read.
    first, *others = _RUNNING
    encoding = ("client_encoding", text_encoding(source_encoding))
    return (*_statements((first, encoding, *others, *_EXACT_VALUES)), *_taking_on(role))


def definition_settings(role: str) -> tuple[str, ...]:
    """Return the statements at the beginning of a file with definitions, which end with its transaction.

    Args:
        role: to take on; empty for none.
    """
    first, *others = _RUNNING
    return (*_statements((first, ("client_encoding", "UTF8"), *others, *_DEFINING)), *_taking_on(role))


def _taking_on(role: str) -> tuple[str, ...]:
    return (f"SET LOCAL ROLE {quote_identifier(role)}",) if role else ()


def text_encoding(source_encoding: str) -> str:
    """Return the encoding of the text in the files: of bytes that nobody ever converted, none; else UTF-8."""
    return "SQL_ASCII" if source_encoding == "SQL_ASCII" else "UTF8"


def _statements(settings: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(f"SET LOCAL {name} = {quote_literal(value)}" for name, value in settings)
