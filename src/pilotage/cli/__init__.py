"""The command line: arguments in, exit codes out. The only room that prints, reads the environment or exits."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
