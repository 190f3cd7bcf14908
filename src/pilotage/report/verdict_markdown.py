"""``verdict.md``: a verdict as a change board reads and signs it; the same as ``verdict.json``, in words.

Consumed by the command line. What is compared is decided in :mod:`pilotage.verify`; here it is only shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.model.row_differences import TableDifference
from pilotage.model.verdict import Asked, Check, Difference, Outcome, Side, Verdict
from pilotage.report.escape import elided, markdown_code, markdown_identifier, markdown_name, markdown_text
from pilotage.report.figures import count, counted, duration, size
from pilotage.report.markdown import bullets, heading, paragraph, table

DIFFERENCES_SHOWN = 1000
"""Of all checks; ``verdict.json`` has every one."""
_VALUE_WIDTH = 300

_MEANING = {
    Outcome.EQUAL: "No check found a difference, and none had to leave out what it is for.",
    Outcome.DIFFERENT: "At least one check found a difference.",
    Outcome.INCOMPLETE: "No check found a difference, but at least one could not look at all that it is for, "
    "so this is no proof.",
}


def verdict_markdown(verdict: Verdict) -> str:
    """Return the document."""
    lines = [
        *heading(1, f"Verdict: {verdict.outcome.value}"),
        *paragraph(f"{_MEANING[verdict.outcome]} {_extent(verdict)}"),
        *_ends(verdict),
        *heading(2, "Checks"),
        *_checks(verdict),
        *heading(2, "Differences"),
        *_differences(verdict),
    ]
    if verdict.differing_rows:
        lines += [*heading(2, "Differing rows"), *_differing_rows(verdict)]
    if verdict.fixed:
        lines += [
            *heading(2, "As chosen fixes of the plan make it"),
            *paragraph("In these the target is otherwise than the source, as the plan says."),
            *bullets(map(markdown_text, verdict.fixed)),
        ]
    lines += [
        *heading(2, "Not checked"),
        *bullets(map(markdown_text, verdict.not_checked)),
        *heading(2, "How it was compared"),
        *bullets(_asked(verdict.asked)),
        *_methods(verdict),
        *heading(2, "Signature"),
        *paragraph(
            f"SHA-256 of this verdict: {markdown_code(verdict.sha256)}. It is computed over `verdict.json`, "
            "as pilotage's documentation says; it shows that nothing was changed since by accident."
        ),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _extent(verdict: Verdict) -> str:
    compared = sum(check.compared for check in verdict.checks)
    differences = len(verdict.differences)
    found = counted(differences, "difference") if differences else "no differences"
    return f"{counted(len(verdict.checks), 'check')} over {counted(compared, 'object')}, {found}."


def _ends(verdict: Verdict) -> list[str]:
    def row(name: str, of: Side) -> list[str]:
        moment = markdown_code(of.snapshot) if of.snapshot is not None else "no longer held"
        return [
            name,
            markdown_identifier(of.server.database),
            markdown_text(of.server.version),
            markdown_text(f"{of.server.encoding}, {of.server.collation}"),
            moment,
            markdown_code(of.fingerprint),
        ]

    columns = ("", "Database", "PostgreSQL", "Encoding, collation", "Snapshot", "Fingerprint")
    return [
        *table(columns, [row("Source", verdict.source), row("Target", verdict.target)]),
        *bullets(
            (
                f"Compared from {verdict.began} to {verdict.ended}, by pilotage "
                f"{markdown_text(verdict.pilotage)}",
                f"Schemas: {', '.join(map(markdown_identifier, verdict.scope)) or 'none'}",
            )
        ),
    ]


def _checks(verdict: Verdict) -> list[str]:
    return table(
        ("Check", "Outcome", "Compared>", "Differences>", "Time>", "Of"),
        (
            [
                markdown_text(check.title),
                _outcome(check),
                count(check.compared),
                count(len(check.differences)),
                duration(check.seconds),
                markdown_text(check.scope),
            ]
            for check in verdict.checks
        ),
    )


def _outcome(check: Check) -> str:
    return check.outcome.value if check.outcome is Outcome.EQUAL else f"**{check.outcome.value}**"


def _differences(verdict: Verdict) -> list[str]:
    lines: list[str] = []
    left = DIFFERENCES_SHOWN
    for check in verdict.checks:
        shown = check.differences[:left]
        if shown:
            lines += [*heading(3, markdown_text(check.title)), *_table_of(shown)]
        left -= len(shown)
    more = len(verdict.differences) - DIFFERENCES_SHOWN
    if more > 0:
        lines += paragraph(f"And {count(more)} more, which are in `verdict.json`.")
    return lines or paragraph("None.")


def _table_of(differences: tuple[Difference, ...]) -> list[str]:
    return table(
        ("Object", "What", "Expected", "Found"),
        (
            [_value(each.object), _value(each.fact), _value(each.expected), _value(each.found)]
            for each in differences
        ),
    )


def _value(text: str) -> str:
    return markdown_text(elided(text, _VALUE_WIDTH)) or "(empty)"


def _differing_rows(verdict: Verdict) -> list[str]:
    def row(of: TableDifference) -> list[str]:
        return [
            markdown_name(of.table),
            ", ".join(map(markdown_identifier, of.key)) or "none: whole rows",
            count(of.missing),
            count(of.extra),
            count(of.changed),
        ]

    columns = ("Table", "Rows matched by", "Missing>", "Extra>", "Changed>")
    return table(columns, map(row, verdict.differing_rows))


def _asked(asked: Asked) -> Iterator[str]:
    yield f"Connections that read rows, at each end: {count(asked.jobs)}"
    if asked.max_rate is not None:
        yield f"Read at each end: no more than {size(asked.max_rate)} a second"
    if asked.sample < 1:
        yield f"Contents of large tables: a sample of {asked.sample * 100:g}%"
    if asked.skipped:
        yield f"Left out, as was asked for: {', '.join(map(markdown_text, asked.skipped))}"
    if not asked.drill_down:
        yield "Differing tables were not narrowed down to their rows, as was asked for"
    if asked.show_values:
        yield "Differing rows are told with their values, as was asked for"


def _methods(verdict: Verdict) -> list[str]:
    return table(
        ("Check", "Name", "How"),
        (
            [markdown_text(check.title), markdown_code(check.name), markdown_text(check.method)]
            for check in verdict.checks
        ),
    )
