"""The groups: what each holds, needs and brings, and totals that add up.

Consumed by the migration's document.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from pilotage.model.catalog import ForeignKey, TableKind
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Group
from pilotage.model.review import FileKind
from pilotage.report.escape import markdown_code, markdown_text
from pilotage.report.figures import count, counted, size, span
from pilotage.report.markdown import bullets, heading, paragraph, table
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.order_files import file_list
from pilotage.report.shares import shares


def groups_section(facts: MigrationFacts) -> list[str]:
    """Return a heading and, for each group in the order in which they load, all that concerns it."""
    share_of = _shares(facts)
    return [
        *heading(2, "Groups"),
        *paragraph(
            "In the order in which they load. *Critical* is a table for which at least"
            f" {count(facts.critical_from)} others wait, directly or through others; *depth* is the longest"
            " chain of foreign keys below a table."
        ),
        *chain.from_iterable(_group(facts, group, share_of[group.name]) for group in facts.plan.groups),
    ]


def totals_section(facts: MigrationFacts) -> list[str]:
    """Return the totals by group, which add up to those of the database."""
    share_of = _shares(facts)
    rows = []
    for group in facts.plan.groups:
        tables = facts.roots_of(group)
        rows.append(
            (
                f"{facts.number_of[group.name]}. {markdown_text(facts.title(group.name))}",
                count(len(tables)),
                *((count(len(group.tables) - len(tables)),) if facts.partitions else ()),
                count(facts.rows_of(tables)),
                share_of[group.name],
                size(sum(facts.census.size_of(name)[0] for name in tables)),
                size(sum(facts.census.size_of(name)[1] for name in tables)),
                _depths(facts, tables),
            )
        )
    _, stored, indexes = facts.census.totals
    total = (
        "**Total**",
        f"**{count(len(facts.roots))}**",
        *((f"**{count(facts.partitions)}**",) if facts.partitions else ()),
        f"**{count(facts.catalog.total_rows)}**",
        f"**{'100.0 %' if facts.catalog.total_rows else '0.0 %'}**",
        f"**{size(stored)}**",
        f"**{size(indexes)}**",
        f"**{_depths(facts, facts.roots)}**",
    )
    partitions = ("Partitions>",) if facts.partitions else ()
    return [
        *heading(2, "Totals by group"),
        *table(
            ("Group", "Tables>", *partitions, "Rows>", "Share>", "Size>", "Indexes>", "Depth>"),
            [*rows, total],
        ),
    ]


def _shares(facts: MigrationFacts) -> dict[str, str]:
    rows = [facts.rows_of(facts.roots_of(group)) for group in facts.plan.groups]
    return {group.name: share for group, share in zip(facts.plan.groups, shares(rows), strict=True)}


def _depths(facts: MigrationFacts, tables: Iterable[QualifiedName]) -> str:
    depths = [facts.census.depth_of(name) for name in tables]
    return span(min(depths), max(depths)) if depths else "none"


def _group(facts: MigrationFacts, group: Group, share: str) -> list[str]:
    tables = facts.roots_of(group)
    return [
        *heading(3, f"Group {facts.number_of[group.name]}: {markdown_text(facts.title(group.name))}"),
        *bullets(_figures(facts, group, tables, share)),
        *table(
            ("#>", "Table", "Rows>", "Size>", "Depth>", "Referenced by>", "Notes"),
            (
                (
                    str(number),
                    facts.code(name),
                    count(facts.census.rows_of(name)),
                    size(facts.census.size_of(name)[0]),
                    count(facts.census.depth_of(name)),
                    count(facts.order.direct_dependents[name]),
                    "; ".join(_marks(facts, name)),
                )
                for number, name in enumerate(tables, 1)
            ),
        ),
        *paragraph("Foreign keys:"),
        *bullets(_key(facts, key, group.name) for key in facts.keys_of(tables)),
        *paragraph("Notes:"),
        *bullets(_notes(facts, tables)),
    ]


def _figures(
    facts: MigrationFacts, group: Group, tables: tuple[QualifiedName, ...], share: str
) -> Iterable[str]:
    if group.purpose:
        yield f"Purpose: {markdown_text(group.purpose)}"
    partitions = len(group.tables) - len(tables)
    yield (
        f"Tables: {count(len(tables))}"
        + (f", with {counted(partitions, 'partition')}" if partitions else "")
        + f"; rows: {count(facts.rows_of(tables))} ({share} of all)"
    )
    by_kind: dict[FileKind, list[str]] = {}
    for file in facts.files_of_group.get(group.name, ()):
        by_kind.setdefault(file.kind, []).extend(file_list(facts, file))
    for kind, names in by_kind.items():
        yield f"{kind.value.capitalize()} {'file' if len(names) == 1 else 'files'}: " + ", ".join(
            map(markdown_code, names)
        )
    needed = facts.needed_groups(group)
    if needed:
        yield "Runs after: " + "; ".join(
            f"group {facts.number_of[name]}, {markdown_text(facts.title(name))}" for name in needed
        )
    else:
        yield "Runs after: no other group; it needs none"


def _marks(facts: MigrationFacts, name: QualifiedName) -> Iterable[str]:
    found = facts.census.tables[name]
    if facts.is_critical(name):
        yield f"**critical**: {counted(facts.order.all_dependents[name], 'table')} wait for it"
    own = facts.census.self_references.get(name, ())
    if own:
        yield "self-referencing" if len(own) == 1 else f"self-referencing by {len(own)} keys"
    if name in facts.in_cycles:
        yield "in a cycle"
    partitions = facts.census.partitions.get(name, ())
    if found.kind is TableKind.PARTITIONED:
        yield f"partitioned: {counted(len(partitions), 'partition')}"
    if found.kind is TableKind.FOREIGN:
        yield "foreign table: its rows stay where they are"
    elif facts.census.rows_of(name) == 0:
        yield "empty"
    if found.inherits:
        yield f"inherits {facts.codes(found.inherits)}"
    if found.persistence != "permanent":
        yield markdown_text(found.persistence)


def _key(facts: MigrationFacts, key: ForeignKey, group: str) -> str:
    said = [markdown_code(facts.key(key))]
    referenced = facts.group_of.get(key.referenced)
    if key.is_self_reference:
        said.append("self-reference")
    elif referenced is None:
        said.append("outside the scope: the table must exist on the target")
    elif referenced != group:
        said.append(f"group {facts.number_of[referenced]}")
    if (key.table, key.name) in facts.deferred_keys:
        said.append("created after all rows")
    if not key.validated:
        said.append("not validated at the source")
    return ", ".join(said)


def _notes(facts: MigrationFacts, tables: tuple[QualifiedName, ...]) -> Iterable[str]:
    if not tables:
        return
    depths = {facts.census.depth_of(name) for name in tables}
    deepest = [name for name in tables if facts.census.depth_of(name) == max(depths)]
    yield f"Depth {_depths(facts, tables)} of {max(len(facts.order.waves) - 1, 0)}" + (
        f"; the deepest: {_some(facts, deepest)}" if len(depths) > 1 else ""
    )
    rows = facts.rows_of(tables)
    largest = max(tables, key=lambda name: (facts.census.rows_of(name) or 0, name))
    most = facts.census.rows_of(largest) or 0
    if most:
        of_group, _ = shares((most, rows - most))
        of_all, _ = shares((most, facts.catalog.total_rows - most))
        yield (
            f"Most rows: {facts.code(largest)} with {count(most)}, {of_group} of the group and {of_all}"
            " of the database"
        )
    unindexed = [key for key in facts.keys_of(tables) if not key.indexed]
    if unindexed:
        yield (
            f"Foreign keys without an index: {count(len(unindexed))} ("
            + ", ".join(markdown_code(f"{facts.key(key)}") for key in unindexed)
            + ")"
        )
    empty = sum(facts.census.rows_of(name) == 0 for name in tables)
    if empty:
        yield f"Without rows: {counted(empty, 'table')}"
    waiting = facts.waiting_groups.get(facts.group_of[tables[0]], ())
    held_up = [str(facts.number_of[name]) for name in waiting]
    if held_up:
        yield f"Waited for by {'group' if len(held_up) == 1 else 'groups'} {', '.join(held_up)}"
    else:
        yield "No other group waits for it"


def _some(facts: MigrationFacts, names: list[QualifiedName], shown: int = 6) -> str:
    rest = len(names) - shown
    return facts.codes(names[:shown]) + (f" and {count(rest)} more" if rest > 0 else "")
