"""Whether what a function does can depend on the search_path that it runs with; pure.

Consumed by the rule ``function_search_path_mutable``. A name that is looked up stands in the body as a word
(or as an operator), so every word is held against what the database has, whatever the grammar makes of it:
words that could be looked up outside of ``pg_catalog`` speak against a function, even if they only look so.
So does dynamic SQL, what takes names as text, and every function that it calls or sets off and that itself
may depend on the path, since that is passed on. What is left finds the same with any path that does not put
``pg_catalog`` behind other schemas.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pilotage.lint.bodies import Token, is_taken_into_queries, operators_meant, words_of
from pilotage.lint.expressions import UnparsableError
from pilotage.lint.missing_names import missing_name
from pilotage.lint.routines import Body, Edge, Named, Surroundings

LANGUAGES = frozenset(("c", "internal"))
"""Whose functions look up nothing by SQL's rules, but for those of the next."""

_LOOKING_UP = frozenset(("autoinc", "dblink", "refint", "tablefunc", "xml2"))
"""Extensions whose functions, in C, look up names that they get as text, or run queries of such."""

_REFUSED = frozenset(
    (
        # puts statements together, or runs what cannot be seen here
        *("execute", "prepare", "call", "load"),
        # changes the structure
        *("create", "alter", "drop", "refresh", "import", "grant", "revoke", "reindex", "cluster"),
        # names what is no relation, type or function that is called
        *("copy", "operator", "constraints"),
        # sets the path: SET SCHEMA, RESET ALL, DISCARD ALL; the end of a transaction takes settings back
        *("search_path", "schema", "reset", "discard", "commit", "rollback"),
        # prints it, or names with a schema where it would not find them
        *("current_schema", "explain", "pg_context", "pg_exception_context"),
    )
)

_REG = re.compile(r"reg(class|type|procedure|proc|operator|oper|config|dictionary|collation)\Z")
_PRINTING = frozenset(
    (
        *("pg_views", "pg_matviews", "pg_rules", "pg_indexes", "pg_policies", "pg_sequences"),
        *("pg_stats_ext", "pg_stats_ext_exprs"),
    )
)
"""The server's views whose texts have a schema where the search_path would not find it."""

_WRITING = frozenset(("insert", "update", "delete", "merge", "truncate"))
_NAME = re.compile(r"\w+\Z")
_QUALIFIED = re.compile(r"\w+\.\w+\Z")


@dataclass(slots=True)
class _Read:
    """What a body was seen to name.

    Attributes:
        against: why it may depend on the search_path; None where nothing in its own text speaks for that.
        calls: OIDs of functions, of which the server does not know which is meant until it runs.
    """

    against: str | None = None
    calls: set[int] = field(default_factory=set)
    relations: set[int] = field(default_factory=set)
    namesakes: list[Named] = field(default_factory=list)
    attributes: list[Named] = field(default_factory=list)
    writes: bool = False


def words_to_look_up(bodies: Iterable[Body]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words, and the operators, that stand in bodies; none of those that cannot be read."""
    words: set[str] = set()
    operators: set[str] = set()
    for each in bodies:
        for token in _tokens(each) or ():
            if token.kind in {"word", "keyword"}:
                words.add(token.text)
            operators.update(operators_meant(token))
            if token.kind == "constant" and _NAME.match(token.text):
                words.add(token.text.lower())
    return frozenset(words), frozenset(operators)


def relations_named(surroundings: Sequence[Named], bodies: Iterable[Body]) -> frozenset[int]:
    """Return the OIDs of relations that bodies may reach by name, and of those whose triggers call them."""
    named = {each.oid for each in surroundings if each.kind == "relation"}
    return frozenset(named.union(*(each.tables for each in bodies)))


def dependent(around: Surroundings) -> Mapping[int, str]:
    """Return, by OID, the functions that may depend on their caller's search_path, each with the reason.

    All others find the same whatever it is; those that have a search_path of their own are among these.
    """
    names: dict[str, list[Named]] = {}
    for named in around.named:
        names.setdefault(named.name, []).append(named)
    bodies = {each.oid: each for each in around.bodies}
    types = _Types(around)
    read = {oid: _read(each, names, types) for oid, each in bodies.items()}
    against = {oid: each.against for oid, each in read.items() if each.against is not None}
    # not: what has a path of its own, nor what never looks anything up
    passing = {oid for oid, each in bodies.items() if each.body is not None and not each.has_path}
    reached_from = _ReachedFrom(around.edges, {oid: read[oid] for oid in passing})
    anywhere = frozenset(around.anywhere)
    new = list(against)
    while new:
        bad = new.pop()
        for oid in passing if bad in anywhere else reached_from.functions(bad):
            if oid not in against:
                against[oid] = f"it reaches {_name(bodies[bad])}, which may look up names in it"
                new.append(oid)
    return against


def slowed(body: Body) -> bool:
    """Whether the server takes a function in SQL into queries, which one that sets anything never is.

    See ``inline_function()`` and ``inline_set_returning_function()`` of PostgreSQL's ``clauses.c``.
    """
    if body.language != "sql" or not body.is_function or body.definer or body.configured or body.body is None:
        return False
    if body.returns_set:
        return not body.volatile and not body.strict
    try:
        return is_taken_into_queries(body.body)
    except UnparsableError:
        return True


# -- one body -----------------------------------------------------------------------------------------------


def _name(body: Body) -> str:
    return body.written.partition(" ")[2]


@functools.lru_cache(maxsize=1 << 14)
def _tokens_of(text: str) -> tuple[Token, ...] | None:
    try:
        return words_of(text)
    except UnparsableError:
        return None


def _tokens(body: Body) -> tuple[Token, ...] | None:
    return () if body.body is None else _tokens_of(body.body)


class _Types:
    """The types, not the server's own, that values in bodies may have."""

    def __init__(self, around: Surroundings) -> None:
        self._parts = {each.oid: each.parts for each in around.parts}
        self._of_relation = {each.relation: each.oid for each in around.parts if each.relation}
        self._of_rows = frozenset(self._of_relation.values())
        self._names = frozenset(each.oid for each in around.parts if each.names)
        self._by_itself = frozenset(each.oid for each in around.parts if each.comes_of_itself)
        self._of_call = {each.oid: each.types for each in around.bodies}

    def may_get(self, one: Named, body: Body, read: _Read, *, as_attribute: bool = False) -> bool:
        """Whether a call of this name, or an operation, may mean this one rather than the server's own."""
        if one.shadowed:
            return False
        own = [each for each in one.types if each in self._parts]
        if as_attribute:
            own = [each for each in own if each in self._of_rows]
            if not own:
                return False
        elif not own or not self._by_itself.isdisjoint(own):
            return True
        return not self._of_values(body, read).isdisjoint(self._closure(own))

    def are_names(self, body: Body, read: _Read) -> bool:
        """Whether a value may be of a type, such as regclass, that is read and printed as a name."""
        return not self._names.isdisjoint(self._of_values(body, read))

    def _of_values(self, body: Body, read: _Read) -> set[int]:
        values = set(body.types).union(*(self._of_call[each] for each in read.calls))
        relations = read.relations.union(body.tables)
        values |= {self._of_relation[each] for each in relations if each in self._of_relation}
        return self._closure(values)

    def _closure(self, types: Iterable[int]) -> set[int]:
        new, seen = set(types), set[int]()
        while new:
            seen |= new
            new = {part for each in new for part in self._parts.get(each, ())} - seen
        return seen & self._parts.keys()


def _read(body: Body, names: Mapping[str, Sequence[Named]], types: _Types) -> _Read:
    """Read one body's own text."""
    read = _Read()
    if body.has_path:
        return read
    if body.body is None:
        if body.language not in LANGUAGES and body.language not in {"sql", "plpgsql"}:
            read.against = f"it is in {body.language}"
        elif body.language not in LANGUAGES and body.depends:
            read.against = "what it calls runs with its caller's search_path"
        elif body.extension in _LOOKING_UP:
            read.against = "it looks up names that it gets as text"
        return read
    tokens = _tokens(body)
    if tokens is None:
        read.against = "its body cannot be read"
        return read
    read.against = next(_speaking(tokens, names, read), None)
    if read.against is None:
        wrong = next(
            iter(
                [each for each in read.namesakes if types.may_get(each, body, read)]
                + [each for each in read.attributes if types.may_get(each, body, read, as_attribute=True)]
            ),
            None,
        )
        if wrong is not None:
            read.against = f"{wrong.name} may be that of schema {wrong.schema}"
        elif (missing := missing_name(tokens, names)) is not None:
            read.against = f"nothing that needs no schema is called {missing}, which may be looked up"
        elif types.are_names(body, read):
            read.against = "it has values of a type, such as regclass, that are looked up or printed by it"
    return read


def _speaking(tokens: Sequence[Token], names: Mapping[str, Sequence[Named]], read: _Read) -> Iterator[str]:
    """Yield what in a text may be looked up in the search_path; note what it names with its schema."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        before = tokens[place - 1].text if place else ""
        place += 1
        for operator in operators_meant(token):
            read.namesakes += (each for each in names.get(operator, ()) if each.kind == "operator")
        if token.kind == "constant" and token.text.strip().lower() == "search_path":
            yield "it names search_path in a text"
        elif token.kind == "unreadable":
            yield "its body has a name with escapes"
        elif token.kind == "constant" and before == "do":
            yield "it has DO"
        elif token.kind not in {"word", "keyword"}:
            continue
        elif token.kind == "keyword" and before != ".":
            yield from _of_keyword(token, read)
        else:
            chain = [token.text]
            while place + 1 < len(tokens) and tokens[place].text == "." and tokens[place].kind == "sign":
                if tokens[place + 1].kind not in {"word", "keyword"}:
                    break
                chain.append(tokens[place + 1].text)
                place += 2
            yield from _of_chain(chain, before, tokens[place : place + 3], names, read)


def _of_keyword(token: Token, read: _Read) -> Iterator[str]:
    if token.text in _REFUSED:
        yield f"it has {token.text.upper()}"
    read.writes = read.writes or token.text in _WRITING


def _of_chain(
    chain: Sequence[str],
    before: str,
    after: Sequence[Token],
    names: Mapping[str, Sequence[Named]],
    read: _Read,
) -> Iterator[str]:
    """Read words with dots between them; ``before`` and ``after`` are what stands around them."""
    first, *others = chain
    read.writes = read.writes or first in _WRITING
    printing = any(each.kind == "prints" for word in chain for each in names.get(word, ()))
    if printing or first == "information_schema" or not _PRINTING.isdisjoint(chain):
        yield f"it reads {'.'.join(chain)}, which prints names"
    if any(map(_REG.match, chain)):
        yield f"it has {chain[-1]}, which looks up names"
    if after and after[0].text == "(" and (not others or (first == "pg_catalog" and len(chain) == 2)):
        yield from _of_call(chain[-1], after[1:], names)
    if before == ".":
        _note_attributes(chain, names, read)
    elif not others:
        yield from _of_word(first, after[0].text if after else "", names, read)
    elif _is_schema(first, names):
        _note_qualified(first, others[0], names, read)
    else:
        if (after and after[0].text == "%") or _is_schema(others[0], names):
            yield f"{first} may be looked up"
        _note_attributes(others, names, read)


def _of_word(word: str, following: str, names: Mapping[str, Sequence[Named]], read: _Read) -> Iterator[str]:
    if word in _REFUSED or (word == "comment" and following == "on"):
        yield f"it has {word.upper()}"
    for each in names.get(word, ()):
        if each.kind in {"relation", "other"}:
            yield f"{word} may be that of schema {each.schema}"
        elif each.kind == "function" and following == "(":
            read.namesakes.append(each)


def _is_schema(word: str, names: Mapping[str, Sequence[Named]]) -> bool:
    return any(each.kind == "schema" for each in names.get(word, ()))


def _note_qualified(schema: str, word: str, names: Mapping[str, Sequence[Named]], read: _Read) -> None:
    for each in names.get(word, ()):
        if each.schema == schema and each.kind == "relation":
            read.relations.add(each.oid)
        elif each.schema == schema and each.kind == "function":
            read.calls.add(each.oid)


def _note_attributes(words: Iterable[str], names: Mapping[str, Sequence[Named]], read: _Read) -> None:
    """Note functions of a row, which can be written as its attributes."""
    for word in words:
        read.attributes += (
            each for each in names.get(word, ()) if each.kind == "function" and len(each.types) == 1
        )


def _of_call(name: str, after: Sequence[Token], names: Mapping[str, Sequence[Named]]) -> Iterator[str]:
    """Yield what speaks against a call of the server's own function that looks up names itself."""
    kind = next((each.kind for each in names.get(name, ()) if each.kind.startswith("looks up")), None)
    if kind is None:
        return
    constant = after[0].text if after and after[0].kind == "constant" else None
    if len(after) < 2 or after[1].text not in {",", ")"}:
        constant = None
    if kind == "looks up constant" and constant is not None:
        # what a setting of search_path is called is looked for in every constant
        if name in {"current_setting", "set_config"} or _QUALIFIED.match(constant):
            return
    elif (
        kind == "looks up configuration"
        and constant is not None
        and _NAME.match(constant)
        and all(each.kind != "configuration" for each in names.get(constant.lower(), ()))
    ):
        return
    yield f"{name}() may look up names"


class _ReachedFrom:
    """Which functions call another one, or set it off by reading or writing relations; each is told once."""

    def __init__(self, edges: Iterable[Edge], read: Mapping[int, _Read]) -> None:
        self._callers: dict[int, set[int]] = {}
        self._namers: dict[tuple[int, bool], set[int]] = {}
        for oid, each in read.items():
            for called in each.calls:
                self._callers.setdefault(called, set()).add(oid)
            for relation in each.relations:
                self._namers.setdefault((relation, each.writes), set()).add(oid)
        # a function and a relation may have the same OID
        self._edges: dict[tuple[int, bool], list[Edge]] = {}
        for edge in edges:
            self._edges.setdefault((edge.target, edge.is_function), []).append(edge)
        self._seen: set[tuple[int, bool]] = set()

    def functions(self, function: int) -> Iterator[int]:
        """Yield those from which a function is reached, but for what was yielded for another one."""
        yield from self._callers.get(function, ())
        new = [((function, True), False), ((function, True), True)]
        while new:
            target, writes = new.pop()
            for edge in self._edges.get(target, ()):
                relation = edge.relation, writes
                if (writes or not edge.written) and relation not in self._seen:
                    self._seen.add(relation)
                    new.append(((edge.relation, False), writes))
                    yield from self._namers.get(relation, ())
