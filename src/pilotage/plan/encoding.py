"""A plan as JSON and back: ``plan.json``, documented in ``docs/plan.md``."""

from __future__ import annotations

import msgspec

from pilotage.errors import UsageError
from pilotage.model.plan import PLAN_FORMAT, Plan
from pilotage.plan.secrets import without_secrets


class _Versioned(msgspec.Struct):
    format: int


def encode_plan(plan: Plan) -> bytes:
    """Return the plan as indented JSON, without secrets, the same bytes for the same plan."""
    encoded = msgspec.json.encode(without_secrets(plan), order="deterministic")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def decode_plan(encoded: bytes) -> Plan:
    """Read what :func:`encode_plan` wrote.

    Raises:
        UsageError: not a plan, or of a format that this version does not read.
    """
    try:
        found = msgspec.json.decode(encoded, type=_Versioned).format
        if found != PLAN_FORMAT:
            raise UsageError(
                f"the plan is of format {found}, and this pilotage reads format {PLAN_FORMAT}; "
                "make it again with `pilotage plan`"
            )
        return msgspec.json.decode(encoded, type=Plan)
    # Bytes that are not UTF-8 are a ValueError, nesting without end a RecursionError: nothing of msgspec's.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"this is not a plan.json: {error}; make it again with `pilotage plan`") from error
