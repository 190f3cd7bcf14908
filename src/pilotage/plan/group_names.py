"""What an inferred group is called, and the sentences that say what it is and why a table is in it.

Consumed by inference and by the placing of tables that no group lists. Every sentence is made of facts of
the landscape, and is one printable line whatever the tables are called.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile

from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.plan.affinity import Landscape, singular, words_of
from pilotage.plan.communities import Community, Kind

LONGEST_NAME = 40
"""Characters of a group's name: it is part of file names, which people read in columns."""

_MOST_LISTED = 3


def name_group(landscape: Landscape, community: Community) -> tuple[str, str]:
    """Return a name, which may not be unique, and a title."""
    tables = community.tables
    if community.kind is Kind.FOUNDATION and not landscape.hubs.isdisjoint(tables):
        return "foundation", "Foundation"
    shared = _shared_words(landscape, tables)
    if shared is None and len(tables) > 1:
        if community.kind in {Kind.STANDALONE, Kind.FOUNDATION}:
            return "standalone", "Standalone tables"
        hub = _main_reference(landscape, tables)
        if community.kind is Kind.SATELLITES and hub:
            words = (*map(singular, words_of(hub.name)[:1]), "records")
            return slug(words), _title(words)
    centre = _centre(landscape, tables, tables)
    first, covered = shared or (words_of(centre.name), _named_like(landscape, tables, centre))
    title = _title(first)
    rest = [table for table in tables if table not in covered]
    if len(rest) >= 2:
        other = centre if centre in rest else _centre(landscape, rest, tables)
        if centre not in rest and (shared := _shared_words(landscape, rest)):
            second = shared[0]
        else:
            second = words_of(other.name)
        if second and second != first:
            title += f" and {' '.join(second)}"
    return slug(first), title


def name_groups(landscape: Landscape, communities: Sequence[Community]) -> list[tuple[str, str]]:
    """Return a unique name and a title for each; those outside the largest schema begin with theirs."""
    schemas = Counter(landscape.territories[table] for each in communities for table in each.tables)
    main = max(schemas, key=lambda schema: (schemas[schema], schema), default="")
    groups = Counter(landscape.territories[each.tables[0]] for each in communities)
    taken: set[str] = set()
    names: list[tuple[str, str]] = []
    for community in communities:
        name, title = name_group(landscape, community)
        schema = landscape.territories[community.tables[0]]
        if schema not in {main, ""}:
            words = words_of(schema)
            alone = groups[schema] == 1
            name = slug(words if alone else (*words, *name.split("-")))
            title = f"Schema {one_line(schema)}" if alone else f"{_title(words)}: {title}"
        names.append((unique_name(name, taken), title))
        taken.add(names[-1][0])
    return names


def unique_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number behind it if it is taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        suffix = f"-{number}"
        candidate = name[: LONGEST_NAME - len(suffix)].rstrip("-") + suffix
    return candidate


def describe_group(landscape: Landscape, community: Community) -> str:
    """Return one sentence, without its full stop, that says what the tables have in common."""
    tables = community.tables
    inside = set(tables)
    references = [other for table in tables for other in landscape.references_of(table)]
    outside = set(references) - inside
    pairs = len([other for other in references if other in inside])
    if community.kind is Kind.FOUNDATION:
        what = (
            "Tables that many reference or that stand apart" if references else "Tables that reference none"
        )
        blocker = max(tables, key=lambda table: (landscape.order.direct_dependents[table], table))
        if count := landscape.order.direct_dependents[blocker]:
            verb = "references" if count == 1 else "reference"
            what += f", among them {shown(blocker)}, which {_count(count, 'other')} {verb}"
        return what
    if community.kind is Kind.SATELLITES and outside:
        what = f"Tables that reference {list_tables(_by_dependents(landscape, outside), tables[0])}"
        needed = any(not inside.issuperset(landscape.dependents_of(table)) for table in tables)
        return what if needed else f"{what}, and that no table outside of the group references"
    if pairs:
        centre = shown(_centre(landscape, tables, tables))
        return f"{_count(len(tables), 'table')} with {_count(pairs, 'reference')} among them, around {centre}"
    if len(tables) > 1:
        shared = _shared_words(landscape, tables)
        named = f", {len(shared[1])} of them named {' '.join(shared[0])}" if shared else ""
        return f"{_count(len(tables), 'table')} that no foreign key joins to each other{named}"
    return f"The table {shown(tables[0])}, which belongs with no other"


def reason_for(landscape: Landscape, community: Community, table: QualifiedName) -> str:
    """Return why the table is in this group."""
    inside = set(community.tables) - {table}
    component = landscape.order.condensation.components[landscape.order.condensation.numbers[table]]
    if len(component) > 1:
        return f"in a cycle with {list_tables([each for each in component if each != table], table)}"
    references, dependents = landscape.references_of(table), landscape.dependents_of(table)
    parts = [f"{len(dependents):,} tables reference it"] if table in landscape.hubs else []
    if mine := [other for other in references if other in inside]:
        parts.append(f"references {list_tables(mine, table)} of this group")
    if table not in landscape.hubs and (mine := [other for other in dependents if other in inside]):
        parts.append(f"{list_tables(mine, table)} of this group reference{'s' if len(mine) == 1 else ''} it")
    if parts:
        return "; ".join(parts)
    alike = [other for other in sorted(inside) if landscape.shared_words(table, other)]
    if references and (community.kind is Kind.SATELLITES or not alike):
        return f"{_only(landscape, table)}; {_nothing_or_number(dependents)}"
    if alike:
        return f"its name begins like that of {list_tables(alike, table)}"
    alone = "no foreign key joins it to another table"
    return f"references no table; {_nothing_or_number(dependents)}" if dependents else alone


def list_tables(tables: Iterable[QualifiedName], beside: QualifiedName | None = None) -> str:
    """Return the first few names and how many more there are."""
    names = [shown(table, beside) for table in tables]
    if len(names) > _MOST_LISTED + 1:
        names[_MOST_LISTED:] = [f"{len(names) - _MOST_LISTED} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def shown(table: QualifiedName, beside: QualifiedName | None = None) -> str:
    """Return the name quoted, on one line, without the schema where that goes without saying."""
    here = beside is None or beside.schema == table.schema
    return one_line(quote_identifier(table.name) if here else str(table))


def one_line(text: str) -> str:
    """Return the text with all that does not print written as an escape."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def _main_reference(landscape: Landscape, tables: Iterable[QualifiedName]) -> QualifiedName | None:
    """Return the table, not one of these, that most of these reference."""
    tables = set(tables)
    counts = Counter(
        other for table in tables for other in landscape.references_of(table) if other not in tables
    )
    return min(counts, key=lambda table: (-counts[table], table), default=None)


def _only(landscape: Landscape, table: QualifiedName) -> str:
    return f"references only {list_tables(_by_dependents(landscape, landscape.references_of(table)), table)}"


def _nothing_or_number(dependents: Sequence[QualifiedName]) -> str:
    if not dependents:
        return "no table references it"
    verb = "references" if len(dependents) == 1 else "reference"
    return f"{_count(len(dependents), 'table')} of other groups {verb} it"


def _by_dependents(landscape: Landscape, tables: Iterable[QualifiedName]) -> list[QualifiedName]:
    return sorted(tables, key=lambda table: (-landscape.order.direct_dependents[table], table))


def _shared_words(
    landscape: Landscape, tables: Sequence[QualifiedName]
) -> tuple[tuple[str, ...], set[QualifiedName]] | None:
    """Return the words that at least half of the names begin with, and the tables so named."""
    first = Counter(landscape.words[table][:1] for table in tables)
    word, count = min(first.items(), key=lambda item: (-item[1], item[0]))
    if not word or count < 2 or 2 * count < len(tables):
        return None
    named = [table for table in tables if landscape.words[table][:1] == word]
    length = min(landscape.shared_words(named[0], other) for other in named)
    # The shortest name is the most likely to hold nothing but the words, in the number that people use.
    shortest = min(named, key=lambda table: (len(table.name), table))
    spelled = words_of(shortest.name)
    start = len(spelled) - len(landscape.words[shortest])
    return spelled[start : start + length], set(named)


def _named_like(
    landscape: Landscape, tables: Sequence[QualifiedName], one: QualifiedName
) -> set[QualifiedName]:
    return {table for table in tables if landscape.shared_words(table, one)} | {one}


def _centre(
    landscape: Landscape, of: Sequence[QualifiedName], within: Sequence[QualifiedName]
) -> QualifiedName:
    """Return the one with the most references to and from tables within; of equals the most referenced."""
    inside = set(within)

    def rank(table: QualifiedName) -> tuple[int, int, QualifiedName]:
        dependents = sum(other in inside for other in landscape.dependents_of(table))
        references = sum(other in inside for other in landscape.references_of(table))
        return -dependents - references, -dependents, table

    return min(of, key=rank)


def slug(words: Iterable[str]) -> str:
    """Return a name of these words: lower-case ASCII letters, digits and hyphens, at most 40."""
    plain = unicodedata.normalize("NFKD", "-".join(words)).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    # Only whole words, unless the first alone is too long.
    kept = list(
        takewhile(lambda end: end <= LONGEST_NAME, (m.end() for m in re.finditer(r"[a-z0-9]+", slug)))
    )
    return slug[: kept[-1] if kept else LONGEST_NAME] or "group"


def _title(words: Sequence[str]) -> str:
    text = " ".join(words)
    return text[:1].upper() + text[1:] or "Tables"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"
