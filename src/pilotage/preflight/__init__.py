"""Preflight: everything that would stop a migration or hurt it, found at once, before anything is changed.

Consumed by the main job, by applying files and by a command of its own. Nothing is written on either end.
"""

from pilotage.preflight.examining import Examination, hold_examination, plan_as_read
from pilotage.preflight.report import NotReadyError, refuse_unready
from pilotage.preflight.target import ensure_session, look_at_target

__all__ = [
    "Examination",
    "NotReadyError",
    "ensure_session",
    "hold_examination",
    "look_at_target",
    "plan_as_read",
    "refuse_unready",
]
