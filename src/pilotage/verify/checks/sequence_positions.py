"""The check that no sequence of the target gives what is in use already; consumed by verification.

How it is found is :mod:`pilotage.verify.soundness.sequences`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilotage.model import catalog
from pilotage.model.names import QualifiedName
from pilotage.model.verdict import Check, Difference
from pilotage.verify.comparison import outcome_of
from pilotage.verify.soundness.sequences import Standing

NAME = "sequence-positions"


def check_sequence_positions(
    standings: Sequence[Standing],
    *,
    source: Sequence[catalog.Sequence] = (),
    at_source: Mapping[QualifiedName, Standing] | None = None,
    seconds: float = 0.0,
) -> Check:
    """Expect every sequence of the target to stand beyond what is in use in the columns that draw from it.

    Where the source's is as far behind, that is said, and is no difference: somebody wrote other values.

    Args:
        standings: of the target.
        source: the source's sequences, as its catalog has them; what it lacks is a difference elsewhere.
        at_source: standings of the source, of the sequences that are behind at the target; None where the
            source could not be asked.
        seconds: that it took.
    """
    differences: list[Difference] = []
    told: list[str] = []
    positions = {each.name: (each.last_value, each.is_called) for each in source}
    for each in standings:
        sequence = each.sequence
        told += [f"values in use of sequence {sequence.name} in {reason}" for reason in each.because]
        if not each.behind:
            continue
        where = f"{sequence.name}: {each.next} comes next, and {each.farthest} is in use in {each.column}"
        if sequence.name not in positions:
            explained, words = True, "the source has no such sequence"
        elif at_source is None:
            explained = positions.get(sequence.name) == (sequence.last_value, sequence.is_called)
            words = "it stands where the source's does"
        else:
            other = at_source.get(sequence.name)
            explained = other is not None and other.behind >= each.behind
            words = "the source's is as far behind"
        if explained:
            told.append(f"sequence {where}; {words}")
        else:
            differences.append(
                Difference(
                    object=f"sequence {sequence.name}",
                    fact="next value",
                    expected=f"beyond {each.farthest}, in use in {each.column}",
                    found=str(each.next),
                )
            )
    return Check(
        name=NAME,
        title="Sequences beyond what is in use",
        scope="the schemas in scope, at the target",
        method="next value against the farthest in use in every column that draws from the sequence by its "
        "default, as identity or as its owner",
        compared=sum(not each.failed for each in standings),
        outcome=outcome_of(differences, incomplete=any(each.failed for each in standings)),
        differences=tuple(differences),
        seconds=seconds,
        not_checked=tuple(told),
    )
