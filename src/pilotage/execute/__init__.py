"""Running a plan on the target: preflight, the copy relay, and the walk along the plan's edges.

Consumes a Plan, orders nothing itself, and reports what happens as events.
"""

from pilotage.execute.preflight import check_target
from pilotage.execute.runner import Limits, run_plan

__all__ = ["Limits", "check_target", "run_plan"]
