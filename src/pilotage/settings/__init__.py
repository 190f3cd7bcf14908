"""The settings of a run's sessions, chosen from what servers and machine say, each with its reason.

Consumed by the runner, which makes them, and by preflight, which warns where memory is short. The settings
that every session of ours has, whatever it is for, are :mod:`pilotage.connection`'s.
"""

from pilotage.settings.choosing import builds_vector_indexes, choose_settings
from pilotage.settings.given import parse_given
from pilotage.settings.shortage import is_out_of_shared_memory

__all__ = ["builds_vector_indexes", "choose_settings", "is_out_of_shared_memory", "parse_given"]
