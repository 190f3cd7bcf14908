"""The results as Markdown. Pure; consumed by the bench's main."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from bench.migration.figures import CONTENTS, OURS, VERIFIED, Measured, Summary, goals, share_of_copy

NOISE = 0.05
"""What others may take of the machine, of all cores' time, before wall times are marked as lying."""

_NOISY = "\n\\* others took more than 5 % of the machine meanwhile: this wall time is too long.\n"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that a run found.

    Attributes:
        about: of machine, servers and programs, name and value.
        sizes: of the source databases, in bytes.
        measured: migrations.
        compared: comparisons of a copy with its source.
        missing: what was not measured, and why.
    """

    about: Mapping[str, str]
    cores: int
    sizes: Mapping[str, int]
    measured: Measured
    compared: Measured
    missing: Sequence[str]


def markdown(results: Results) -> str:
    """Return the page."""
    parts = [
        "# Migrations, measured\n\n"
        "Written by `make bench`; `bench/migration/__init__.py` says what is measured and how."
        " Ratios are of medians in one run; times are seconds.\n",
        "## Numbers to reach\n\n" + goals_table(results),
        *(
            f"## {database}, {results.sizes[database] / 1e6:,.0f} MB\n\n"
            + ways_table(ways, results.cores)
            + comparisons_table(results, database)
            for database, ways in results.measured.items()
        ),
        "## Where\n\n" + "".join(f"- {name}: {value}\n" for name, value in results.about.items()),
    ]
    if results.missing:
        parts.append("## Not measured\n\n" + "".join(f"- {each}\n" for each in results.missing))
    return "\n".join(parts)


def goals_table(results: Results) -> str:
    """Return the numbers to reach, each with what was found."""
    return table(
        ("database", "against", "at most", "found", ""),
        [
            (goal.database, goal.against, f"{goal.at_most:g}", number(goal.found), goal.outcome)
            for goal in goals(results.measured, results.compared, results.cores)
        ],
    )


def ways_table(ways: Mapping[str, Summary], cores: int) -> str:
    """Return what each way took, and how ours compares."""
    ours = ways.get(OURS)
    heading = (
        "way", "runs", "wall", "ours / this", "source CPU", "target CPU", "client CPU", "floor",
        "wall / floor", "client / servers", "client's peak MB", "others' CPU",
    )  # fmt: skip
    rows = [
        (
            name,
            str(way.runs),
            _wall(way, cores),
            number(ours.wall / way.wall) if ours and name not in {OURS, VERIFIED} else "",
            number(way.source),
            number(way.target),
            number(way.client),
            number(way.floor(cores)),
            number(way.wall / way.floor(cores)),
            number(way.client / way.servers),
            f"{way.peak / 1e6:.0f}",
            number(way.others),
        )
        for name, way in ways.items()
    ]
    return table(heading, rows) + (_NOISY if any("\\*" in row[2] for row in rows) else "")


def comparisons_table(results: Results, database: str) -> str:
    """Return what comparing the copy with its source took; empty where that was not measured."""
    ways = results.compared.get(database)
    if not ways:
        return ""
    ours = ways.get(CONTENTS)
    heading = (
        "comparison", "runs", "wall", "this / copy", "contents alone / this", "source CPU", "target CPU",
        "client CPU", "others' CPU",
    )  # fmt: skip
    rows = [
        (
            name,
            str(way.runs),
            _wall(way, results.cores),
            number(share_of_copy(results.measured, results.compared, database, name)),
            number(ours.wall / way.wall) if ours and name != CONTENTS else "",
            number(way.source),
            number(way.target),
            number(way.client),
            number(way.others),
        )
        for name, way in ways.items()
    ]
    return "\n" + table(heading, rows) + (_NOISY if any("\\*" in row[2] for row in rows) else "")


def _wall(way: Summary, cores: int) -> str:
    return number(way.wall) + ("\\*" if way.others > NOISE * way.wall * cores else "")


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, its columns aligned for those who read the text."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (heading, *rows)]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(heading))]
    cells.insert(1, ["-" * width for width in widths])
    return "".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |\n"
        for row in cells
    )


def number(value: float | None) -> str:
    """Return a figure with three digits that count."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
