"""What depends on what, and the orders that follow from it.

This room knows only keys and edges: no database, no SQL, no catalog. Consumed by planning, linting and the
reports. Everything here is pure and deterministic, and nothing recurses, so a chain of any length works.

An edge is a pair *(referencing, referenced)*: the referenced node comes first in every order.
"""

from pilotage.graph.components import Condensation
from pilotage.graph.cycles import find_cycle
from pilotage.graph.digraph import Digraph, UnknownNodeError
from pilotage.graph.feedback import FeedbackSet, WeightedEdge, minimum_feedback_set
from pilotage.graph.order import CycleError, topological_order
from pilotage.graph.waves import Blocker, DependencyOrder, analyse

__all__ = [
    "Blocker",
    "Condensation",
    "CycleError",
    "DependencyOrder",
    "Digraph",
    "FeedbackSet",
    "UnknownNodeError",
    "WeightedEdge",
    "analyse",
    "find_cycle",
    "minimum_feedback_set",
    "topological_order",
]
