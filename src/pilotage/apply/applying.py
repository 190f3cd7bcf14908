"""Applying: runs what is not on the target yet, one file after another, and stops at the first failure.

Consumed by the command line. Everything is checked before the first file; then each file and its record are
one transaction, so that whatever ends a run, the same command continues it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from pilotage import __version__
from pilotage.apply.allowing import refuse_hazards
from pilotage.apply.folder import MigrationFolder, SqlFile, check_files, check_names
from pilotage.apply.journal import Record, create_journal, read_journal, recording, remove_journal
from pilotage.apply.records import (
    ApplyResult,
    Event,
    FilesListed,
    FileState,
    ListedFile,
    Noticed,
)
from pilotage.apply.runner import FileRunner, Task
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import PilotageError, RefusedError, RunFailedError, RunInterruptedError, ServerError
from pilotage.journal.lock import RunLock, hold_run_lock
from pilotage.journal.place import SCHEMA
from pilotage.model.choices import Allowable
from pilotage.model.visible import visible_text
from pilotage.preflight import ensure_session, look_at_target, refuse_unready
from pilotage.programs import Installation, Program, find_program

OLDEST_PSQL = 15
"""Any psql reads the files; this is the oldest that they are tested with."""


async def apply_files(
    folder: MigrationFolder,
    target: ConnectionParameters,
    *,
    installations: Sequence[Installation],
    on_event: Callable[[Event], None],
    allowed: Collection[Allowable] = (),
    allowed_edits: Collection[str] = (),
    keep_journal: bool = False,
    dry_run: bool = False,
) -> ApplyResult:
    """Run the folder's files that are not on the target yet.

    Args:
        installations: where psql is looked for.
        on_event: told of progress; must not block.
        allowed: hazards that the user allows.
        allowed_edits: names of files that run though they are not the ones that were generated.
        keep_journal: whether the journal stays when everything is on the target.
        dry_run: whether to check and list only; nothing is changed then.

    Raises:
        UsageError: a name in ``allowed_edits`` is none of a file's.
        RefusedError: nothing was changed.
        FileFailedError: a file failed; the message says where, and what is on the target now.
        RunFailedError: the run could not go on for another reason.
        RunInterruptedError: the task was cancelled.
    """
    check_names(folder.files, allowed_edits)
    run = _Run(folder, target, installations, on_event, allowed, allowed_edits)
    try:
        await ensure_session(target)
        if dry_run:
            async with connect(target) as session:
                await run.prepare(session)
            return run.result(dry_run=True, journal_kept=bool(run.done))
        async with hold_run_lock(target, lambda message: on_event(Noticed(message=message))) as lock:
            return await run.all_files(lock, keep_journal=keep_journal)
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted; {run.state}") from error
    except ServerError as error:
        # It refuses what is ours, such as to drop the journal. Of a file's statements psql tells.
        if not run.has_changed_anything:
            raise
        raise RunFailedError(f"{error}\n{run.state}") from error


class _Run:
    """One run on one target."""

    def __init__(
        self,
        folder: MigrationFolder,
        target: ConnectionParameters,
        installations: Sequence[Installation],
        on_event: Callable[[Event], None],
        allowed: Collection[Allowable],
        allowed_edits: Collection[str],
    ) -> None:
        self._folder = folder
        self._target = target
        self._installations = installations
        self._tell = on_event
        self._allowed = allowed
        self._allowed_edits = allowed_edits
        self._began = time.perf_counter()
        self._digests: Mapping[str, str] = {}
        self._seconds: dict[str, float] = {}
        self.done: Mapping[str, Record] = {}
        self.state = "nothing was changed"

    async def prepare(self, session: Session) -> tuple[Program, bool]:
        """Check everything, tell what will run, and return psql and whether there is a journal.

        Raises:
            RefusedError: something would stop the run, or must not be run.
        """
        program = find_program(
            "psql",
            not_older_than=OLDEST_PSQL,
            installations=self._installations,
            # What travels encrypted on our connection must not travel in plain text on psql's.
            encrypting=session.is_encrypted,
        )
        refuse_hazards(self._folder, session.version_num // 10000, self._allowed)
        journal = await read_journal(session)
        self.done = journal or {}
        check_same_migration(self._folder, self.done, session)
        self._digests = await asyncio.to_thread(check_files, self._pending(), self._allowed_edits)
        await self._look_at(session)
        self._tell(FilesListed(files=self._listed()))
        return program, journal is not None

    async def _look_at(self, session: Session) -> None:
        """Refuse a target on which the plan could not be done, and tell what a person should know.

        Files that were edited may do otherwise than the plan; then all of it is only told.
        """
        if self._folder.plan is None or not self._pending():
            return
        found = await look_at_target(
            session, self._folder.plan, self._folder.catalog, begun=bool(self.done), allowed=self._allowed
        )
        if not self._allowed_edits:
            refuse_unready(found)
        for problem in found.problems:
            self._tell(Noticed(message=f"{problem.object}: {problem.found} [{problem.check}]"))

    async def all_files(self, lock: RunLock, *, keep_journal: bool) -> ApplyResult:
        program, has_journal = await self.prepare(lock.session)
        pending = self._pending()
        if not has_journal:
            await create_journal(lock.session)
        runner = FileRunner(program, self._target, lock, self._tell, self._state)
        self._seconds = runner.finished
        try:
            for number, file in enumerate(pending, 1):
                await runner.run(self._task(file), number, len(pending))
        finally:
            self.state = runner.last_state
            if not self.done and not self._seconds and runner.is_certain:
                await _leave_as_it_was(lock.session)
        if not keep_journal:
            await _remove_when_done(lock.session)
        return self.result(dry_run=False, journal_kept=keep_journal)

    @property
    def has_changed_anything(self) -> bool:
        """Whether this run has brought a file to the target."""
        return bool(self._seconds)

    def _task(self, file: SqlFile) -> Task:
        digest = self._digests[file.name]
        return Task(
            name=file.name,
            record=file.name,
            path=file.path,
            sha256=digest,
            rows=file.rows,
            bytes=file.bytes,
            recorded_after=True,
            statement=recording(
                file=file.name,
                sha256=digest,
                rows=file.rows,
                edited=digest != file.sha256,
                fingerprint=self._folder.fingerprint,
                manifest=self._folder.digest,
                pilotage=__version__,
            ),
        )

    def _pending(self) -> list[SqlFile]:
        return [file for file in self._folder.files if file.name not in self.done]

    def _listed(self) -> tuple[ListedFile, ...]:
        return tuple(
            ListedFile(
                name=file.name,
                kind=file.kind.value if file.kind else "",
                group=file.group,
                rows=file.rows,
                bytes=file.bytes,
                state=self._file_state(file.name),
                edited=self._is_edited(file),
                seconds=self._seconds.get(file.name, 0.0),
            )
            for file in self._folder.files
        )

    def _file_state(self, name: str) -> FileState:
        if name in self.done:
            return FileState.DONE_BEFORE
        return FileState.DONE if name in self._seconds else FileState.PENDING

    def _is_edited(self, file: SqlFile) -> bool:
        if file.name in self.done:
            return self.done[file.name].edited
        return self._digests.get(file.name, file.sha256) != file.sha256

    def _state(self) -> str:
        """Say what is on the target now and how to go on."""
        names = [
            file.name for file in self._folder.files if file.name in self.done or file.name in self._seconds
        ]
        left = len(self._folder.files) - len(names)
        if not names:
            return "This run has left nothing on the target. The same command starts again."
        which = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        are = "is" if len(names) == 1 else "are"
        return visible_text(
            f"{len(names)} of {len(self._folder.files)} files {are} on the target and recorded there "
            f"({which}). To continue with the {left} left, run the same command again."
        )

    def result(self, *, dry_run: bool, journal_kept: bool) -> ApplyResult:
        files = self._listed()
        return ApplyResult(
            target=self._target.describe(),
            fingerprint=self._folder.fingerprint,
            dry_run=dry_run,
            files=files,
            seconds=time.perf_counter() - self._began,
            complete=all(file.state is not FileState.PENDING for file in files),
            journal_kept=journal_kept,
        )


def check_same_migration(folder: MigrationFolder, done: Mapping[str, Record], session: Session) -> None:
    """Refuse a journal of other files than the folder's.

    Raises:
        RefusedError: the target is in the middle of another migration.
    """
    others = [record for record in done.values() if record.manifest != folder.digest]
    if not others:
        return
    last = max(others, key=lambda record: (record.finished, record.file))
    why = (
        "that was generated again since, so its rows may be of another moment"
        if last.fingerprint == folder.fingerprint
        else f"of a source of another structure (fingerprint {last.fingerprint})"
    )
    raise RefusedError(
        f"{session.parameters.describe()} is in the middle of another migration, {why}: {len(others)} files "
        f"are recorded there, the last one {visible_text(last.file)}, by {visible_text(last.applied_by)} at "
        f"{last.finished}. Nothing was changed. Continue with the folder that these files came from, or take "
        "them back: pilotage rollback TARGET --from that folder"
    )


async def _remove_when_done(session: Session) -> None:
    """Remove the journal of a complete migration.

    Raises:
        RunFailedError: the server refuses that, such as by an event trigger that came with the last file.
    """
    try:
        await remove_journal(session)
    except ServerError as error:
        raise RunFailedError(
            f"all files are on the target, but their record there, the schema {SCHEMA}, cannot be dropped: "
            f"{error}\nHave somebody who may run DROP SCHEMA {SCHEMA} CASCADE"
        ) from error


async def _leave_as_it_was(session: Session) -> None:
    """Remove a journal that records nothing, where that can still be done."""
    try:
        await remove_journal(session)
    except PilotageError:
        # An empty journal harms nobody; why the run failed is more important.
        return
