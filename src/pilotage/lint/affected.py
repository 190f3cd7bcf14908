"""Which relations may show other rows when the policies of some tables change; pure.

Consumed by the proof of fixes, which asks about these and no others: the tables themselves, and whatever
reads one of them by its policies, its definition or the functions that these call. Found by name, in the
text; one that only looks so is asked about in vain. A function that puts statements together as it runs may
read anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from pilotage.model.names import QualifiedName
from pilotage.security.outside import MADE_UP, Calls
from pilotage.security.reading import Surface


def affected(tables: Collection[QualifiedName], surface: Surface) -> tuple[QualifiedName, ...]:
    """Return relations of a surface that may depend on what the tables' policies let through.

    Args:
        tables: whose policies change; those that are not there are left out.
        surface: before the change.

    Returns:
        Their names, sorted.
    """
    texts = _texts(surface)
    found = {name for name in tables if name in surface.relations}
    found |= {name for name, text in texts.items() if MADE_UP.search(text) and name in surface.relations}
    new = set(found)
    while new:
        written = sorted({text for each in new for text in (each.name, each.name.replace('"', '""'))})
        names = re.compile("|".join(map(re.escape, written)), re.IGNORECASE)
        new = {
            name
            for name, text in texts.items()
            if name not in found and name in surface.relations and names.search(text)
        }
        found |= new
    return tuple(sorted(found))


def _texts(surface: Surface) -> Mapping[QualifiedName, str]:
    """Return all that runs when a relation is read, as one text."""
    calls = Calls(surface.routines)
    return {
        name: "\n".join((text, *(routine.body for routine in calls.reached(text))))
        for name, text in _own_texts(surface)
    }


def _own_texts(surface: Surface) -> Iterator[tuple[QualifiedName, str]]:
    yield from surface.views.items()
    for table, policies in surface.policies.items():
        yield table, "\n".join(text for policy in policies for text in policy.expressions)
