"""Running a plan on the target: the copy relay, and the walk along the plan's edges.

Consumes a Plan, orders nothing itself, and reports what happens as events.
"""

from pilotage.execute.quarantine import QUARANTINE, write_quarantine
from pilotage.execute.runner import Limits, run_plan

__all__ = ["QUARANTINE", "Limits", "run_plan", "write_quarantine"]
