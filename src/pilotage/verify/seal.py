"""The digest of a verdict: whoever holds ``verdict.json`` can say whether it is as it was written.

Consumed by verification, and by whoever is handed a verdict. The canonical form is the JSON of all fields but
``sha256``: keys sorted, no white space, UTF-8 without needless escapes, numbers as they stand in the file.
Python's ``json`` writes just that; RFC 8785 is the same but for numbers that end in ``.0``.
"""

from __future__ import annotations

import hashlib
import json

import msgspec

from pilotage.model.verdict import Verdict

_SEALED = "sha256"


def sealed(verdict: Verdict) -> Verdict:
    """Return the verdict with its digest, and its durations in whole milliseconds."""
    checks = tuple(
        msgspec.structs.replace(check, seconds=round(check.seconds, 3)) for check in verdict.checks
    )
    rounded = msgspec.structs.replace(verdict, checks=checks)
    return msgspec.structs.replace(rounded, sha256=_digest(msgspec.to_builtins(rounded)))


def is_as_sealed(written: bytes) -> bool:
    """Whether the content of a ``verdict.json`` is what its digest was made of.

    Anybody can compute the digest: it shows what was changed by accident, not by somebody who meant to.

    Raises:
        ValueError: it is not the JSON of a verdict.
    """
    fields = json.loads(written)
    if not isinstance(fields, dict) or _SEALED not in fields:
        raise ValueError(f"not a verdict: it has no {_SEALED}")
    return bool(_digest(fields) == fields[_SEALED])


def _digest(fields: dict[str, object]) -> str:
    rest = {name: value for name, value in fields.items() if name != _SEALED}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
