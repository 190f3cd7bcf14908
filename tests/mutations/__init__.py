"""Single changes to the zoo, each with the one fact that is another afterwards.

Consumed by the tests of ``pilotage diff``. The changes are SQL files beside this module, by the zoo's
subjects. In them, a line ``-- id: ["kind", "object", "fact"]`` begins a change, and its statements follow up
to the next. They run in a transaction of a superuser's that is rolled back, with ``allow_system_table_mods``
on: for facts that no statement can change, such as an index that is not valid, the catalog is changed itself.

They fit the zoo of PostgreSQL 18, with its optional ``database``, ``large-objects`` and ``cluster-settings``.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent

OPTIONAL = ("database", "large-objects", "cluster-settings")
"""Subjects of the zoo's optional files that mutations need."""

_BEGINNING = re.compile(r"^-- (?P<id>[a-z0-9-]+): (?P<fact>\[.*\])\n", re.MULTILINE)

_VARYING = re.compile(r" (?:of|for|on|[0-9]+) .*|(?<=option) .*|(?<=setting) .*", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One change.

    Attributes:
        sql: statements that are parted by semicolons.
        changed: kind, object and fact of the only difference that it makes.
    """

    id: str
    sql: str
    changed: tuple[str, str, str]


def mutations(path: Path) -> Iterator[Mutation]:
    """Yield the changes of one file, in order."""
    text = path.read_text(encoding="utf-8")
    beginnings = list(_BEGINNING.finditer(text))
    ends = [*(each.start() for each in beginnings[1:]), len(text)]
    for beginning, end in zip(beginnings, ends, strict=True):
        kind, of, fact = json.loads(beginning["fact"])
        yield Mutation(id=beginning["id"], sql=text[beginning.end() : end], changed=(kind, of, fact))


def all_mutations() -> dict[str, tuple[Mutation, ...]]:
    """Return the changes of every file, by the file's subject."""
    return {path.stem: tuple(mutations(path)) for path in sorted(FOLDER.glob("*.sql"))}


def name_of(fact: str) -> str:
    """Return what facts of one sort have in common: ``privileges of zoo_visitor``, ``mapping for host``."""
    return _VARYING.split(fact)[0]


def some_of_each_subject() -> list[Mutation]:
    """Return the changes that are made alone too: two of each file, the first of each kind of object."""
    chosen: dict[str, Mutation] = {}
    kinds: set[str] = set()
    for of_file in all_mutations().values():
        for number, mutation in enumerate(of_file):
            if number < 2 or mutation.changed[0] not in kinds:
                chosen[mutation.id] = mutation
            kinds.add(mutation.changed[0])
    return list(chosen.values())


def rounds(of_file: tuple[Mutation, ...]) -> list[list[Mutation]]:
    """Return all changes in rounds, in which each is to another object."""
    gathered: list[list[Mutation]] = []
    for mutation in of_file:
        for one in gathered:
            if all(mutation.changed[:2] != each.changed[:2] for each in one):
                one.append(mutation)
                break
        else:
            gathered.append([mutation])
    return gathered
