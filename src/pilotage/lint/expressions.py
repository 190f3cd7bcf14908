"""Expressions of policies as PostgreSQL's own parser sees them: which calls they make, of what they depend.

Consumed by the rules about policies. The server prints every name with its schema but those of
``pg_catalog``, since our sessions have an empty ``search_path``, and every column within a subquery with its
relation, so that names can be told apart without asking the server again.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, TypeAlias

from pilotage.errors import RefusedError
from pilotage.lint.reading import FunctionFacts

Node: TypeAlias = Any
"""A message of the parser's: a node of PostgreSQL's ``parsenodes.h``. Its stubs are of no use to mypy."""

ROW = ""
"""Stands for the row that a policy is asked about, among the relations that an expression reads."""


class UnparsableError(RefusedError):
    """An expression that the parser does not know: the server is newer than it."""


class Guard(IntEnum):
    """Whether something else decides if a call is made at all, so that an error of its own may never show."""

    NONE = 0
    HABIT = 1
    """It is no first part of AND or OR, whose parts the server takes in order, though it promises none."""
    PROMISE = 2
    """It is part of CASE or COALESCE, which leave out what is not needed."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function in an expression.

    Attributes:
        schema: empty where the name has none, which then is ``pg_catalog``.
        arguments: how many.
        text: as SQL, on one line.
        reads: the relations outside of it that its arguments read; :data:`ROW` for the policy's own row.
        once: whether the server evaluates it once for a statement, since it stands alone in a subquery that
            depends on nothing.
        location: in bytes, where in the expression it begins.
        within: where the calls begin whose arguments it is part of.
        guard: whether it may be left out for what stands before it.
    """

    schema: str
    name: str
    arguments: int
    text: str
    reads: frozenset[str]
    once: bool
    location: int
    within: tuple[int, ...] = ()
    guard: Guard = Guard.NONE

    @property
    def depends_on_row(self) -> bool:
        """Whether its value can be another for another row, of any relation."""
        return bool(self.reads)


BEFORE = "SELECT "
"""Makes a statement of an expression."""


@functools.cache
def _parser() -> Any:
    """Return the parser's module, which takes 0.1 s to import: where there is no policy, it is not needed."""
    import postgast  # noqa: PLC0415

    return postgast


@functools.lru_cache(maxsize=1 << 16)
def parse_expression(text: str) -> Node:
    """Return the tree of an expression.

    Raises:
        UnparsableError: it is in no grammar that the parser knows.
    """
    try:
        parsed = _parser().parse(BEFORE + text)
    except _parser().PgQueryError as error:
        raise UnparsableError(f"an expression cannot be parsed ({error}): {text}") from error
    return parsed.stmts[0].stmt.select_stmt.target_list[0].res_target.val


@functools.lru_cache(maxsize=1 << 16)
def calls_of(text: str) -> tuple[Call, ...]:
    """Return every call in an expression, in its order.

    Raises:
        UnparsableError: the expression cannot be parsed.
    """
    return tuple(_calls(parse_expression(text), _Place()))


def tokens_of(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each token of an expression begins and ends, in bytes."""
    return tuple((token.start, token.end) for token in _parser().scan(text).tokens)


def matching(call: Call, functions: Sequence[FunctionFacts]) -> tuple[FunctionFacts, ...]:
    """Return those of the functions that a call may mean; several where a name is overloaded."""
    return tuple(
        function
        for function in functions
        if function.name == call.name
        and (function.schema == call.schema or (not call.schema and function.built_in))
        and function.fewest <= call.arguments
        and (function.most is None or call.arguments <= function.most)
    )


# -- walking the tree ---------------------------------------------------------------------------------------


def children(node: Node) -> Iterator[Node]:
    """Yield the messages that a node holds, in the order of the grammar's fields."""
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        if hasattr(value, "ListFields"):
            yield value
        else:
            yield from value


def descendants(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it, wrappers left out."""
    if node.DESCRIPTOR.name != "Node":
        yield node
    for child in children(node):
        yield from descendants(child)


def kind_of(node: Node) -> str:
    """Return the name of a node's type in PostgreSQL's ``parsenodes.h``."""
    return str(unwrapped(node).DESCRIPTOR.name)


def unwrapped(node: Node) -> Any:
    """Return what a ``Node`` holds; any other message as it is."""
    while node.DESCRIPTOR.name == "Node":
        inner = next(children(node), None)
        if inner is None:
            return node
        node = inner
    return node


def bare(node: Node) -> Any:
    """Return a node without the casts around it."""
    node = unwrapped(node)
    while node.DESCRIPTOR.name == "TypeCast":
        node = unwrapped(node.arg)
    return node


def text_constant(node: Node) -> str | None:
    """Return the text that a node is, casts aside; None where it is no text constant."""
    node = bare(node)
    if node.DESCRIPTOR.name != "A_Const" or not node.HasField("sval"):
        return None
    return str(node.sval.sval)


def text_constants(node: Node) -> tuple[str, ...]:
    """Return every text constant below a node."""
    return tuple(
        str(each.sval.sval)
        for each in descendants(node)
        if each.DESCRIPTOR.name == "A_Const" and each.HasField("sval")
    )


def reads_of(node: Node) -> frozenset[str]:
    """Return the relations outside of a node that it reads; :data:`ROW` for the policy's own row."""
    node = unwrapped(node)
    kind = node.DESCRIPTOR.name
    if kind == "ColumnRef":
        fields = [unwrapped(field) for field in node.fields]
        return frozenset((ROW if len(fields) < 2 else _name_of(fields[-2]),))
    below = frozenset[str]().union(*(reads_of(child) for child in children(node)))
    return below - _relations(node) if kind == "SelectStmt" else below


def _name_of(node: Node) -> str:
    return str(node.sval) if node.DESCRIPTOR.name == "String" else "*"


def _relations(select: Node) -> frozenset[str]:
    """Return the names by which a query calls the relations that it reads."""
    names: set[str] = set()
    for item in select.from_clause:
        names.update(_from_names(item))
    return frozenset(names)


def _from_names(item: Node) -> Iterator[str]:
    item = unwrapped(item)
    kind = item.DESCRIPTOR.name
    if kind == "JoinExpr":
        for side in (item.larg, item.rarg):
            yield from _from_names(side)
    if kind == "RangeTableSample":
        yield from _from_names(item.relation)
    elif "alias" in item.DESCRIPTOR.fields_by_name and item.alias.aliasname:
        yield str(item.alias.aliasname)
    elif kind == "RangeVar":
        yield str(item.relname)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in an expression a node stands, as :class:`Call` says it of a call."""

    once: bool = False
    within: tuple[int, ...] = ()
    guard: Guard = Guard.NONE


def _calls(node: Node, place: _Place) -> Iterator[Call]:
    """Yield the calls at and below a node."""
    node = unwrapped(node)
    kind = node.DESCRIPTOR.name
    if kind == "SelectStmt":
        yield from _calls_of_query(node, place)
        return
    if kind == "FuncCall":
        call = _call(node, place)
        yield call
        place = replace(place, within=(*place.within, call.location))
    for field, child in _below(node):
        # what joins two relations is asked for their rows, though it stands in the FROM clause
        joins = kind == "JoinExpr" and field == "quals"
        yield from _calls(
            child,
            replace(
                place,
                once=place.once and not joins,
                guard=max(place.guard, _guard(node, child)),
            ),
        )


def _calls_of_query(select: Node, place: _Place) -> Iterator[Call]:
    """Yield a query's calls.

    A query that reads nothing from outside becomes an InitPlan, which runs once, or a subplan that is hashed
    once. In one without a FROM clause, so does everything in it; of others, what FROM itself calls.
    """
    independent = not reads_of(select)
    for field, child in _below(select):
        once = independent and (not select.from_clause or field == "from_clause")
        yield from _calls(child, replace(place, once=once))


def _below(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the messages that a node holds, each with the name of its field."""
    for field, value in node.ListFields():
        if field.message_type is not None:
            for child in [value] if hasattr(value, "ListFields") else value:
                yield field.name, child


def _guard(node: Node, child: Node) -> Guard:
    """Return what a node says of when a part of it is evaluated; its first part always is."""
    match node.DESCRIPTOR.name:
        case "CaseExpr":
            return Guard.NONE if child in (node.arg, node.args[0]) else Guard.PROMISE
        case "CaseWhen":
            return Guard.NONE if child == node.expr else Guard.PROMISE
        case "CoalesceExpr":
            return Guard.NONE if child == node.args[0] else Guard.PROMISE
        case "BoolExpr":
            return Guard.NONE if child == node.args[0] else Guard.HABIT
    return Guard.NONE


def _call(node: Node, place: _Place) -> Call:
    schema, name = function_of(node)
    return Call(
        schema=schema,
        name=name,
        arguments=len(node.args),
        text=deparsed(node),
        reads=reads_of(node),
        once=place.once,
        location=node.location - len(BEFORE),
        within=place.within,
        guard=place.guard,
    )


def deparsed(node: Node) -> str:
    """Return a node as SQL, on one line."""
    tree = _parser().parse("SELECT 1")
    value = tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val
    value.Clear()
    field = next(
        each.name
        for each in value.DESCRIPTOR.fields
        if each.message_type is not None and each.message_type.name == node.DESCRIPTOR.name
    )
    getattr(value, field).CopyFrom(node)
    return " ".join(_parser().deparse(tree).removeprefix("SELECT ").split())


# -- what rules ask of a tree -------------------------------------------------------------------------------


def columns_of(node: Node) -> frozenset[str]:
    """Return the names of all columns that are read at or below a node."""
    return frozenset(
        _name_of(unwrapped(each.fields[-1]))
        for each in descendants(node)
        if each.DESCRIPTOR.name == "ColumnRef"
    )


def is_always_true(node: Node) -> bool:
    """Whether an expression is true whatever the row: ``true``, ``1 = 1``, and AND and OR over them."""
    node = bare(node)
    kind = node.DESCRIPTOR.name
    if kind == "A_Const":
        return node.HasField("boolval") and bool(node.boolval.boolval)
    if kind == "A_Expr":
        sides = [bare(side) for side in (node.lexpr, node.rexpr)]
        return (
            operator_of(node) == "="
            and _value_of(sides[0]) is not None
            and _value_of(sides[0]) == _value_of(sides[1])
        )
    if kind == "BoolExpr":
        parts = [is_always_true(argument) for argument in node.args]
        operator = word(node, "boolop")
        return any(parts) if operator == "OR_EXPR" else operator == "AND_EXPR" and all(parts)
    return False


def named_roles(node: Node) -> tuple[str, ...]:
    """Return the roles that an expression names: compared with the user, or asked for a membership."""
    found: list[str] = []
    for each in descendants(node):
        if each.DESCRIPTOR.name == "A_Expr":
            sides = (each.lexpr, each.rexpr)
            for one, other in (sides, sides[::-1]):
                if _is_user(one):
                    found += texts_of(other)
        elif each.DESCRIPTOR.name == "FuncCall" and function_of(each) == ("", "pg_has_role"):
            # the last argument is the privilege
            found += [role for role in map(text_constant, each.args[:-1]) if role is not None]
    return tuple(dict.fromkeys(found))


def condition_of(trigger: str) -> Node:
    """Return the tree of a trigger's WHEN.

    Args:
        trigger: its CREATE TRIGGER statement.

    Raises:
        UnparsableError: it is in no grammar that the parser knows.
    """
    try:
        parsed = _parser().parse(trigger)
    except _parser().PgQueryError as error:
        raise UnparsableError(f"a trigger cannot be parsed ({error}): {trigger}") from error
    return parsed.stmts[0].stmt.create_trig_stmt.when_clause


_USERS = frozenset(
    ("SVFOP_CURRENT_ROLE", "SVFOP_CURRENT_USER", "SVFOP_USER", "SVFOP_SESSION_USER"),
)


def _is_user(node: Node) -> bool:
    """Whether a node is the name of the user: current_user and its like, auth.role(), also in a subquery."""
    node = bare(node)
    if node.DESCRIPTOR.name == "SQLValueFunction":
        return word(node, "op") in _USERS
    if node.DESCRIPTOR.name == "SubLink":
        select = unwrapped(node.subselect)
        targets = select.target_list
        return len(targets) == 1 and not select.from_clause and _is_user(unwrapped(targets[0]).val)
    return node.DESCRIPTOR.name == "FuncCall" and function_of(node) == ("auth", "role")


def texts_of(node: Node) -> tuple[str, ...]:
    """Return the text constants that a node is: one, an array or a list of them."""
    node = bare(node)
    if node.DESCRIPTOR.name == "A_ArrayExpr":
        return tuple(text for element in node.elements for text in texts_of(element))
    if node.DESCRIPTOR.name == "List":
        return tuple(text for item in node.items for text in texts_of(item))
    text = text_constant(node)
    return () if text is None else (text,)


def function_of(call: Node) -> tuple[str, str]:
    """Return a function's schema, empty for ``pg_catalog``, and name."""
    names = [str(name.string.sval) for name in call.funcname]
    schema = names[-2] if len(names) > 1 else ""
    return "" if schema == "pg_catalog" else schema, names[-1]


def operator_of(node: Node, *kinds: str) -> str:
    """Return an operator's name where the node is of one of the kinds, by default ``AEXPR_OP``."""
    is_wanted = word(node, "kind") in (kinds or ("AEXPR_OP",))
    return str(node.name[-1].string.sval) if is_wanted and node.name else ""


def word(node: Node, field: str) -> str:
    """Return an enumeration's value by its name in ``parsenodes.h``."""
    return str(node.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number[getattr(node, field)].name)


def _value_of(node: Node) -> str | None:
    """Return a constant as a text by which it can be compared; None for all else, and for NULL."""
    if node.DESCRIPTOR.name != "A_Const" or node.isnull:
        return None
    value = node.WhichOneof("val")
    return f"{value} {getattr(node, value)}"
