"""Settings that the user asks for: ``NAME=VALUE``, read and checked as far as no server is needed for it.

Consumed by the command line. Whether a server knows a name and takes its value is asked before a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pilotage.errors import UsageError
from pilotage.model.preflight import End
from pilotage.model.settings import GivenSettings

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)*\Z")

_VALUES = "values would be written or read otherwise than they are"
_IDENTITY = "definitions, rows and rights would be those of another role"
_HIDDEN = "rows or defects could go unnoticed"
_TRANSACTIONS = "pilotage opens its transactions itself, those of the source for reading one snapshot"
_DEFINITIONS = "the plan's statements are written for the value that pilotage sets"

# What a run's correctness rests on.
_REFUSED = {
    **dict.fromkeys(
        (
            "datestyle",
            "intervalstyle",
            "timezone",
            "extra_float_digits",
            "bytea_output",
            "client_encoding",
            "xmloption",
            "xmlbinary",
            "lc_monetary",
            "lc_numeric",
            "lc_time",
            "array_nulls",
        ),
        _VALUES,
    ),
    **dict.fromkeys(
        (
            "search_path",
            "standard_conforming_strings",
            "backslash_quote",
            "quote_all_identifiers",
            "transform_null_equals",
            "check_function_bodies",
            "default_tablespace",
            "default_table_access_method",
            "default_toast_compression",
            "allow_system_table_mods",
        ),
        _DEFINITIONS,
    ),
    **dict.fromkeys(("role", "session_authorization"), _IDENTITY + "; --role takes one on"),
    **dict.fromkeys(
        (
            "row_security",
            "session_replication_role",
            "zero_damaged_pages",
            "ignore_checksum_failure",
            "event_triggers",
        ),
        _HIDDEN,
    ),
    **dict.fromkeys(
        (
            "transaction_isolation",
            "transaction_read_only",
            "transaction_deferrable",
            "default_transaction_isolation",
            "default_transaction_read_only",
            "default_transaction_deferrable",
        ),
        _TRANSACTIONS,
    ),
}


def parse_given(source: Iterable[str], target: Iterable[str]) -> GivenSettings:
    """Return the settings that ``--set-source`` and ``--set-target`` ask for; the last one of a name holds.

    Raises:
        UsageError: it is not NAME=VALUE, or a run's correctness rests on that setting.
    """
    return GivenSettings(source=_parse(source, End.SOURCE), target=_parse(target, End.TARGET))


def _parse(given: Iterable[str], end: End) -> tuple[tuple[str, str], ...]:
    settings: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip().lower()
        if not equals or not _NAME.match(name) or "\0" in value:
            raise UsageError(
                f"--set-{end} takes NAME=VALUE, such as --set-{end} work_mem=64MB; found {text!r}"
            )
        if name in _REFUSED:
            raise UsageError(f"--set-{end}: {name} is pilotage's own to set: {_REFUSED[name]}; leave it out")
        settings[name] = value.strip()
    return tuple(settings.items())
