"""Every check there is, those included that are made before there is a situation to look at.

Consumed by whoever lists checks; docs/preflight.md explains each.
"""

from __future__ import annotations

from pilotage.preflight.check import Check
from pilotage.preflight.checks import ALL
from pilotage.preflight.examining import READABLE
from pilotage.preflight.reaching import ANOTHER_DATABASE, CONNECTION, SESSIONS

EVERY_CHECK: tuple[Check, ...] = (CONNECTION, SESSIONS, ANOTHER_DATABASE, READABLE, *ALL)
