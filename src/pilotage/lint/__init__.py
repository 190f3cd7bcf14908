"""What slows or exposes a database, found by rules that each say what it costs and what to do.

Consumed by ``pilotage lint``. A rule is a file in ``rules/``: its docstring teaches, the query beside it is
set-based, and the cases beside it (``.toml``) are what it must find and must not find. Nothing is written to
the database.
"""

from pilotage.lint.catalogue import RULES, chosen_rules, ensure_rules_exist
from pilotage.lint.linting import lint_database

__all__ = ["RULES", "chosen_rules", "ensure_rules_exist", "lint_database"]
