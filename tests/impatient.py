"""pilotage that soon gives up on a server that is gone: ``python -m tests.impatient migrate …``."""

from __future__ import annotations

from pilotage.cli import main
from pilotage.execute import runner

runner.PAUSES = (0.1, 0.2)  # type: ignore[assignment]  # fewer than it has

if __name__ == "__main__":
    main()
