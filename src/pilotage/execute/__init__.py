"""Running a plan on the target: the copy relay, and the walk along the plan's edges.

Consumes a Plan, orders nothing itself, and reports what happens as events.
"""

from pilotage.execute.limits import Limits
from pilotage.execute.quarantine import QUARANTINE, write_quarantine
from pilotage.execute.runner import PAUSES, Origin, forget_run, run_plan

__all__ = ["PAUSES", "QUARANTINE", "Limits", "Origin", "forget_run", "run_plan", "write_quarantine"]
