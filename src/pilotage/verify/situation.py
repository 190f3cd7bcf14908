"""What the checks that ask the servers are given; made by verification, once both ends are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from pilotage.model.catalog import Catalog
from pilotage.model.roles import RoleChoices
from pilotage.model.run import Comparing
from pilotage.model.verdict import Asked
from pilotage.verify.ends import End


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Both ends, and what was asked for.

    Attributes:
        source: None where a migration's rows are of an older moment than any snapshot that is still held.
        expected, found: both ends' catalogs, as they were read.
        not_compared: what the comparison of contents left out, each with the reason, once it was made.
        on_event: told of what is being compared; must not block.
    """

    source: End | None
    target: End
    expected: Catalog
    found: Catalog
    roles: RoleChoices
    asked: Asked
    on_event: Callable[[Comparing], None]
    not_compared: tuple[str, ...] = ()
