"""What a linter found, as people read it: rule by rule, with what it costs, the objects and the remedy.

Consumed by the command line.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from pilotage.lint.proof import NOT_TRIED
from pilotage.model.lint import Finding, Level, Linting
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted
from pilotage.report.layout import MIDDLE_DOT, heading
from pilotage.report.lint_speeds import measured_line

_STYLES = {Level.ERROR: "bold red", Level.WARN: "yellow", Level.INFO: "cyan"}


def lint_text(linting: Linting) -> RenderableType:
    """Return everything: a block for each rule, what could not be looked at, and the sum."""
    parts: list[RenderableType] = []
    # one rule may find what is more severe, too
    for _, findings in itertools.groupby(linting.findings, key=lambda each: (each.level, each.name)):
        parts += [*_rule(tuple(findings)), Text()]
    if linting.unused_waivers:
        parts += [
            heading("Waivers that no finding needed; remove them"),
            *_bullets(linting.unused_waivers),
            Text(),
        ]
    if linting.not_checked:
        parts += [heading("Not checked"), *_bullets(linting.not_checked), Text()]
    return Group(*parts, *_by_rule(linting), lint_line(linting))


def lint_line(linting: Linting) -> Text:
    """Return the sum in a sentence."""
    line = Text(f"Lint of {terminal_text(linting.database)}: {counted(len(linting.rules), 'rule')}, ")
    line.append(counted(linting.counting, "finding") if linting.counting else "no findings")
    levels = Counter(finding.level for finding in linting.findings if finding.waived is None)
    told = [f"{count(levels[level])} {level.value}" for level in Level if levels[level]]
    if told:
        line.append(f" ({', '.join(told)})")
    waived = len(linting.findings) - linting.counting
    if waived:
        line.append(f", {count(waived)} waived")
    if linting.in_baseline:
        line.append(f", {count(linting.in_baseline)} in the baseline")
    line.append(".")
    fixes = [finding.fix for finding in linting.fixable if finding.fix is not None]
    # what was not tried yet may be proved
    mending = sum(fix.applies or fix.proof == NOT_TRIED for fix in fixes)
    told = [f"SQL for {count(mending)} of them"] if mending else []
    if len(fixes) > mending:
        told.append(f"suggestions for {count(len(fixes) - mending)}{'' if mending else ' of them'}")
    if told:
        line.append(f" {told[0][0].upper()}{', and '.join(told)[1:]}: --fix DIR writes them.")
    return line


def _by_rule(linting: Linting) -> Iterator[Text]:
    """Yield a line for each level, with how many findings count of each of its rules."""
    found = Counter((each.level, each.name) for each in linting.findings if each.waived is None)
    if len(found) < 2:
        return
    for level in Level:
        rules = [f"{name} {count(many)}" for (of, name), many in found.items() if of is level]
        if rules:
            yield Text(level.value, style=_STYLES[level]).append(
                f" {', '.join(rules)}", style="not bold default"
            )
    yield Text()


def _rule(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    first = findings[0]
    waived = sum(finding.waived is not None for finding in findings)
    sum_ = counted(len(findings), "finding") + (f", {count(waived)} waived" if waived else "")
    yield (
        Text(first.level.value, style=_STYLES[first.level])
        .append(f" {first.name}", style="bold")
        .append(f" {MIDDLE_DOT} {sum_}", style="not bold dim")
    )
    yield _indented(first.description)
    for finding in findings:
        yield _indented(f"{MIDDLE_DOT} {terminal_text(finding.detail)}")
        if finding.waived is not None:
            yield _indented(f"  waived: {terminal_text(finding.waived)}", style="yellow")
        proof = finding.fix.proof if finding.fix is not None else None
        if proof is not None and proof != NOT_TRIED:
            words, style = ("fix proved", "green") if proof.proved else ("fix not proved", "yellow")
            yield _indented(f"  {words}: {terminal_text(proof.reason)}", style=style)
        if finding.fix is not None and finding.fix.measured is not None:
            sentence, is_faster = measured_line(finding.fix.measured)
            yield _indented(f"  {terminal_text(sentence)}", style="green" if is_faster else "yellow")
    yield _indented(f"Remedy: {first.remediation}")
    undecided = next((finding.decide for finding in findings if finding.decide is not None), None)
    if undecided is not None:
        yield _indented(f"Decide: {undecided}")


def _indented(text: str, style: str = "") -> Text:
    return Text(f"  {text}", style=style)


def _bullets(sentences: Sequence[str]) -> Iterator[Text]:
    return (_indented(f"{MIDDLE_DOT} {terminal_text(sentence)}") for sentence in sentences)
