"""The building blocks of a Markdown document: headings, bullets and tables whose source reads well too.

Consumed by the documents of this room. Cells and bullets are Markdown already; foreign text goes through
:mod:`pilotage.report.escape` before it comes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# One very long name must not make every line of a table as long: cells beyond this are not padded to.
_PADDED_WIDTH = 60


def heading(level: int, text: str) -> list[str]:
    """Return a heading and the blank line after it."""
    return [f"{'#' * level} {text}", ""]


def paragraph(text: str) -> list[str]:
    """Return a paragraph and the blank line after it."""
    return [text, ""]


def bullets(items: Iterable[str]) -> list[str]:
    """Return a list, ``None.`` where it has no items, and the blank line after it."""
    lines = [f"- {item}" for item in items]
    return [*lines, ""] if lines else paragraph("None.")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table and the blank line after it, ``None.`` where it has no rows.

    Args:
        headers: one that ends in ``>`` is of a column aligned right.
        rows: as many cells each as there are headers.
    """
    cells = [list(row) for row in rows]
    if not cells:
        return paragraph("None.")
    right = [header.endswith(">") for header in headers]
    titles = [header.removesuffix(">") for header in headers]
    widths = [
        max(3, *(len(row[column]) for row in [titles, *cells] if len(row[column]) <= _PADDED_WIDTH))
        for column in range(len(titles))
    ]
    rule = [
        "-" * (width - 1) + ":" if at_right else "-" * width
        for width, at_right in zip(widths, right, strict=True)
    ]
    return [
        _row(titles, widths, right),
        "| " + " | ".join(rule) + " |",
        *(_row(row, widths, right) for row in cells),
        "",
    ]


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if at_right else cell.ljust(width)
        for cell, width, at_right in zip(cells, widths, right, strict=True)
    ]
    return "| " + " | ".join(padded) + " |"
