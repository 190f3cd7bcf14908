"""What the rollback files are called: one for each file that changes the target, numbered as they run.

Consumed by whoever writes the rollback files and by the reports that tell people to run them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilotage.model.review import FileKind, PlannedFile


def undo_names(files: Sequence[PlannedFile]) -> Mapping[str, str]:
    """Return, by the name of each file that is undone, its rollback file's, in the order in which they run.

    The last file is undone first: ``81-finish.sql`` by ``01-undo-81-finish.sql``. A file that is split into
    parts is undone as one, but for large objects: of those each part is, by ``05a-undo-…``, ``05b-undo-…``.

    Args:
        files: the plan's, in the order in which they run.
    """
    undone = [file.name for file in reversed(files) if file.kind is not FileKind.VALIDATE]
    digits = max(2, len(str(len(undone))))
    return {name: f"{number:0{digits}d}-undo-{name}" for number, name in enumerate(undone, 1)}
