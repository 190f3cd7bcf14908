"""A policy lets whoever has no identity see or change every row.

Cost: its expression is auth.uid() IS NULL OR …, which is true, whatever the row, for a visitor and for a
connection that has not said who it is.

Fine: where a session without an identity is meant to do everything, and no visitor has one; a role with
BYPASSRLS says that more clearly.

Remedy: take the part with IS NULL out. Where auth.uid() IS NOT NULL AND … was meant, a comparison with
auth.uid() asks for that by itself: it is not true where the identity is NULL.

Decide: whether somebody without an identity is meant to pass. Background jobs may rely on it, and find no
rows once it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pilotage.lint.expressions import Node, bare, function_of, parse_expression, unwrapped, word
from pilotage.lint.policies import found_policy, is_open, sound_expressions
from pilotage.lint.reading import PolicyFacts, Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level

_IDENTITIES = frozenset(("uid", "jwt", "role", "email"))
"""Of the schema auth: functions that give NULL where nobody has signed in."""

_STRICT = frozenset(("->", "->>"))


async def _find(reading: Reading) -> Iterable[Found]:
    return [
        found_policy(
            policy,
            f"for {policy.command} is true where nobody has signed in",
            command=policy.command,
            roles=policy.roles,
            qual=policy.using,
        )
        for policy in await reading.policies()
        if is_open(reading, policy) and _is_true_without_identity(reading, policy)
    ]


def _is_true_without_identity(reading: Reading, policy: PolicyFacts) -> bool:
    for clause, text in sound_expressions(reading, policy):
        # not: WITH CHECK, where it is how a visitor's form is taken
        if clause == "USING":
            parts = tuple(_alternatives(parse_expression(text)))
            return len(parts) > 1 and any(map(_asks_for_null, parts))
    return False


def _alternatives(node: Node) -> Iterator[Node]:
    """Yield what stands between the ORs of an expression; what is within an AND is not alone in deciding."""
    node = unwrapped(node)
    if node.DESCRIPTOR.name == "BoolExpr" and word(node, "boolop") == "OR_EXPR":
        for argument in node.args:
            yield from _alternatives(argument)
    else:
        yield node


def _asks_for_null(node: Node) -> bool:
    """Whether a condition is that an identity is NULL: ``x IS NULL``, ``NOT (x IS NOT NULL)``."""
    node = unwrapped(node)
    wanted = "IS_NULL"
    if node.DESCRIPTOR.name == "BoolExpr" and word(node, "boolop") == "NOT_EXPR":
        node, wanted = unwrapped(node.args[0]), "IS_NOT_NULL"
    return (
        node.DESCRIPTOR.name == "NullTest"
        and word(node, "nulltesttype") == wanted
        and _is_null_without_identity(node.arg)
    )


def _is_null_without_identity(node: Node) -> bool:
    """Whether a value is, or is taken from, one that is NULL where nobody has signed in."""
    node = bare(node)
    match node.DESCRIPTOR.name:
        case "SubLink":
            select = unwrapped(node.subselect)
            targets = select.target_list
            return (
                len(targets) == 1
                and not select.from_clause
                and _is_null_without_identity(unwrapped(targets[0]).val)
            )
        case "A_Expr":
            names = [str(name.string.sval) for name in node.name]
            taken = word(node, "kind") == "AEXPR_NULLIF" or not _STRICT.isdisjoint(names)
            return taken and _is_null_without_identity(node.lexpr)
        case "FuncCall":
            schema, name = function_of(node)
            if schema == "auth":
                return name in _IDENTITIES
            is_setting = (schema, name) == ("", "current_setting")
            # without "true", a setting that is not there is an error
            return is_setting and len(node.args) == 2 and _is_true(node.args[1])
    return False


def _is_true(node: Node) -> bool:
    node = bare(node)
    return node.DESCRIPTOR.name == "A_Const" and node.HasField("boolval") and bool(node.boolval.boolval)


RULE = rule(
    __name__,
    __doc__,
    title="RLS Policy True When Auth Is Null",
    level=Level.WARN,
    categories=(Category.SECURITY,),
    find=_find,
)
