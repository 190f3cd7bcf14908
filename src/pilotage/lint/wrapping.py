"""Calls in an expression put into subqueries of their own, with nothing else changed; pure.

Consumed by the rule ``auth_rls_initplan``. The text stays as the server printed it, but for what is put
around each call. That nothing else has changed is not believed but looked at: both texts are parsed, the
subqueries taken off in the tree of the new one, and the trees compared.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence

from pilotage.lint.expressions import (
    BEFORE,
    Call,
    Guard,
    Node,
    UnparsableError,
    calls_of,
    children,
    deparsed,
    kind_of,
    parse_expression,
    tokens_of,
    unwrapped,
    word,
)

_OPEN = b"(SELECT "
_CLOSE = b")"

_PLACES = frozenset(("list_start", "list_end", "rexpr_list_start", "rexpr_list_end"))
"""Fields that say where something stands, beside those that are called a location."""


def wrapped(text: str, calls: Collection[Call]) -> str | None:
    """Return an expression with each of some of its calls in a subquery of its own.

    Args:
        text: the expression.
        calls: of it; those within others of them are left as they are.

    Returns:
        None where one of them cannot be: in a FROM clause, as ANY's operand, written as no call, or where a
        subquery could raise an error that the call, left out for what stands before it, does not.

    Raises:
        UnparsableError: the expression cannot be parsed.
    """
    return _wrapped(text, tuple(calls))


@functools.lru_cache(maxsize=1 << 16)
def _wrapped(text: str, calls: tuple[Call, ...]) -> str | None:
    """Do so once for all policies that say the same."""
    encoded = text.encode()
    reached = {call.text for call in calls_of(text) if call.guard is Guard.NONE}
    if any(_may_fail_alone(call) and call.text not in reached for call in calls):
        return None
    spans = [_span(encoded, text, call) for call in calls]
    if None in spans:
        return None
    outer = list(_outermost([span for span in spans if span is not None]))
    pieces: list[bytes] = []
    places: list[int] = []
    done = 0
    for begin, end in outer:
        pieces.append(encoded[done:begin])
        places.append(sum(map(len, pieces)))
        pieces += (_OPEN, encoded[begin:end], _CLOSE)
        done = end
    new = b"".join((*pieces, encoded[done:])).decode()
    called = {call.location: call.text for call in calls}
    return new if _is_same(text, new, places, [called[begin] for begin, _ in outer]) else None


def _may_fail_alone(call: Call) -> bool:
    """Whether a call might raise an error where it is not made now.

    A plan that runs in parallel evaluates every subquery of this kind before it begins (PostgreSQL's
    ``execParallel.c``), needed or not. Behind AND and OR, a function is trusted all the same, but for a
    setting that need not be there.
    """
    setting = not call.schema and call.name == "current_setting"
    if call.guard is Guard.PROMISE:
        return not (setting and call.arguments > 1)
    return call.guard is Guard.HABIT and setting and call.arguments == 1


def _span(encoded: bytes, text: str, call: Call) -> tuple[int, int] | None:
    """Return where a call begins and ends: with the bracket that closes the first one."""
    depth = 0
    for begin, end in tokens_of(text):
        if begin < call.location:
            continue
        token = encoded[begin:end]
        if token == b"(":
            depth += 1
        elif token == b")":
            depth -= 1
            if depth < 0:
                return None
            if not depth:
                return call.location, end
    return None


def _outermost(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last = -1
    for begin, end in sorted(set(spans)):
        if end > last:
            last = end
            yield begin, end


def _is_same(text: str, new: str, places: Sequence[int], calls: Sequence[str]) -> bool:
    """Whether the new expression, without the subqueries at these places, is the old one."""
    try:
        tree = _copy(parse_expression(new))
    except UnparsableError:
        return False
    taken: list[str] = []
    _take_off(tree, {each for place in places for each in _beginnings(BEFORE + new, place)}, taken)
    return sorted(taken) == sorted(calls) and _image(tree) == _image(_copy(parse_expression(text)))


def _beginnings(statement: str, place: int) -> Iterator[int]:
    """Yield where a subquery may begin: at its own bracket, or at one of those around it."""
    encoded = statement.encode()
    place += len(BEFORE)
    while encoded[place : place + 1] in {b"(", b" ", b"\n"}:
        yield place
        place -= 1


def _copy(node: Node) -> Node:
    copy = type(node)()
    copy.CopyFrom(node)
    return copy


def _take_off(node: Node, places: Collection[int], taken: list[str]) -> None:
    """Put calls into the place of the scalar subqueries around them, and note which."""
    if node.DESCRIPTOR.name == "Node" and kind_of(node) == "SubLink":
        link = unwrapped(node)
        if link.location in places and word(link, "sub_link_type") == "EXPR_SUBLINK":
            (target,) = unwrapped(link.subselect).target_list
            call = _copy(unwrapped(target).val)
            if kind_of(call) == "FuncCall":
                taken.append(deparsed(unwrapped(call)))
                node.CopyFrom(call)
                return
    for child in children(node):
        _take_off(child, places, taken)


def _image(node: Node) -> bytes:
    """Return a tree as bytes, without where in the text each node stands."""
    _forget_places(node)
    return bytes(node.SerializeToString(deterministic=True))


def _forget_places(node: Node) -> None:
    for field, _ in node.ListFields():
        if field.name.endswith("location") or field.name in _PLACES:
            node.ClearField(field.name)
    for child in children(node):
        _forget_places(child)
