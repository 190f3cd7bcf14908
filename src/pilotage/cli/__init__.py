"""The command line: arguments in, exit codes out.

The only room that prints, reads the environment or exits. Each command's work is a file of its own, imported
when the command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys

from pilotage.errors import PilotageError, RunInterruptedError


def main() -> None:
    """Run the command line and exit with the code that says how it went."""
    try:
        _run()
    except KeyboardInterrupt:
        _end(RunInterruptedError("interrupted"))
    except PilotageError as error:
        _end(error)
    finally:
        from pilotage.cli.process import leave_garbage  # noqa: PLC0415 - see below

        leave_garbage()


def _run() -> None:
    # Importing pilotage.cli must not build the whole app.
    from pilotage.cli.process import (  # noqa: PLC0415 - see above
        collect_garbage_seldom,
        ensure_standard_streams,
        go_on_unheard,
        treat_like_ctrl_c,
    )

    collect_garbage_seldom()
    ensure_standard_streams()
    go_on_unheard()
    treat_like_ctrl_c()

    from pilotage.cli.app import app  # noqa: PLC0415 - see above

    app(prog_name="pilotage")


def _end(error: PilotageError) -> None:
    # Whatever a server or a name put into the message, it must not command the terminal.
    from pilotage.report.escape import terminal_text  # noqa: PLC0415 - only when something went wrong

    lines = str(error).splitlines() or [type(error).__name__]
    sys.stderr.write("pilotage: " + "\n".join(terminal_text(line) for line in lines) + "\n")
    sys.exit(error.exit_code)
