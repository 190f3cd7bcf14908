"""Reading the assertions of a configuration; what becomes of them is :mod:`pilotage.verify.assertions`.

Consumed by :mod:`pilotage.config.reader`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.config.document import TomlTable, found
from pilotage.config.records import DEFAULT_ASSERTION_SECONDS, AssertedOn, Assertion, Position

_REQUIRED = {"name": "no booking ends before it begins", "sql": "SELECT count(*) FROM app.orders"}
_MOST_SECONDS = 24 * 60 * 60


def read_assertions(tables: Sequence[TomlTable]) -> tuple[Assertion, ...]:
    """Return what the tables say; what is missing or said twice is reported."""
    assertions: list[Assertion] = []
    seen: dict[str, Position] = {}
    for table in tables:
        for key, example in _REQUIRED.items():
            if key not in table:
                table.report(f'the assertion has no {key}; give it one, such as {key} = "{example}"')
        name, sql, expect = table.text("name"), table.text("sql"), table.scalar("expect")
        on = table.choice("on", AssertedOn.BOTH)
        seconds = table.integer("timeout", 1, _MOST_SECONDS)
        if expect is None and "on" in table and on is not AssertedOn.BOTH:
            table.report(
                f"the assertion is asked at the {on} alone and expects nothing; "
                'say what: expect = "0", or ask both ends',
                "on",
            )
        if name is None or sql is None:
            continue
        if name in seen:
            table.report(f"an assertion called {found(name)} is at {seen[name]} already; rename one", "name")
        seen.setdefault(name, table.position)
        assertions.append(
            Assertion(name=name, sql=sql, expect=expect, on=on, seconds=seconds or DEFAULT_ASSERTION_SECONDS)
        )
    return tuple(assertions)
