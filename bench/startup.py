"""How long ``pilotage --help`` takes as a process, beside a bare Python: ``python bench/startup.py``."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 20

COMMANDS: dict[str, list[str]] = {
    "python -c pass": ["-c", "pass"],
    "import typer": ["-c", "import typer"],
    "pilotage --help": ["-m", "pilotage", "--help"],
}


def main() -> None:
    seconds: dict[str, list[float]] = {title: [] for title in COMMANDS}
    # In turn, so that what else the machine does falls on all alike; one round first, to fill the caches.
    for number in range(RUNS + 1):
        for title, arguments in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
            if number:
                seconds[title].append(time.perf_counter() - began)
    for title, each in seconds.items():
        print(
            f"{title:<16} median {statistics.median(each) * 1000:4.0f} ms, fastest {min(each) * 1000:4.0f} ms"
        )


if __name__ == "__main__":
    main()
