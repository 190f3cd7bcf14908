"""Hypothesis strategies for configurations and for TOML in every style; consumed by this folder's tests."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from hypothesis import strategies as st

from pilotage.config.patterns import parse_pattern
from pilotage.config.records import (
    AssertedOn,
    Assertion,
    Configuration,
    Expectations,
    GroupRequest,
    Position,
    TablePattern,
    Unlisted,
)
from pilotage.model.choices import DataFormat, Layout, OrphanChoice
from pilotage.model.identities import Identity
from pilotage.model.names import QualifiedName
from pilotage.model.roles import RoleChoices, RoleMapping
from pilotage.model.scope import Scope

NOWHERE = Position("drawn", 0)

# What PostgreSQL may hold as a name, with what TOML and patterns give a meaning drawn often.
hostile_text = st.text(
    st.one_of(
        st.sampled_from("ab.*?\"'\\#=[]{},\n\r\t \x1b\u202e\u2028é"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    min_size=1,
    max_size=12,
)
shown_text = hostile_text.filter(lambda text: text.strip() != "")
exact_names = st.builds(lambda schema, name: str(QualifiedName(schema, name)), hostile_text, hostile_text)
bare_names = st.from_regex(r"[A-Za-z0-9_éü-]{1,12}", fullmatch=True)
wild_names = st.from_regex(r"[a-z*?]{0,5}[*?][a-z]{0,3}(\.[a-z*?]{1,4})?", fullmatch=True)
counts = st.integers(0, 2**63 - 1)


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """Any configuration that the reader would accept; its positions are nowhere."""
    numbers = draw(st.permutations(range(1, 100)))
    names = draw(st.lists(st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True), unique=True, max_size=4))
    patterns = draw(
        st.lists(
            st.one_of(bare_names, exact_names, wild_names),
            unique_by=parse_pattern,
            min_size=len(names),
            max_size=len(names) * 3,
        )
    )
    groups = []
    for index, name in enumerate(names):
        schema, data = sorted(numbers[2 * index : 2 * index + 2])
        groups.append(
            GroupRequest(
                name=name,
                title=draw(shown_text),
                purpose=draw(st.one_of(st.just(""), shown_text)),
                tables=tuple(
                    TablePattern(text=text, position=NOWHERE) for text in patterns[index :: len(names)]
                ),
                schema_number=draw(st.sampled_from([None, schema])),
                data_number=draw(st.sampled_from([None, data])),
                position=NOWHERE,
            )
        )
    schemas = draw(st.lists(shown_text, unique=True, max_size=4))
    split = draw(st.integers(0, len(schemas)))
    expected = draw(st.lists(st.one_of(bare_names, exact_names), unique_by=parse_pattern, max_size=3))
    maybe_count = st.none() | counts
    return Configuration(
        source=draw(st.none() | shown_text),
        scope=Scope(include=tuple(schemas[:split]), exclude=tuple(schemas[split:])),
        layout=draw(st.sampled_from(Layout)),
        unlisted=draw(st.sampled_from(Unlisted)),
        groups=tuple(groups),
        expect=Expectations(
            tables=draw(maybe_count),
            foreign_keys=draw(maybe_count),
            rows=draw(maybe_count),
            rows_of=MappingProxyType({name: draw(counts) for name in expected}),
        ),
        assertions=draw(assertions()),
        identities=draw(identities()),
        data_format=draw(st.sampled_from(DataFormat)),
        orphans=draw(st.sampled_from(OrphanChoice)),
        split_bytes=draw(st.integers(1, 2**63 - 1) | st.integers(1, 8000).map(lambda n: n * 1024**2)),
        roles=draw(role_choices()),
    )


@st.composite
def assertions(draw: st.DrawFn) -> tuple[Assertion, ...]:
    """Any assertions that the reader would accept."""
    drawn = []
    for name in draw(st.lists(shown_text, unique=True, max_size=2)):
        expect = draw(st.none() | st.just("") | hostile_text)
        on = draw(st.sampled_from(AssertedOn)) if expect is not None else AssertedOn.BOTH
        seconds = draw(st.integers(1, 86400))
        drawn.append(Assertion(name=name, sql=draw(shown_text), expect=expect, on=on, seconds=seconds))
    return tuple(drawn)


@st.composite
def identities(draw: st.DrawFn) -> tuple[Identity, ...]:
    """Any identities that the reader would accept."""
    role_names = shown_text.filter(lambda name: name not in {"public", "none"})
    settings = st.dictionaries(shown_text.map("app.{}".format), hostile_text, max_size=2)
    return tuple(
        Identity(name=name, role=draw(st.none() | role_names), settings=draw(settings))
        for name in draw(st.lists(shown_text, unique=True, max_size=2))
    )


@st.composite
def role_choices(draw: st.DrawFn) -> RoleChoices:
    """Any choices about roles that the reader would accept."""
    role_names = shown_text.filter(lambda name: name not in {"public", "none"})
    mapped = draw(st.lists(role_names, unique=True, max_size=3))
    return RoleChoices(
        owners=draw(st.booleans()),
        privileges=draw(st.booleans()),
        role=draw(st.just("") | role_names),
        mapping=tuple(sorted(RoleMapping(source=name, target=draw(role_names)) for name in mapped)),
        create=draw(st.booleans()),
        superuser=draw(st.booleans()),
        database_settings=draw(st.booleans()),
        tablespaces=draw(st.booleans()),
    )


@dataclass
class DrawnToml:
    """A TOML text in which every key and every element of an array holds a marker that no other holds."""

    text: str


class _Renderer:
    """Writes one document in styles that are drawn as it goes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._markers = 0
        self._newline = draw(st.sampled_from(["\n", "\r\n"]))

    def document(self) -> str:
        parts = [self._pairs()]
        for _ in range(self._draw(st.integers(0, 3))):
            name = self._key()
            match self._draw(st.sampled_from(["table", "nested", "array", "array with tables"])):
                case "table":
                    parts.append(f"{self._blank()}[{name}]{self._end()}{self._pairs()}")
                case "nested":
                    parts.append(f"[{name} . {self._key()}]{self._end()}{self._pairs()}")
                case "array":
                    parts += [f"[[{name}]]{self._end()}{self._pairs()}" for _ in range(self._few())]
                case _:
                    inner = self._key()
                    for _ in range(self._few()):
                        parts.append(f"[[ {name} ]]{self._end()}{self._pairs()}")
                        parts.append(f"[{name}.{self._key()}]{self._end()}{self._pairs()}")
                        parts += [
                            f"[[{name}.{inner}]]{self._end()}{self._pairs()}" for _ in range(self._few())
                        ]
        return "".join(parts)

    def _few(self) -> int:
        return self._draw(st.integers(1, 3))

    def _marker(self) -> str:
        self._markers += 1
        return f"m{self._markers}m"

    def _pairs(self) -> str:
        return "".join(self._pair() for _ in range(self._draw(st.integers(0, 4))))

    def _pair(self) -> str:
        equals = self._draw(st.sampled_from(["=", " = "]))
        return f"{self._blank()}{self._key()}{equals}{self._value(2)}{self._end()}"

    def _blank(self) -> str:
        return self._draw(st.sampled_from(["", "  ", self._newline, f"# [x] = ''' {self._newline}\t"]))

    def _end(self) -> str:
        return self._draw(st.sampled_from(["", ' # ] """ [[a]] \'b\'', "\t"])) + self._newline

    def _key(self) -> str:
        marker = self._marker()
        dotted = f"{marker}.{self._marker()}"
        return self._draw(
            st.sampled_from(
                [
                    marker,
                    f'"{marker} = # ]"',
                    f"'{marker}[\"'",
                    f'"{marker}\\u0022\\n."',
                    dotted,
                    f"{marker}-x",
                ]
            )
        )

    def _value(self, depth: int) -> str:
        if depth and self._draw(st.booleans()):
            return self._array(depth) if self._draw(st.booleans()) else self._inline_table(depth)
        marker = self._marker()
        number = int(marker.strip("m"))
        return self._draw(
            st.sampled_from(
                [
                    f'"{marker} ] # \\" \\\\"',
                    f"'{marker} \" }} [ \\'",
                    f'"""{marker} "" # {self._newline}k = [ \\""" ]{self._newline}"""""',
                    f"'''{marker} ''{self._newline}# ] \"\"\" \\'''",
                    str(7_000_000 + number),
                    f"1979-05-27 07:32:00.{number:06}",
                ]
            )
        )

    def _inline_table(self, depth: int) -> str:
        pairs = ", ".join(f"{self._key()} = {self._value(depth - 1)}" for _ in range(self._few()))
        return f"{{ {pairs} }}"

    def _array(self, depth: int) -> str:
        elements = [
            self._blank() + self._value(depth - 1) + self._draw(st.sampled_from(["", self._end()]))
            for _ in range(self._draw(st.integers(0, 3)))
        ]
        return (
            f"[{','.join(elements)}{self._draw(st.sampled_from(['', ',', self._end()])) if elements else ''}]"
        )


@st.composite
def toml_documents(draw: st.DrawFn) -> DrawnToml:
    """A valid TOML text: comments, dotted and quoted keys, strings full of brackets, LF or CRLF."""
    return DrawnToml(_Renderer(draw).document())
