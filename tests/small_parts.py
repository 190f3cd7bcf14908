"""pilotage, for which a table is large from a megabyte: ``python -m tests.small_parts migrate …``.

So that tests of what happens to tables that are copied in parts need no large tables.
"""

from __future__ import annotations

import sys

try:
    from pilotage.cli import main
    from pilotage.execute import parts
except KeyboardInterrupt:  # the command itself imports little before it listens; this module a lot
    sys.exit(130)

parts.SPLIT_FROM = 1024 * 1024
parts._LEAST = 512 * 1024

if __name__ == "__main__":
    main()
