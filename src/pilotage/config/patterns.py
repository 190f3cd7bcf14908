r"""Names and patterns of tables, as a configuration writes them.

``hotels``, ``public.hotels``, ``sire_*``, ``"we.ird"."na*me"``: ``*`` stands for any characters, ``?`` for
one, and nothing within double quotes has a meaning of its own. Upper case and lower case differ, quoted or
not: a configuration is no SQL, and who has a table ``Hotels`` writes ``Hotels``. Consumed by the reader, who
judges the syntax, and by planning, which knows the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from pilotage.model.names import QualifiedName

_ANY, _ONE = "*", "?"


class NamePart(msgspec.Struct, frozen=True):
    """A schema's or a table's part of a pattern.

    Attributes:
        literal: the one name that it means; None where it holds a wildcard.
        expression: the names that it matches, as a regular expression.
    """

    literal: str | None
    expression: str

    def matches(self, name: str) -> bool:
        """Whether this part means the name."""
        if self.literal is not None:
            return name == self.literal
        return re.fullmatch(self.expression, name) is not None


class NamePattern(msgspec.Struct, frozen=True):
    """A parsed pattern; two that are written differently and mean the same are equal.

    Attributes:
        schema: None for a table of any schema in scope.
    """

    schema: NamePart | None
    name: NamePart

    @property
    def is_exact(self) -> bool:
        """Whether it is a name, without wildcards."""
        return self.name.literal is not None and (self.schema is None or self.schema.literal is not None)

    def matches(self, name: QualifiedName) -> bool:
        """Whether the pattern means the table."""
        return self.name.matches(name.name) and (self.schema is None or self.schema.matches(name.schema))


class _Character(msgspec.Struct, frozen=True):
    """One character of a pattern, and whether it stood within double quotes."""

    text: str
    quoted: bool

    def is_active(self, text: str) -> bool:
        return self.text == text and not self.quoted


def parse_pattern(text: str) -> NamePattern:
    """Return what a configuration's name or pattern means.

    Raises:
        ValueError: it means nothing; the message says what it holds and what is wanted.
    """
    if "\0" in text:
        raise ValueError("it holds a NUL character, which no name in PostgreSQL can hold; remove it")
    parts: list[list[_Character]] = [[]]
    for character in _characters(text):
        if character.is_active("."):
            parts.append([])
        else:
            parts[-1].append(character)
    if len(parts) > 2:
        raise ValueError(
            f"it has {len(parts)} parts; write table or schema.table, "
            "and a name that itself holds a dot in double quotes: 'public.\"a.b\"'"
        )
    *schema, name = map(_part, parts)
    return NamePattern(schema[0] if schema else None, name)


def _characters(text: str) -> Iterator[_Character]:
    quoted = False
    rest = iter(text)
    for character in rest:
        if character != '"':
            yield _Character(character, quoted)
        elif not quoted:
            quoted = True
        else:  # the end of the quoted part, or a doubled quote, which stands for one
            following = next(rest, None)
            if following == '"':
                yield _Character('"', True)
                continue
            quoted = False
            if following is not None:
                yield _Character(following, False)
    if quoted:
        raise ValueError('its double quotes are not closed; a quote within a name is doubled: \'"a""b"\'')


def _part(characters: list[_Character]) -> NamePart:
    if not characters:
        raise ValueError("a part of it is empty; write table or schema.table")
    if any(end.text.isspace() and not end.quoted for end in (characters[0], characters[-1])):
        raise ValueError(
            "a part of it begins or ends with a space; remove it, or put the name in double quotes"
        )
    if not any(each.is_active(_ANY) or each.is_active(_ONE) for each in characters):
        literal = "".join(each.text for each in characters)
        return NamePart(literal, re.escape(literal))
    return NamePart(None, _expression(characters))


def _expression(characters: list[_Character]) -> str:
    """Return the pattern as a regular expression that takes time in proportion to the name's length.

    Between two stars, the first place that fits is as good as any other, so nothing is ever tried again.
    """
    segments = [""]
    for character in characters:
        if character.is_active(_ANY):
            segments.append("")
        else:
            segments[-1] += "." if character.is_active(_ONE) else re.escape(character.text)
    first, *middle = segments
    if not middle:
        return f"(?s:{first})"
    last = middle.pop()
    return f"(?s:{first}{''.join(f'(?>.*?{segment})' for segment in middle if segment)}.*{last})"
