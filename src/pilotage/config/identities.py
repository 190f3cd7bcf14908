"""Reading the identities of a configuration; what they are for is said in :mod:`pilotage.model.identities`.

Consumed by :mod:`pilotage.config.reader`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.config.document import TomlTable, found
from pilotage.config.records import Position
from pilotage.config.role_names import name_problem
from pilotage.config.toml_text import visible
from pilotage.model.identities import NOBODY, Identity

_EXAMPLE = """settings = { "app.tenant_id" = "1" }"""


def read_identities(tables: Sequence[TomlTable]) -> tuple[Identity, ...]:
    """Return what the tables say; what is missing or said twice is reported."""
    identities: list[Identity] = []
    seen: dict[tuple[str, str | None], Position] = {}
    for table in tables:
        if "name" not in table:
            table.report('the identity has no name; give it one, such as name = "a guest of tenant 1"')
        if "settings" not in table:
            table.report(f"the identity has no settings; give it some, such as {_EXAMPLE}")
        name, role = table.text("name"), table.text("role")
        settings = _settings(table.table("settings"))
        if role is not None and (problem := name_problem(role)):
            table.report(f"{table.name_of('role')} is {found(role)}: {problem}", "role")
        if name is None:
            continue
        if name == NOBODY.name:
            table.report(f"{found(name)} is what the identity without settings is called; rename it", "name")
        if (name, role) in seen:
            table.report(
                f"an identity called {found(name)} is at {seen[name, role]} already; rename one", "name"
            )
        seen.setdefault((name, role), table.position)
        identities.append(Identity(name=name, role=role, settings=settings))
    return tuple(identities)


def _settings(table: TomlTable) -> dict[str, str]:
    settings: dict[str, str] = {}
    for name in table:
        if table.is_table(name):  # app.tenant_id = "1", which TOML reads as a table within a table
            table.report(
                f"{table.name_of(name)} is a table; a name with a dot is a key in quotes: "
                f'"{visible(name)}.…" = "…"',
                name,
            )
        elif "." not in name and name != "search_path":
            table.report(
                f"{table.name_of(name)} is not a setting that says who asks: those have a dot in their "
                "names, such as app.tenant_id; remove it",
                name,
            )
        elif (value := table.integer_or_text(name, "a text in quotes, or a whole number")) is not None:
            settings[name] = str(value)
    return settings
