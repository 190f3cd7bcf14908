"""What becomes of a verdict: files and an exit code.

Consumed by what verifies, and by ``migrate``, which does not load verification where it is not asked for.
"""

from __future__ import annotations

import msgspec

from pilotage.model.verdict import Outcome, Verdict
from pilotage.report.verdict_markdown import verdict_markdown


def exit_with(verdict: Verdict | None) -> None:
    """End the program with the code that the verdict means."""
    if verdict is not None and verdict.outcome is not Outcome.EQUAL:
        raise SystemExit(1)


def encode_verdict(verdict: Verdict) -> bytes:
    """Return the verdict as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(verdict, order="deterministic"), indent=2) + b"\n"


def verdict_artifacts(verdict: Verdict) -> dict[str, bytes]:
    """Return the files that hold a verdict, by name."""
    return {
        "verdict.json": encode_verdict(verdict),
        "verdict.md": verdict_markdown(verdict).encode(),
    }
