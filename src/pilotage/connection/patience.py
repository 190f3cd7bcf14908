"""With what patience sessions wait for locks of others, and what is told of a wait.

A part of the connection's parameters, consumed by whatever runs statements. Here no server is asked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec

from pilotage.model.visible import visible_text

_WORDS = 2
"""Of somebody else's statement, the words that are shown: what kind it is."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is in the way.

    Attributes:
        pid: of its server process; 0 for a prepared transaction.
        seconds: how long its transaction has been open; None where that is not for us to see.
        query: the beginning of its last statement, where that is for us to see.
    """

    pid: int
    user: str
    application: str
    state: str
    seconds: float | None
    query: str

    def __str__(self) -> str:
        """Describe it on one line, with the first words of its statement and no more."""
        if self.pid == 0:
            return "a prepared transaction (listed in pg_prepared_xacts)"
        facts = [f"user {visible_text(self.user)}"] if self.user else []
        if self.application:
            facts.append(f"application {visible_text(self.application)}")
        if self.state:
            facts.append(self.state)
        if self.seconds is not None:
            facts.append(f"its transaction open for {max(0.0, self.seconds):.0f} s")
        words = self.query.split()[:_WORDS]
        if words and not self.query.startswith("<"):  # <insufficient privilege>
            facts.append(f"last statement {visible_text(' '.join(words))} …")
        return f"pid {self.pid} ({', '.join(facts)})" if facts else f"pid {self.pid}"


class LockWait(msgspec.Struct, frozen=True, kw_only=True):
    """A wait that lasts.

    Attributes:
        database: as :meth:`ConnectionParameters.describe` names it.
        lock: what is waited for, such as ``relation app.orders``.
        seconds: for how long, as far as it was looked at.
        holders: who has it, or waits for it before us.
    """

    database: str
    lock: str
    seconds: float
    holders: tuple[Holder, ...]

    def __str__(self) -> str:
        """Say who waits for whom."""
        holders = " and ".join(map(str, self.holders)) or "nobody that can be seen"
        are = "are" if len(self.holders) > 1 else "is"
        return (
            f"{self.database}: waiting for a lock on {visible_text(self.lock)} for {self.seconds:.0f} s; "
            f"in the way {are} {holders}"
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long sessions wait for the locks of others, and who is told.

    Attributes:
        tell: takes a wait, again and again while it lasts; must not block.
        seconds: after which to give up; None for never.
    """

    tell: Callable[[LockWait], None]
    seconds: float | None = None
