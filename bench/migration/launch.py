"""Run programs and say what they took: a process of its own, so that no other's memory is taken for theirs.

Reads JSON from standard input: ``steps``, run one after the other, each a list of programs that are run side
by side, the output of each the input of the next; and ``log``, a file for what they say. Writes JSON:
``wall`` and ``cpu`` in seconds, ``peak`` in kB of the largest process, ``codes``, which end with the step
that failed.

The kernel hands a process's peak memory on to what it executes, so this one stays small: only these imports.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    order = json.load(sys.stdin)
    codes: list[int] = []
    cpu, peak = 0.0, 0
    with open(order["log"], "ab") as log:  # noqa: PTH123 - pathlib is not small
        began = time.perf_counter()
        for step in order["steps"]:
            running: list[subprocess.Popen[bytes]] = []
            for number, program in enumerate(step):
                last = number == len(step) - 1
                running.append(
                    subprocess.Popen(
                        program,
                        stdin=running[-1].stdout if running else subprocess.DEVNULL,
                        stdout=log if last else subprocess.PIPE,
                        stderr=log,
                    )
                )
                if number and (handed_on := running[-2].stdout):
                    handed_on.close()
            for process in running:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                cpu += usage.ru_utime + usage.ru_stime
                peak = max(peak, usage.ru_maxrss)
                codes.append(process.returncode)
            if any(codes):
                break
        wall = time.perf_counter() - began
    json.dump({"wall": wall, "cpu": cpu, "peak": peak, "codes": codes}, sys.stdout)


main()
