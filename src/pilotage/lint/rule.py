"""What a rule is, and what a query of a rule gives.

Consumed by every file in ``rules/`` and by :mod:`pilotage.lint.linting`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pilotage.lint.reading import Reading
from pilotage.model.lint import Category, Facing, Finding, Fix, Level

PARTS = ("Cost", "Fine", "Remedy", "Decide")
"""What the paragraphs of a rule's docstring begin with, after its first line."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One object that a rule has found, before it is said of which rule.

    Attributes:
        kind, object: as ``pg_identify_object()`` names it.
        detail: a sentence about this object.
        metadata: ``schema``, ``name`` and ``type`` at least.
        key: what tells the finding from others of the rule.
        fix: SQL that mends it; None where a person has to decide.
        level: of this finding, where it is not the rule's.
    """

    kind: str
    object: str
    detail: str
    metadata: Mapping[str, Any]
    key: tuple[str, ...]
    fix: Fix | None = None
    level: Level | None = None


Find = Callable[[Reading], Awaitable[Iterable[Found]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that a database may have and had better not.

    Attributes:
        name: of the rule's file.
        title: as Supabase's linter has it, where it has the rule.
        summary: what is found, in a line.
        cost: what it costs.
        fine: when it is as it should be.
        remedy: what to do.
        decide: what a person has to decide where there is no fix, since no SQL is safe there.
        level: of its findings.
        worst: of those that are more severe than others.
        key: what its findings' keys begin with.
        find: asks the database.
    """

    name: str
    title: str
    level: Level
    worst: Level
    key: str
    categories: tuple[Category, ...]
    summary: str
    cost: str
    fine: str
    remedy: str
    decide: str
    find: Find

    def finding(self, found: Found) -> Finding:
        """Return what was found as a finding of this rule."""
        return Finding(
            name=self.name,
            title=self.title,
            level=found.level or self.level,
            facing=Facing.EXTERNAL,
            categories=self.categories,
            description=f"{self.summary} {self.cost}",
            detail=found.detail,
            remediation=self.remedy,
            metadata=found.metadata,
            cache_key="_".join((self.key, *found.key)),
            kind=found.kind,
            object=found.object,
            fix=found.fix,
            decide=self.decide if found.fix is None and self.decide else None,
        )


def rule(
    module: str,
    documentation: str | None,
    *,
    title: str,
    level: Level,
    categories: tuple[Category, ...],
    worst: Level | None = None,
    key: str | None = None,
    find: Find | None = None,
) -> Rule:
    """Return the rule that a module is.

    Args:
        module: its ``__name__``; the last part is the rule's name.
        documentation: its docstring: a line, then a paragraph for each of :data:`PARTS`.
        title: of the rule.
        level: of its findings.
        categories: what it is about.
        worst: of those findings that are more severe than others; ``level`` by default.
        key: what its findings' keys begin with, where Supabase's linter has not the rule's name there.
        find: how it asks, where that is not its query alone.

    Raises:
        ValueError: the docstring has other paragraphs.
    """
    name = module.rpartition(".")[2]
    # Python leaves docstrings out where it is asked to, and the rules work all the same.
    text = documentation or "\n\n".join(("", *(f"{part}: " for part in PARTS)))
    summary, *paragraphs = (" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n"))
    told = {
        part: _sentence(paragraph.removeprefix(f"{part}: "))
        for part, paragraph in zip(PARTS, paragraphs, strict=False)
    }
    heads = tuple(paragraph.partition(":")[0] for paragraph in paragraphs)
    if documentation and heads != PARTS:
        raise ValueError(
            f"rule {name}: its docstring is to have, after a line, a paragraph each of {', '.join(PARTS)}"
        )
    return Rule(
        name=name,
        title=title,
        level=level,
        worst=worst or level,
        key=key or name,
        categories=categories,
        summary=summary,
        cost=told.get("Cost", ""),
        fine=told.get("Fine", ""),
        remedy=told.get("Remedy", ""),
        decide=told.get("Decide", ""),
        find=find or _query_of(name),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _query_of(name: str) -> Find:
    async def find(reading: Reading) -> Iterable[Found]:
        return await reading.rule(name, Found)

    return find
