"""Preflight: everything that would stop a migration or hurt it, found at once, before anything is changed.

Consumed by the main job, by applying files and by a command of its own. Nothing is written on either end.
"""

from pilotage.preflight.check import Situation
from pilotage.preflight.report import NotReadyError, refuse_unready, report_of
from pilotage.preflight.running import run_checks

__all__ = ["NotReadyError", "Situation", "refuse_unready", "report_of", "run_checks"]
