"""Which group of the configuration each table belongs to.

Resolves the names and patterns of a configuration against a catalog. Consumed by planning, which places what
no group lists and proves the order. Nothing here looks at foreign keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from difflib import get_close_matches

import msgspec

from pilotage.config.patterns import NamePattern, parse_pattern
from pilotage.config.records import Configuration, Position, TablePattern, Unlisted
from pilotage.config.toml_text import basic_string, visible
from pilotage.errors import UsageError
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName

_NAMED = 12
"""Tables that a dispute of two patterns names; the rest it counts."""
_SUGGESTIONS = 25
"""Unknown names that get a suggestion: each compares with every table, and nobody reads more at once."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Why a table is in a group: what the configuration says, and where.

    Attributes:
        group: the group's name.
        pattern: the name or pattern that decided; for a partition, the one that its root table is listed by.
    """

    group: str
    pattern: TablePattern


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """Every table of a catalog: listed in a group, or not.

    Attributes:
        listed: by table, sorted; a partition is where its root table is.
        unlisted: the other tables, sorted, partitions included.
    """

    listed: Mapping[QualifiedName, Listing]
    unlisted: tuple[QualifiedName, ...]

    def tables_of(self, group: str) -> tuple[QualifiedName, ...]:
        """Return a group's tables, sorted, partitions included."""
        return tuple(table for table, listing in self.listed.items() if listing.group == group)


def assign_tables(
    configuration: Configuration, catalog: Catalog, root: Mapping[QualifiedName, QualifiedName]
) -> Assignment:
    """Say which group each table belongs to.

    A name decides before any pattern does. Without any groups, every table is unlisted and nothing is wrong.

    Args:
        configuration: its positions are named in errors.
        catalog: all that is in scope.
        root: for every table of the catalog, the topmost table that it is a partition of, or itself.

    Raises:
        UsageError: a name or pattern means no table; a name means tables of several schemas; two groups want
            the same table; a group is left without tables; a table is in no group, where the configuration
            does not leave that to inference. The message holds all of these, a line each.
    """
    tables = tuple(sorted(root))
    if not configuration.groups:
        return Assignment(listed={}, unlisted=tables)
    resolution = _Resolution(configuration, catalog, root)
    by_root = resolution.resolve()
    unlisted = tuple(table for table in tables if root[table] not in by_root)
    if configuration.unlisted is Unlisted.ERROR:
        resolution.refuse_unlisted([table for table in unlisted if root[table] == table])
    resolution.raise_problems()
    return Assignment(
        listed={
            table: Listing(group=request.group, pattern=request.listed)
            for table in tables
            if (request := by_root.get(root[table])) is not None
        },
        unlisted=unlisted,
    )


class _Request(msgspec.Struct, frozen=True):
    """One name or pattern of one group."""

    group: str
    listed: TablePattern
    pattern: NamePattern

    def __str__(self) -> str:
        return basic_string(self.listed.text)


class _Resolution:
    """Resolves one configuration's names and patterns, and gathers what is wrong with them."""

    def __init__(
        self, configuration: Configuration, catalog: Catalog, root: Mapping[QualifiedName, QualifiedName]
    ) -> None:
        self._groups = configuration.groups
        self._catalog = catalog
        self._root = root
        self._namesakes: dict[str, list[QualifiedName]] = defaultdict(list)
        for table in sorted(root):
            self._namesakes[table.name].append(table)
        self._problems: list[tuple[int, str]] = []
        self._faulty_groups: set[str] = set()
        self._ambiguous: set[QualifiedName] = set()
        self._suggestions_left = _SUGGESTIONS

    def resolve(self) -> dict[QualifiedName, _Request]:
        """Return who lists each root table. Where two groups do, that is reported and the first is taken."""
        meant = [(request, self._tables_meant(request)) for request in self._requests()]
        listed: dict[QualifiedName, _Request] = {}
        for exact in (True, False):  # a name decides before any pattern does
            wanted: dict[QualifiedName, list[_Request]] = defaultdict(list)
            for request, tables in meant:
                if request.pattern.is_exact is exact:
                    for table in tables:
                        if table not in listed and self._root[table] == table:
                            wanted[table].append(request)
            self._refuse_two_groups(wanted)
            listed |= {table: requests[0] for table, requests in wanted.items()}
        for request, tables in meant:
            self._refuse_lone_partitions(request, tables, listed)
        self._refuse_empty_groups({request.group for request in listed.values()})
        return listed

    def refuse_unlisted(self, tables: Sequence[QualifiedName]) -> None:
        """Report tables that no group lists; those that an ambiguous name may mean are reported already."""
        missing = [table for table in tables if table not in self._ambiguous]
        if missing:
            what = "1 table in scope is" if len(missing) == 1 else f"{len(missing):,} tables in scope are"
            names = ", ".join(map(_text, missing))
            self._report(
                self._groups[0].position,
                f"{what} in no group: {names}; add each to a group, leave its schema "
                'out of the scope, or set unlisted = "infer"',
            )

    def raise_problems(self) -> None:
        if self._problems:
            self._problems.sort(key=lambda problem: problem[0])
            raise UsageError("\n".join(message for _, message in self._problems))

    def _requests(self) -> Iterator[_Request]:
        for group in self._groups:
            for listed in group.tables:
                try:
                    pattern = parse_pattern(listed.text)
                except ValueError as error:  # only where the configuration was not made by the reader
                    self._faulty_groups.add(group.name)
                    self._report(listed.position, f"{basic_string(listed.text)} names no table: {error}")
                else:
                    yield _Request(group.name, listed, pattern)

    def _tables_meant(self, request: _Request) -> Sequence[QualifiedName]:
        """Return the tables that are meant, partitions included; none, or too many, is reported."""
        pattern = request.pattern
        if pattern.name.literal is None:
            tables = [table for table in self._root if pattern.matches(table)]
        else:
            tables = [
                table for table in self._namesakes.get(pattern.name.literal, ()) if pattern.matches(table)
            ]
        if not tables:
            self._refuse(request, self._why_none(request))
        elif pattern.is_exact and len(tables) > 1:
            self._ambiguous.update(tables)
            self._refuse(
                request,
                f"{request} is a table of {len(tables)} schemas in scope; write which one is meant: "
                + " or ".join(basic_string(str(table)) for table in tables),
            )
            return ()
        return tables

    def _why_none(self, request: _Request) -> str:
        views = [view for view in self._catalog.views if request.pattern.matches(view.name)]
        if views:
            return (
                f"{request} means no table: {_text(views[0].name)} is a {views[0].kind}, and views go "
                "with the tables that they read; remove it"
            )
        schema = request.pattern.schema
        if schema is not None and not any(map(schema.matches, self._catalog.scope)):
            scope = ", ".join(map(basic_string, self._catalog.scope)) or "none"
            return (
                f"{request} means no table: its schema is not in scope; remove it, or take the schema along "
                f"(in scope: {scope})"
            )
        close = self._nearest(request)
        if close:
            return f"{request} means no table in scope; did you mean {' or '.join(close)}?"
        return f"{request} means no table in scope; correct it or remove it"

    def _nearest(self, request: _Request) -> list[str]:
        if not self._suggestions_left:
            return []
        self._suggestions_left -= 1
        literal = request.pattern.name.literal
        sought = request.listed.text.rpartition(".")[2].strip('*?"') if literal is None else literal
        by_folded: dict[str, list[QualifiedName]] = defaultdict(list)
        for name, tables in self._namesakes.items():
            by_folded[name.casefold()] += tables
        close = get_close_matches(sought.casefold(), by_folded, n=3, cutoff=0.6 if literal else 0.5)
        return [basic_string(str(table)) for name in close for table in by_folded[name]][:3]

    def _refuse_two_groups(self, wanted: Mapping[QualifiedName, Sequence[_Request]]) -> None:
        """Report tables that two groups ask for, a message for each two names or patterns that do."""
        disputes: dict[tuple[_Request, _Request], list[QualifiedName]] = defaultdict(list)
        for table, (first, *others) in wanted.items():
            for other in others:
                if other.group != first.group:
                    disputes[first, other].append(table)
        for (first, other), tables in disputes.items():
            remedy = (
                "remove one of the two"
                if other.pattern.is_exact
                else "list each by its name in the group that it belongs to, or narrow one pattern"
            )
            self._refuse(
                other,
                f'{other} in group "{other.group}" and {first} in group "{first.group}" '
                f"({first.listed.position}) both mean {_some(tables)}; {remedy}",
            )

    def _refuse_lone_partitions(
        self, request: _Request, tables: Sequence[QualifiedName], listed: Mapping[QualifiedName, _Request]
    ) -> None:
        """Report a name or pattern that means partitions only, unless their table is in the same group."""
        if any(self._root[table] == table for table in tables):
            return
        for table in tables:
            root = self._root[table]
            holder = listed.get(root)
            if holder is None or holder.group != request.group:
                where = "" if holder is None else f", which {holder.listed.position} lists"
                remedy = f"list {basic_string(str(root))} instead" if holder is None else "remove it"
                self._refuse(
                    request,
                    f"{request} means {_text(table)}, a partition of {_text(root)}{where}; "
                    f"partitions go with their table: {remedy}",
                )
                return

    def _refuse_empty_groups(self, groups_with_tables: Set[str]) -> None:
        for group in self._groups:
            if group.name not in groups_with_tables and group.name not in self._faulty_groups:
                self._report(
                    group.position,
                    f'group "{group.name}" is left without tables: other groups name all that it means; '
                    "remove the group, or give it tables of its own",
                )

    def _refuse(self, request: _Request, message: str) -> None:
        self._faulty_groups.add(request.group)
        self._report(request.listed.position, message)

    def _report(self, position: Position, message: str) -> None:
        self._problems.append((position.line, f"{position}: {message}"))


def _text(table: QualifiedName) -> str:
    return visible(str(table))


def _some(tables: Sequence[QualifiedName]) -> str:
    named = ", ".join(map(_text, tables[:_NAMED]))
    left = len(tables) - _NAMED
    return f"{named} and {left:,} more" if left > 0 else named
