"""Reading the waivers of a configuration; what a waiver means is said in :mod:`pilotage.model.waivers`.

Consumed by :mod:`pilotage.config.reader`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.config.document import TomlTable, found
from pilotage.config.records import Position
from pilotage.model.waivers import Waiver

_REQUIRED = {"object": "table app.orders", "reason": "the target's own role owns it"}


def read_waivers(tables: Sequence[TomlTable]) -> tuple[Waiver, ...]:
    """Return what the tables say; what is missing or said twice is reported."""
    waivers: list[Waiver] = []
    seen: dict[tuple[str, str | None], Position] = {}
    for table in tables:
        for key, example in _REQUIRED.items():
            if key not in table:
                table.report(f'the waiver has no {key}; give it one, such as {key} = "{example}"')
        pattern, fact, reason = table.text("object"), table.text("fact"), table.text("reason")
        if pattern is None or reason is None:
            continue
        if (pattern, fact) in seen:
            table.report(f"the same is waived at {seen[pattern, fact]} already; remove one of the two")
        seen.setdefault((pattern, fact), table.position)
        of_fact = "" if fact is None else f", fact = {found(fact)}"
        waivers.append(
            Waiver(
                object=pattern,
                fact=fact,
                reason=reason,
                written=f"{table.position}: object = {found(pattern)}{of_fact}",
            )
        )
    return tuple(waivers)
