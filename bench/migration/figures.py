"""What the measurements say: medians, ratios, and the numbers to reach. Pure; consumed by the results."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Mapping, Sequence

OURS = "pilotage"
VERIFIED = "pilotage, verified"
BLIND = "pilotage, --skip-orphans"
PIPE = "pg_dump | psql"
PARALLEL = "pg_dump -Fd -j2 + pg_restore -j2"
PGCOPYDB = "pgcopydb"
PGCOPYDB_BINARY = "pgcopydb, binary"

CONTENTS = "pilotage verify, contents alone"
ALL_CHECKS = "pilotage verify"
MD5 = "md5(row::text), both ends at once"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One migration: seconds, and bytes of the client's largest process.

    Attributes:
        others: CPU seconds that the machine spent meanwhile on what is neither client nor server.
    """

    wall: float
    source: float
    target: float
    client: float
    peak: float
    others: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The medians of one way's runs."""

    runs: int
    wall: float
    source: float
    target: float
    client: float
    peak: float
    others: float

    @property
    def servers(self) -> float:
        """CPU seconds of both servers."""
        return self.source + self.target

    def floor(self, cores: int) -> float:
        """Seconds that the servers need at least for what they were asked to do."""
        return self.servers / cores


def summary(runs: Sequence[Run]) -> Summary:
    """Return the median of each figure, each on its own."""
    names = [field.name for field in dataclasses.fields(Run)]
    return Summary(
        runs=len(runs), **{name: statistics.median(getattr(run, name) for run in runs) for name in names}
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A number to reach, and what was found.

    Attributes:
        found: None where it was not measured.
    """

    database: str
    against: str
    at_most: float
    found: float | None

    @property
    def outcome(self) -> str:
        """Whether it is reached."""
        if self.found is None:
            return "not measured"
        return "reached" if self.found <= self.at_most else "missed"


_RATIOS = (
    ("mixed", PARALLEL, 0.45),
    ("mixed", PGCOPYDB, 0.55),
    ("mixed", PGCOPYDB_BINARY, 0.85),
    ("embeddings", PARALLEL, 0.25),
    ("hotel", PIPE, 0.75),
    ("chinook", PIPE, 4.0),
    ("many", PIPE, 1.2),
)
_EVERYWHERE: tuple[tuple[str, float, Callable[[Summary, int], float]], ...] = (
    ("wall / floor", 1.25, lambda ours, cores: ours.wall / ours.floor(cores)),
    ("client's CPU / servers' CPU", 0.15, lambda ours, _cores: ours.client / ours.servers),
)

_COMPARED = (("mixed", 0.35),)
"""Of which databases the contents are compared in what share of the time that copying took."""

Measured = Mapping[str, Mapping[str, Summary]]
"""By database and way."""


def goals(measured: Measured, compared: Measured, cores: int) -> list[Goal]:
    """Return every number to reach, with what was found.

    Args:
        measured: migrations.
        compared: comparisons of a copy with its source.
    """
    raced = [
        Goal(database=database, against=rival, at_most=limit, found=ratio(measured, database, rival))
        for database, rival, limit in _RATIOS
    ]
    everywhere = [
        Goal(database=database, against=what, at_most=limit, found=of(ways[OURS], cores))
        for what, limit, of in _EVERYWHERE
        for database, ways in measured.items()
        if OURS in ways
    ]
    verified = [
        Goal(
            database=database,
            against=f"{CONTENTS} / {OURS}",
            at_most=limit,
            found=share_of_copy(measured, compared, database, CONTENTS),
        )
        for database, limit in _COMPARED
    ]
    return raced + verified + everywhere


def share_of_copy(measured: Measured, compared: Measured, database: str, way: str) -> float | None:
    """Return a comparison's wall time over that of our copy; None where one of them was not measured."""
    copied, comparison = measured.get(database, {}).get(OURS), compared.get(database, {}).get(way)
    return None if copied is None or comparison is None else comparison.wall / copied.wall


def ratio(measured: Measured, database: str, rival: str) -> float | None:
    """Return our wall time over a rival's; None where one of them was not measured."""
    ways = measured.get(database, {})
    if OURS not in ways or rival not in ways:
        return None
    return ways[OURS].wall / ways[rival].wall
