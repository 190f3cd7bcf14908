"""How wide a text will be, without a font to ask: estimates for drawings.

Consumed by the drawing of the dependency graph. The estimates are for DejaVu Sans, the widest of the usual
system fonts, so that a text fits its box with any of them.
"""

from __future__ import annotations

import unicodedata

from pilotage.report.escape import elided


def text_width(text: str, size: float) -> float:
    """Return an estimate of a text's width in pixels, on the wide side."""
    return size * sum(map(_em, text))


def _em(character: str) -> float:
    if character in "ijlI|!.,:;'`":
        return 0.36
    if character in 'ftr()[]{}"/\\- ':
        return 0.46
    if unicodedata.combining(character):
        return 0.0
    if character in "mwMW@%—…" or unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character.isupper() or ord(character) > 0x2000:
        return 0.82
    return 0.66


def fitted(text: str, size: float, width: float) -> str:
    """Return the text, its middle left out where it would be wider than that."""
    length = len(text)
    while text_width(elided(text, length), size) > width and length > 1:
        length -= 1
    return elided(text, length)
