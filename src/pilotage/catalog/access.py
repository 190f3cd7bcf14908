"""What the role may not read, found before anything is read.

One refusal names everything at once. Without this the server would stop at the first relation, by a name
without its schema. Consumed by the reader.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.catalog.facts import SequenceFacts, TableFacts, ViewFacts
from pilotage.errors import RefusedError
from pilotage.model.names import quote_identifier

SHOWN = 20
"""Relations named by one message; more would hide the remedy."""


def ensure_readable(
    role: str,
    *,
    tables: Iterable[TableFacts] = (),
    views: Iterable[ViewFacts] = (),
    sequences: Iterable[SequenceFacts] = (),
) -> None:
    """Refuse where a role cannot read all rows of all these relations.

    Raises:
        RefusedError: naming the relations, why each cannot be read, and what helps.
    """
    denied = [
        *(f"table {table.name}" for table in tables if not table.readable),
        *(f"{view.kind} {view.name}" for view in views if not view.readable),
        *(f"sequence {sequence.name}" for sequence in sequences if not sequence.readable),
    ]
    hidden = [f"table {table.name}" for table in tables if table.readable and table.rows_hidden]
    complaints = []
    remedies = []
    if denied:
        complaints.append(f"has no privilege to read {_listed(denied)}")
        remedies.append("SELECT on these and USAGE on their schemas (or membership in pg_read_all_data)")
    if hidden:
        complaints.append(f"is kept by row level security from seeing all rows of {_listed(hidden)}")
        remedies.append("the attribute BYPASSRLS")
    if complaints:
        raise RefusedError(
            f"role {quote_identifier(role)} {', and '.join(complaints)}; connect as a superuser or as the "
            f"owner (where row security is not forced upon owners), or give the role {' and '.join(remedies)}"
        )


def _listed(relations: list[str]) -> str:
    shown = ", ".join(relations[:SHOWN])
    more = len(relations) - SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
