"""A catalog as JSON and back: ``baseline.json``, what the source was.

Consumed by the command line and by whoever compares two baselines. No other form of a catalog belongs here.
"""

from __future__ import annotations

import msgspec

from pilotage.errors import UsageError
from pilotage.model.catalog import Catalog
from pilotage.model.secrets import without_secret

BASELINE_FORMAT = 1
"""Version of the JSON form; it grows when a reader of the old form could be misled."""


class _Baseline(msgspec.Struct, frozen=True, kw_only=True):
    format: int = BASELINE_FORMAT
    catalog: Catalog


class _Versioned(msgspec.Struct):
    format: int


def encode_catalog(catalog: Catalog) -> bytes:
    """Return the catalog as indented JSON, without secrets, the same bytes for the same catalog."""
    roles = tuple(
        msgspec.structs.replace(role, settings=tuple(map(without_secret, role.settings)))
        for role in catalog.role_facts
    )
    written = msgspec.structs.replace(catalog, role_facts=roles)
    encoded = msgspec.json.encode(_Baseline(catalog=written), order="deterministic")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def decode_catalog(encoded: bytes) -> Catalog:
    """Read what :func:`encode_catalog` wrote.

    Raises:
        UsageError: not a baseline, or of a format that this version does not read.
    """
    try:
        found = msgspec.json.decode(encoded, type=_Versioned).format
        if found != BASELINE_FORMAT:
            raise UsageError(
                f"the baseline is of format {found}, and this pilotage reads format {BASELINE_FORMAT}; "
                "make it again with `pilotage inspect`"
            )
        return msgspec.json.decode(encoded, type=_Baseline).catalog
    # Bytes that are not UTF-8 are a ValueError and nothing of msgspec's.
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(
            f"this is not a baseline.json: {error}; make it again with `pilotage inspect`"
        ) from error
