"""Two databases' differences as people read them: object by object, then what was not compared.

Consumed by the command line. What is compared is decided in :mod:`pilotage.compare`; here it is only shown.
"""

from __future__ import annotations

import difflib
import itertools
import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from pilotage.model.facts import EXISTS, Comparison, Difference
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted
from pilotage.report.layout import MIDDLE_DOT, heading

_SHORT = 60
"""Characters of a value up to which it stands on a line with its fact."""
_LINE = 88
"""Characters of a long value's line."""


def comparison_text(comparison: Comparison) -> RenderableType:
    """Return the whole comparison: a block for each object, the sum, and what was not compared."""
    parts: list[RenderableType] = []
    for (kind, name), differences in itertools.groupby(
        comparison.differences, key=lambda difference: (difference.kind, difference.object)
    ):
        parts.append(Text(f"{terminal_text(kind)} {terminal_text(name)}", style="bold"))
        parts += [line for difference in differences for line in _difference(difference)]
        parts.append(Text())
    parts.append(comparison_line(comparison))
    if comparison.unused_waivers:
        parts += [
            Text(),
            heading("Waivers that no difference needed; remove them"),
            *_bullets(comparison.unused_waivers),
        ]
    parts += [Text(), heading("Not compared"), *_bullets(comparison.not_compared)]
    return Group(*parts)


def comparison_line(comparison: Comparison) -> Text:
    """Return the comparison in a sentence."""
    waived = sum(difference.waived is not None for difference in comparison.differences)
    counting = len(comparison.differences) - waived
    line = Text("Comparison: ").append(
        "equal" if comparison.equal else "different", style="green" if comparison.equal else "bold red"
    )
    line.append(f". {counted(comparison.compared, 'object')}, ")
    line.append(counted(counting, "difference") if counting else "no differences")
    if waived:
        line.append(f", {count(waived)} waived")
    if comparison.fixes:
        by = counted(comparison.fixes, "chosen fix", "chosen fixes")
        line.append(f"; the source as {by} {'makes' if comparison.fixes == 1 else 'make'} it")
    return line.append(".")


def _difference(difference: Difference) -> Iterator[Text]:
    fact = terminal_text(difference.fact)
    if difference.fact == EXISTS:
        yield Text("  only in the source" if difference.target is None else "  only in the target")
    elif _is_short(difference.source) and _is_short(difference.target):
        yield Text(f"  {fact}: source {_value(difference.source)}, target {_value(difference.target)}")
    elif difference.source is None or difference.target is None:
        side = "source" if difference.target is None else "target"
        yield Text(f"  {fact}: only in the {side}")
        yield from (Text(f"    {line}") for line in _lines(difference.source or difference.target or ""))
    else:
        yield Text(f"  {fact}: source -, target +")
        yield from _unified(_lines(difference.source), _lines(difference.target))
    if difference.waived is not None:
        yield Text(f"    waived: {terminal_text(difference.waived)}", style="yellow")


def _is_short(value: str | None) -> bool:
    return value is None or (len(value) <= _SHORT and "\n" not in value)


def _value(value: str | None) -> str:
    return "none" if value is None else f'"{terminal_text(value)}"'


def _lines(value: str) -> list[str]:
    """Return a long value as lines that fit, each made harmless."""
    return [
        terminal_text(piece)
        for line in value.split("\n")
        for piece in textwrap.wrap(line, _LINE, drop_whitespace=False, replace_whitespace=False) or [""]
    ]


def _unified(source: Sequence[str], target: Sequence[str]) -> Iterator[Text]:
    styles = {"-": "red", "+": "green"}
    # The first two lines would name files.
    for line in itertools.islice(difflib.unified_diff(source, target, n=1, lineterm=""), 2, None):
        yield Text(f"    {line}", style=styles.get(line[:1], "dim"))


def _bullets(sentences: Sequence[str]) -> Iterator[Text]:
    return (Text(f" {MIDDLE_DOT} {terminal_text(sentence)}") for sentence in sentences)
