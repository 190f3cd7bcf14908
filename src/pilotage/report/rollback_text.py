"""Taking a migration back: before, during and after the load, and a complete restore.

Consumed by the migration's document. What the rollback files hold is decided where files are written; here it
is said which to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotage.model.review import FileKind, PlannedFile
from pilotage.report.figures import counted
from pilotage.report.markdown import bullets, heading, paragraph
from pilotage.report.migration_facts import MigrationFacts
from pilotage.report.sql_blocks import code_block

_LISTED = 40
"""Files that a command names one by one; beyond that a loop does the same."""


def rollback_section(facts: MigrationFacts) -> list[str]:
    """Return what to run at each stage, and how to restore the whole target."""
    files = facts.plan.files
    structure = [file for file in files if file.kind is FileKind.SCHEMA]
    rows = [file for file in files if file.kind is FileKind.DATA]
    return [
        *heading(2, "Rollback"),
        *paragraph(
            "Every file that changes the target has a counterpart of the same name in `sql/rollback/`, its"
            " exact reverse. They run in the opposite order, drop what the migration created and nothing else, and"
            " never drop a schema wholesale: objects that were there before stay. `$TARGET` is the target's"
            " connection string."
        ),
        *paragraph(
            "A file that fails leaves nothing behind, so only the files before it are to be taken back."
            " `pilotage rollback` knows which they are:"
        ),
        *code_block("sh", ['pilotage rollback "$TARGET"']),
        *paragraph("With psql alone:"),
        *heading(3, "Before the rows"),
        *paragraph("After schema files alone, last first:"),
        *_commands(structure),
        *heading(3, "During the load"),
        *paragraph("To empty what was loaded and load again, the data files that have run, last first:"),
        *_commands(rows),
        *paragraph("To take everything back, the schema files' counterparts too, as above."),
        *heading(3, "After the rows"),
        *paragraph("Everything, in the opposite order:"),
        *_commands([file for file in files if file.kind is not FileKind.VALIDATE]),
        *_restore(),
    ]


def _commands(files: Sequence[PlannedFile]) -> list[str]:
    if not files:
        return paragraph("No file of this kind.")
    if len(files) > _LISTED:
        first, last = files[0].name, files[-1].name
        return [
            *paragraph(f"{counted(len(files), 'file')}, from the last to the first:"),
            *code_block(
                "sh",
                [
                    f'cd sql/rollback && for file in $(ls -r | awk \'$0 >= "{first}" && $0 <= "{last}"\'); do',
                    '  psql -X -v ON_ERROR_STOP=1 -f "$file" "$TARGET" || break',
                    "done",
                ],
            ),
        ]
    return code_block(
        "sh",
        (
            f'psql -X -v ON_ERROR_STOP=1 -f sql/rollback/{file.name} "$TARGET"'
            + (" &&" if place < len(files) else "")
            for place, file in enumerate(reversed(files), 1)
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
                "pg_restore --clean --if-exists --create --exit-on-error --dbname=postgres target-before.dump",
            ],
        ),
        *bullets(_limits()),
    ]


def _limits() -> Iterable[str]:
    yield "Roles and tablespaces belong to the cluster and are in no dump; the migration creates none"
    yield "Where the provider does not let you drop the database, use the rollback files"
