"""What the run says to a process that copies for it, and what that answers.

Written and read as length-prefixed JSON by :mod:`pilotage.execute.child_copier` and
:mod:`pilotage.execute.copier_process`. An order has one last answer; others may come before.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from pilotage.connection import ConnectionParameters
from pilotage.connection.patience import LockWait
from pilotage.model.plan import LoadTable

LENGTH_BYTES = 4
"""Of the length before each order and answer, the most significant byte first."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Connection parameters, without what only the run itself can do: tell of waits.

    Attributes:
        is_patient: whether waits for locks are looked at and told.
        patience: seconds after which a wait is given up.
    """

    host: str
    port: int
    user: str
    database: str
    password: str | None
    hostaddr: str | None
    settings: dict[str, str]
    ssl: dict[str, str]
    application_name: str
    connect_timeout: float | None
    is_patient: bool
    patience: float | None

    @classmethod
    def of(cls, parameters: ConnectionParameters) -> Way:
        """Return the way that these parameters describe."""
        return cls(
            host=parameters.host,
            port=parameters.port,
            user=parameters.user,
            database=parameters.database,
            password=parameters.password,
            hostaddr=parameters.hostaddr,
            settings=dict(parameters.settings),
            ssl=dict(parameters.ssl),
            application_name=parameters.application_name,
            connect_timeout=parameters.connect_timeout,
            is_patient=parameters.patience is not None,
            patience=parameters.patience.seconds if parameters.patience else None,
        )


class OpenTarget(msgspec.Struct, frozen=True, kw_only=True, tag="open-target", tag_field="order"):
    """Open the target's session and run statements in it."""

    way: Way
    sql: str


class OpenSource(msgspec.Struct, frozen=True, kw_only=True, tag="open-source", tag_field="order"):
    """Open the source's session, run statements in it, and join a snapshot."""

    way: Way
    sql: str
    snapshot: str


class RunOnTarget(msgspec.Struct, frozen=True, kw_only=True, tag="run", tag_field="order"):
    """Run statements on the target."""

    sql: str


class CopyRows(msgspec.Struct, frozen=True, kw_only=True, tag="copy", tag_field="order"):
    """Copy rows, as :func:`~pilotage.execute.relay.relay_rows` does, into the target's open transaction."""

    step: LoadTable
    without: tuple[str, ...]
    blocks: tuple[int, int | None] | None
    freeze: bool


Order: TypeAlias = OpenTarget | OpenSource | RunOnTarget | CopyRows


class WentBy(msgspec.Struct, frozen=True, kw_only=True, tag="went-by", tag_field="answer"):
    """So many more bytes went by."""

    bytes: int


class Waits(msgspec.Struct, frozen=True, kw_only=True, tag="waits", tag_field="answer"):
    """A session waits for a lock."""

    wait: LockWait


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag="opened", tag_field="answer"):
    """A session is open, served by this process of the server."""

    pid: int


class Ran(msgspec.Struct, frozen=True, kw_only=True, tag="ran", tag_field="answer"):
    """Statements ran; the last one's command tag."""

    status: str


class Copied(msgspec.Struct, frozen=True, kw_only=True, tag="copied", tag_field="answer"):
    """Rows arrived, as many as were sent."""

    rows: int
    bytes: int


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed", tag_field="answer"):
    """An order was not done.

    Attributes:
        error: which of our errors it is.
        closed: whether the target's session is gone.
    """

    error: Literal["ServerError", "ConnectionLostError", "ConnectionFailedError", "SnapshotLostError"]
    message: str
    closed: bool
    sqlstate: str = ""
    detail: str = ""
    hint: str = ""
    context: str = ""


Answer: TypeAlias = WentBy | Waits | Opened | Ran | Copied | Failed
