"""Hazards as people read them; consumed by the screens of a plan and of a migration."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from pilotage.model.plan import Hazard
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count
from pilotage.report.layout import MIDDLE_DOT, facts


def hazard_list(hazards: Sequence[Hazard], *, limit: int) -> RenderableType:
    """Return at most ``limit`` hazards, a line or more each, and how many there are besides."""
    said: list[tuple[str, RenderableType]] = [
        (f"{MIDDLE_DOT} {terminal_text(hazard.object)}", _meaning(hazard)) for hazard in hazards[:limit]
    ]
    if len(hazards) > limit:
        said.append((f"{MIDDLE_DOT} and {count(len(hazards) - limit)} more", "in plan.json"))
    return facts(said)


def _meaning(hazard: Hazard) -> str:
    allow = " (must be allowed)" if hazard.must_allow else ""
    return f"{hazard.kind.value}{allow}: {terminal_text(hazard.message)}"
