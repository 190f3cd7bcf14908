"""Preflight: everything that would stop a migration or hurt it, found at once, before anything is changed.

Consumed by the main job, by applying files and by a command of its own. Nothing is written on either end.
"""

from pilotage.preflight.examining import Examination, hold_examination, plan_as_read
from pilotage.preflight.report import NotReadyError

__all__ = ["Examination", "NotReadyError", "hold_examination", "plan_as_read"]
