"""The check that the target's indexes are sound; consumed by verification.

How they are looked into is :mod:`pilotage.verify.soundness.indexes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pilotage.model.verdict import Check, Difference
from pilotage.verify.comparison import outcome_of, yes_or_no
from pilotage.verify.soundness.indexes import IndexContents, function_for

NAME = "index-contents"


def check_index_contents(contents: IndexContents, *, seconds: float = 0.0) -> Check:
    """Expect every valid index to be ready and live, and to be what amcheck expects of it.

    One that is not valid is another check's, which asks whether it is so at the source too.

    Args:
        contents: of the target.
        seconds: that it took.
    """
    unknown = [each for each in contents.inspected if each.because]
    differences = tuple(_differences(contents))
    return Check(
        name=NAME,
        title="Index contents",
        scope="the schemas in scope, at the target",
        method="of those that are valid: ready and live; by the target's amcheck, where it is installed: in "
        "order, with every row of its table, and without duplicates where it is unique",
        compared=len(contents.states) - len(unknown),
        outcome=outcome_of(differences, incomplete=bool(unknown)),
        differences=differences,
        seconds=seconds,
        not_checked=(
            *(f"contents of index {each.index.name}: {each.because}" for each in unknown),
            *_left_out(contents),
        ),
    )


def _differences(contents: IndexContents) -> Iterator[Difference]:
    for state in contents.states:
        for fact, holds in (("ready", state.ready), ("live", state.live)):
            if state.valid and not holds:
                yield Difference(
                    object=f"index {state.name}", fact=fact, expected="yes", found=yes_or_no(holds)
                )
    for each in contents.inspected:
        if each.problem:
            yield Difference(
                object=f"index {each.index.name}",
                fact="contents",
                expected="sound",
                found=each.problem,
            )


def _left_out(contents: IndexContents) -> Iterator[str]:
    stored = [each for each in contents.states if not each.partitioned]
    if not stored:
        return
    if not contents.functions:
        yield f"contents of indexes ({len(stored)}): amcheck is not installed in the target"
        return
    if not any(function.usable for function in contents.functions):
        yield f"contents of indexes ({len(stored)}): this role may not call amcheck's functions in the target"
        return
    yield from (f"contents of index {each.name}: it is not valid" for each in stored if not each.valid)
    beyond = Counter(
        each.method for each in stored if each.valid and function_for(each, contents.functions) is None
    )
    for method, number in sorted(beyond.items()):
        yield f"contents of {method} indexes ({number}): the target's amcheck does not check them"
    if not contents.checks_unique:
        yield "duplicates in unique indexes: the target's amcheck looks for them since PostgreSQL 17 only"
