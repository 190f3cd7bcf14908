"""A policy lets everybody list the files of a public bucket.

Cost: files of a public bucket are served, without any policy, to whoever knows their names. A policy that
permits SELECT on every row of storage.objects, or on every row of the bucket, tells the names too.

Fine: where the list is meant to be public.

Remedy: drop the policy, or narrow it to those who are to list files, such as their owners. Links to files
of a public bucket go on working.

Decide: who is to list the files. Without the policy, applications that list them find none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from pilotage.lint.expressions import (
    Node,
    bare,
    columns_of,
    is_always_true,
    operator_of,
    parse_expression,
    texts_of,
    word,
)
from pilotage.lint.policies import is_open, sound_expressions
from pilotage.lint.reading import Bucket, Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level
from pilotage.model.names import quote_identifier, quote_identifiers

_NAME = __name__.rpartition(".")[2]


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    name: str


async def _find(reading: Reading) -> Iterable[Found]:
    if not await reading.plain(_NAME, _Table, services=True):
        return ()
    # refused, and so told as not checked, where privileges or policies keep rows from the role
    buckets = await reading.public_buckets()
    return list(_found(reading, buckets, await _listing(reading))) if buckets else ()


async def _listing(reading: Reading) -> dict[str, Node]:
    """Return what each policy permits that lets somebody read storage.objects, by the policy's name."""
    return {
        policy.name: parse_expression(text)
        for policy in await reading.policies_of("storage", "objects")
        if is_open(reading, policy) and policy.command in {"SELECT", "ALL"}
        for clause, text in sound_expressions(reading, policy)
        if clause == "USING"
    }


def _found(reading: Reading, buckets: Iterable[Bucket], permitted: dict[str, Node]) -> Iterator[Found]:
    for bucket in buckets:
        names = sorted(name for name, node in permitted.items() if _permits(node, bucket.id))
        if names:
            yield Found(
                kind="bucket",
                object=quote_identifier(bucket.id),
                detail=(
                    f"Public bucket {quote_identifier(bucket.name)}: its files can be listed by "
                    f"{'policy' if len(names) == 1 else 'policies'} {quote_identifiers(names)} "
                    "on storage.objects"
                ),
                metadata={
                    "schema": "storage",
                    "name": bucket.name,
                    "type": "bucket",
                    "bucket_id": bucket.id,
                    "bucket_name": bucket.name,
                    "policy_names": names,
                    "policy_count": len(names),
                },
                key=(bucket.id,),
            )


def _permits(node: Node, bucket: str) -> bool:
    """Whether a condition holds for every file of a bucket, whatever else is true of it."""
    node = bare(node)
    if is_always_true(node):
        return True
    if node.DESCRIPTOR.name == "BoolExpr":
        parts = [_permits(argument, bucket) for argument in node.args]
        operator = word(node, "boolop")
        return any(parts) if operator == "OR_EXPR" else operator == "AND_EXPR" and all(parts)
    if node.DESCRIPTOR.name != "A_Expr" or operator_of(node, "AEXPR_OP", "AEXPR_OP_ANY", "AEXPR_IN") != "=":
        return False
    return any(
        bare(one).DESCRIPTOR.name == "ColumnRef"
        and columns_of(one) == {"bucket_id"}
        and bucket in texts_of(other)
        for one, other in ((node.lexpr, node.rexpr), (node.rexpr, node.lexpr))
    )


RULE = rule(
    __name__,
    __doc__,
    title="Public Bucket Allows Listing",
    level=Level.WARN,
    categories=(Category.SECURITY,),
    find=_find,
)
