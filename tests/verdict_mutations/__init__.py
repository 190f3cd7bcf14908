"""Random single changes to a database that is a faithful copy, each with what a verdict has to say of it.

Consumed by the tests of ``pilotage verify``. What can be changed is asked of the database itself:
each row of ``damage.sql``, ``rows.sql`` and ``structure.sql``, one query each, is one change:

- ``id``: what sort of change it is;
- ``touches``: the tables, or whatever else, that are changed. Two changes to one thing never come together;
- ``objects``: as which one of them the verdict has to name it, with ``*`` for any text;
- ``fact``: what the verdict has to call different there, as a regular expression that is found in it;
- ``change``: statements. They run as a superuser with ``session_replication_role = replica``, so that no
  trigger fires and no foreign key is looked at, and with ``allow_system_table_mods``, for what no statement
  can change.

Of a change of rows, ``kind`` is what becomes of them, and ``column`` the one with another value. It answers
with the keys of those that are not the same any more. A change that a constraint refuses, or that leaves
everything as it was, is none, and another one is made instead.

``awkward.sql`` makes a database of values that are hard to tell apart. All of it is for PostgreSQL 18.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from pilotage.connection import Session
from pilotage.errors import ServerError

FOLDER = Path(__file__).parent
AWKWARD = FOLDER / "awkward.sql"

_CONSEQUENCES = FOLDER / "consequences.sql"
_CHANGES = ("damage.sql", "rows.sql", "structure.sql")

_SETTINGS = """
SET session_replication_role = replica;
SET allow_system_table_mods = on;
SET event_triggers = off;
"""

# Names of tables are qualified; types and operators of extensions are not.
_PATH = """
SELECT set_config('search_path', coalesce(string_agg(DISTINCT quote_ident(nspname), ', '), ''), false)
FROM pg_catalog.pg_extension JOIN pg_catalog.pg_namespace ON pg_namespace.oid = extnamespace
"""


class Mutation(msgspec.Struct, frozen=True, kw_only=True):
    """One change that may be made; what its fields mean is said above."""

    id: str
    touches: tuple[str, ...]
    objects: tuple[str, ...]
    fact: str
    change: str
    kind: Literal["missing", "extra", "changed"] | None = None
    column: str | None = None


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """A change to one thing may change what roles see of another: of a view of the table, for instance."""

    changed: str
    seen: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One change that was made.

    Attributes:
        keys: of the rows that were changed, each as the text of its columns; empty tuples where the table has
            no key.
    """

    mutation: Mutation
    keys: tuple[tuple[str, ...], ...] = ()


async def possible_mutations(session: Session, seed: int) -> list[Mutation]:
    """Return every change that the database allows, in random order, no sort of change before its turn."""
    chance = random.Random(seed)  # noqa: S311 - for tests
    of_sort: dict[str, list[Mutation]] = defaultdict(list)
    for name in _CHANGES:
        query = (FOLDER / name).read_text("utf-8").replace(":seed", str(seed))
        for each in await session.records(query, Mutation):
            of_sort[each.id].append(each)
    for several in of_sort.values():
        chance.shuffle(several)
    sorts = list(of_sort)
    chance.shuffle(sorts)
    return [
        several[turn]
        for turn in range(max(map(len, of_sort.values())))
        for several in map(of_sort.__getitem__, sorts)
        if turn < len(several)
    ]


async def read_consequences(session: Session) -> Mapping[str, frozenset[str]]:
    """Return for each thing that may be changed all others whose visible rows may then be others."""
    seen: dict[str, set[str]] = defaultdict(set)
    for each in await session.records(_CONSEQUENCES.read_text("utf-8"), Consequence):
        seen[each.changed].add(each.seen)
    return {changed: _reached(changed, seen) for changed in tuple(seen)}


def _reached(start: str, edges: Mapping[str, Collection[str]]) -> frozenset[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        more = set(edges.get(waiting.pop(), ())) - reached
        reached |= more
        waiting += more
    return frozenset(reached)


async def make_some(session: Session, waiting: list[Mutation], at_most: int) -> list[Made]:
    """Make changes, each to another thing, and return them; what was tried waits no longer."""
    await session.run(_SETTINGS)
    await session.value(_PATH)
    made: list[Made] = []
    changed: set[str] = set()
    for mutation in tuple(waiting):
        if len(made) == at_most:
            break
        if not changed.isdisjoint(mutation.touches):
            continue
        waiting.remove(mutation)
        if (keys := await _make(session, mutation)) is not None:
            made.append(Made(mutation=mutation, keys=keys))
            changed.update(mutation.touches)
    return made


async def _make(session: Session, mutation: Mutation) -> tuple[tuple[str, ...], ...] | None:
    """Return the keys of rows that were changed; None where nothing was."""
    try:
        if mutation.kind is None:
            await session.run(mutation.change)
            return ()
        answer = await session.value(mutation.change)
    except ServerError:
        return None
    return None if answer is None else msgspec.json.decode(answer, type=tuple[tuple[str, ...], ...])


def is_named(mutation: Mutation, of: str, fact: str) -> bool:
    """Whether a difference is the one that has to be found."""
    return re.search(mutation.fact, fact) is not None and _is_one_of(mutation.objects, of)


def is_about(mutation: Mutation, of: str, *, besides: Iterable[str] = ()) -> bool:
    """Whether an object, as a verdict names it, is what the change was made to, or part of it.

    Args:
        besides: names of other things that it may be, or part of which.
    """
    names = (*mutation.touches, *besides)
    parts = [f"{before}{name}{after}" for name in names for before in ("", "* ") for after in ("", ".*")]
    return _is_one_of((*mutation.objects, *parts), of)


def _is_one_of(patterns: Iterable[str], of: str) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), of, re.DOTALL) for pattern in patterns
    )
