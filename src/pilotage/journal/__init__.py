"""What pilotage notes on the target while it works, and the lock that makes one run the only one.

Written by execution and by applying, read by preflight, verification and ``pilotage status``. The journal of
SQL files is :mod:`pilotage.apply.journal`; it lies in the same schema, under the same lock.
"""

from pilotage.journal.lock import RunLock, hold_run_lock
from pilotage.journal.reading import read_journal

__all__ = ["RunLock", "hold_run_lock", "read_journal"]
