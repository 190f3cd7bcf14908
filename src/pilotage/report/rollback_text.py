"""Taking a migration back: before, during and after the load, and a complete restore.

Consumed by the migration's document. What the rollback files hold is decided where files are written; here it
is said which to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotage.model.review import FileKind
from pilotage.plan.undo_names import undo_names
from pilotage.report.markdown import bullets, heading, paragraph
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.sql_blocks import code_block

_LISTED = 40
"""Files that a command names one by one; beyond that a loop does the same."""


def rollback_section(facts: MigrationFacts) -> list[str]:
    """Return what to run at each stage, and how to restore the whole target."""
    names = undo_names(facts.plan.files)
    kinds = {file.name: file.kind for file in facts.plan.files}
    structure = [undo for name, undo in names.items() if kinds[name] is FileKind.SCHEMA]
    rows = [undo for name, undo in names.items() if kinds[name] is FileKind.DATA]
    large_objects = [undo for name, undo in names.items() if kinds[name] is FileKind.LARGE_OBJECTS]
    return [
        *heading(2, "Rollback"),
        *paragraph(
            "Every file that changes the target is undone by one in `sql/rollback/`; they run in the order of"
            " their names, the last file's first. Each drops what its file created and nothing else: objects"
            " that were there before stay, nothing cascades, and no schema is dropped wholesale. `$TARGET` is"
            " the target's connection string."
        ),
        *paragraph(
            "A file that fails leaves nothing behind, so only the files before it are to be taken back. This"
            " finds out which they are, at any stage:"
        ),
        *code_block("sh", ['pilotage rollback "$TARGET" --from .']),
        *paragraph("Or with psql alone:"),
        *heading(3, "Before the rows"),
        *paragraph("After schema files alone:"),
        *_commands(structure, "*-schema-*"),
        *heading(3, "During the load"),
        *paragraph("To empty what was loaded and load again, those of the data files that have run:"),
        *_commands(rows, "*-data-*"),
        *(
            [*paragraph("And the large objects:"), *_commands(large_objects, "*-large-objects")]
            if large_objects
            else []
        ),
        *paragraph("To take everything back, those of the schema files after them, as above."),
        *heading(3, "After the rows"),
        *paragraph("Everything:"),
        *_commands(list(names.values()), "*"),
        *_restore(),
    ]


def _commands(undo: Sequence[str], pattern: str) -> list[str]:
    """Return the commands that run these rollback files, or a loop where they are many."""
    if not undo:
        return paragraph("No file of this kind.")
    # Large objects are undone part by part, and how many those are is known only when files are written.
    if len(undo) > _LISTED or any(name.endswith("-large-objects.sql") for name in undo):
        return code_block(
            "sh",
            [
                f"for file in sql/rollback/{pattern}.sql; do",
                '  psql -X -v ON_ERROR_STOP=1 -f "$file" "$TARGET" || break',
                "done",
            ],
        )
    return code_block(
        "sh",
        (
            f'psql -X -v ON_ERROR_STOP=1 -f sql/rollback/{name} "$TARGET"'
            + (" &&" if place < len(undo) else "")
            for place, name in enumerate(undo, 1)
        ),
    )


def _restore() -> list[str]:
    return [
        *heading(3, "Complete restore"),
        *paragraph(
            "Where all else fails, or the target held something before. Before the first file runs, with"
            " `PGHOST`, `PGPORT`, `PGUSER` and `TARGET_DATABASE` set, and a pg_dump no older than the target:"
        ),
        *code_block(
            "sh",
            [
                'pg_dump --format=custom --create --file=target-before.dump "$TARGET_DATABASE"',
                "pg_restore --list target-before.dump > /dev/null",
            ],
        ),
        *paragraph(
            "To restore, with nobody connected to it. This drops the database and creates it anew, with its"
            " owner, encoding and settings, as it was when it was dumped:"
        ),
        *code_block(
            "sh",
            [
                "pg_restore --clean --if-exists --create --exit-on-error"
                " --dbname=postgres target-before.dump",
            ],
        ),
        *bullets(_limits()),
    ]


def _limits() -> Iterable[str]:
    yield "Roles and tablespaces belong to the cluster and are in no dump; the migration creates none"
    yield "Where the provider does not let you drop the database, use the rollback files"
