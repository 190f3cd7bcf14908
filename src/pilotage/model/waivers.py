"""Waivers: differences and findings that the user knows of and accepts, each with a reason.

Made by reading a configuration, consumed by the comparison of two databases and by the linter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

_PIECE = re.compile(r'"(?:[^"]|"")*"|.', re.DOTALL)
_WILDCARDS = {"*": ".*", "?": "."}


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """One difference, or all that a pattern covers.

    Attributes:
        object: a pattern of objects, with or without their kind: ``table app.orders``, ``app.*``. ``*``
            stands for any characters, ``?`` for one; nothing between double quotes has a meaning of its own.
        fact: a pattern of facts; None for all of them.
        reason: why the difference is accepted.
        written: the waiver as messages call it, with the place where it stands.
    """

    object: str
    fact: str | None
    reason: str
    written: str

    def covers(self, kind: str, name: str, fact: str) -> bool:
        """Whether the waiver means this fact of this object."""
        return (_matches(self.object, f"{kind} {name}") or _matches(self.object, name)) and (
            self.fact is None or _matches(self.fact, fact)
        )


class RuleWaiver(msgspec.Struct, frozen=True, kw_only=True):
    """One finding of a linter's rule, or all that the patterns cover.

    Attributes:
        rule: a pattern of rules' names.
        object: a pattern of objects, as :class:`Waiver` has it.
        reason: why the finding is accepted.
        written: the waiver as messages call it, with the place where it stands.
    """

    rule: str
    object: str
    reason: str
    written: str

    def covers(self, rule: str, kind: str, name: str) -> bool:
        """Whether the waiver means this finding."""
        return self.is_for_any((rule,)) and (
            _matches(self.object, f"{kind} {name}") or _matches(self.object, name)
        )

    def is_for_any(self, rules: Sequence[str]) -> bool:
        """Whether the waiver is for one of the rules."""
        return any(_matches(self.rule, rule) for rule in rules)


def _matches(pattern: str, text: str) -> bool:
    expression = "".join(_WILDCARDS.get(piece) or re.escape(piece) for piece in _PIECE.findall(pattern))
    return re.fullmatch(expression, text, re.DOTALL) is not None
