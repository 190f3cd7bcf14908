"""The connection service file: named sets of connection parameters.

Consumed by :mod:`pilotage.connection.dsn`. The rules are libpq's (PostgreSQL documentation, 34.17).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pilotage.connection.conninfo import check_keyword
from pilotage.errors import UsageError


def read_service(service: str, files: Sequence[Path]) -> dict[str, str]:
    """Return what the first of the files that defines the service gives.

    Raises:
        UsageError: no file defines it, or the definition cannot be read.
    """
    for file in files:
        text = _read(file)
        if text is None:
            continue
        values = _find(service, text, file)
        if values is not None:
            return values
    searched = ", ".join(str(file) for file in files) or "nowhere: neither a home directory nor PGSERVICEFILE"
    raise UsageError(
        f'service "{service}" is not defined (searched: {searched}); '
        "define it there, or name its file in PGSERVICEFILE, or its directory in PGSYSCONFDIR"
    )


def _read(file: Path) -> str | None:
    """Return the file's text, or None where there is no such file."""
    try:
        return file.read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"service file {file}: {error.strerror}") from error


def _find(service: str, text: str, file: Path) -> dict[str, str] | None:
    """Return the values of the service's first section, or None where it has none."""
    values: dict[str, str] | None = None
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip(" \t\r\f\v")
        where = f"service file {file}, line {number}"
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if values is not None:
                break
            if line.startswith(f"[{service}]"):
                values = {}
            continue
        if values is None:
            continue
        if line.startswith("ldap://"):
            raise UsageError(
                f"{where}: services looked up by LDAP are not supported; write the parameters out"
            )
        keyword, equals, value = line.partition("=")
        if not equals:
            raise UsageError(f"{where}: a line within a service is written keyword=value")
        if keyword in {"service", "servicefile"}:
            raise UsageError(f"{where}: a service cannot refer to another ({keyword}=)")
        check_keyword(keyword, shown=True, where=where)
        # The first line wins, here and only here.
        values.setdefault(keyword, value)
    return values
