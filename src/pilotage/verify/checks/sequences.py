"""The check of sequences and their positions; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog, Sequence
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, compare_objects, yes_or_no


def compare_sequences(source: Catalog, target: Catalog) -> Check:
    """Compare sequences by definition and by the position from which they go on."""
    return compare_objects(
        source,
        target,
        name="sequences",
        title="Sequences",
        method="definition, owning column, and position (last_value, is_called)",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for sequence in catalog.sequences:
        yield Described(
            kind="sequence",
            name=str(sequence.name),
            within=sequence.owned_by[0] if sequence.owned_by else None,
            facts={
                "owner": sequence.owner,
                "owned by": _owning_column(sequence),
                "type": sequence.data_type,
                "start": str(sequence.start),
                "increment": str(sequence.increment),
                "minimum": str(sequence.minimum),
                "maximum": str(sequence.maximum),
                "cache": str(sequence.cache),
                "cycles": yes_or_no(sequence.cycles),
                "last_value": str(sequence.last_value),
                "is_called": yes_or_no(sequence.is_called),
            },
        )

    for each in catalog.extension_sequences:
        if each.readable:
            facts = {"last_value": str(each.last_value), "is_called": yes_or_no(each.is_called)}
            yield Described(kind="sequence", name=str(each.name), facts=facts)


def _owning_column(sequence: Sequence) -> str:
    if sequence.owned_by is None:
        return "no column"
    table, column = sequence.owned_by
    return f"{table}.{quote_identifier(column)}"
