"""Rolling back: takes back what files have brought, in reverse, with the files that were generated for that.

Consumed by the command line. A journal says what is on the target; where there is none, since the files were
run by psql alone or all of them are done, each rollback file looks for itself at what there is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from pilotage.apply.applying import OLDEST_PSQL, check_same_migration
from pilotage.apply.folder import MigrationFolder, RollbackFile, check_files, check_names
from pilotage.apply.journal import Record, forget, forgetting, read_journal, remove_journal
from pilotage.apply.records import Event, FilesListed, FileState, ListedFile, Noticed, RollbackResult
from pilotage.apply.runner import FileRunner, Task
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import RefusedError, RunFailedError, RunInterruptedError, ServerError
from pilotage.journal.lock import hold_run_lock
from pilotage.model.review import FileKind
from pilotage.model.visible import visible_text
from pilotage.programs import Installation, Program, find_program


async def roll_back(
    folder: MigrationFolder,
    target: ConnectionParameters,
    *,
    installations: Sequence[Installation],
    on_event: Callable[[Event], None],
    shown: Sequence[str] | None = None,
    data_only: bool = False,
    allowed_edits: Collection[str] = (),
    dry_run: bool = False,
) -> RollbackResult:
    """Take back what the folder's files have brought to the target.

    Args:
        installations: where psql is looked for.
        on_event: told of progress; must not block.
        shown: the rollback files that the user was shown and said yes to; None for whatever there is.
        data_only: whether only rows go, and what files after them have brought; what came before stays.
        allowed_edits: names of rollback files that run though they are not the ones that were generated.
        dry_run: whether to check and list only.

    Raises:
        UsageError: a name in ``allowed_edits`` is none of a file's.
        RefusedError: nothing was changed: something would stop it, or other files would run than were shown.
        FileFailedError: a file failed; the message says where, and what is on the target now.
        RunFailedError: it could not go on for another reason.
        RunInterruptedError: the task was cancelled.
    """
    check_names(folder.rollback, allowed_edits)
    run = _Run(folder, target, installations, on_event, data_only, allowed_edits)
    try:
        if dry_run:
            async with connect(target) as session:
                await run.prepare(session)
            return run.result(dry_run=True)
        return await run.all_files(shown)
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted; {run.state}") from error
    except ServerError as error:
        if not run.has_changed_anything:
            raise
        raise RunFailedError(f"{error}\n{run.state}") from error


class _Run:
    """One rollback on one target.

    Attributes:
        undoing: the rollback files to run, in that order.
    """

    def __init__(
        self,
        folder: MigrationFolder,
        target: ConnectionParameters,
        installations: Sequence[Installation],
        on_event: Callable[[Event], None],
        data_only: bool,
        allowed_edits: Collection[str],
    ) -> None:
        self._folder = folder
        self._files = {file.name: file for file in folder.files}
        self._target = target
        self._installations = installations
        self._tell = on_event
        self._data_only = data_only
        self._allowed_edits = allowed_edits
        self._began = time.perf_counter()
        self._journal: Mapping[str, Record] | None = None
        self._digests: Mapping[str, str] = {}
        self._finished: dict[str, float] = {}
        self._found_nothing: set[str] = set()
        self.undoing: Sequence[RollbackFile] = ()
        self.state = "nothing was changed"

    async def prepare(self, session: Session) -> Program:
        """Check everything, find out what is to be taken back, and return psql.

        Raises:
            RefusedError: something would stop it.
        """
        program = find_program(
            "psql",
            not_older_than=OLDEST_PSQL,
            installations=self._installations,
            encrypting=session.is_encrypted,
        )
        self._journal = await read_journal(session)
        check_same_migration(self._folder, self._journal or {}, session)
        self._check_all_known()
        self.undoing = [file for file in self._folder.rollback if any(map(self._goes, file.undoes))]
        self._digests = await asyncio.to_thread(check_files, self.undoing, self._allowed_edits)
        return program

    async def all_files(self, shown: Sequence[str] | None) -> RollbackResult:
        """Take everything back, and remove the journal when it is empty.

        Raises:
            RefusedError: before anything was changed.
        """
        async with hold_run_lock(self._target, lambda message: self._tell(Noticed(message=message))) as lock:
            program = await self.prepare(lock.session)
            if shown is not None and [file.name for file in self.undoing] != list(shown):
                raise RefusedError(
                    "the target has changed since it was shown what would go; nothing was changed by this "
                    "run. Run the same command again"
                )
            self._tell(FilesListed(files=self._listed()))
            runner = FileRunner(program, self._target, lock, self._tell, self._state)
            self._finished, self._found_nothing = runner.finished, runner.found_nothing
            try:
                if leaving_nothing := [name for name in self._journal or () if self._leaves_nothing(name)]:
                    await forget(lock.session, leaving_nothing)
                for number, file in enumerate(self.undoing, 1):
                    await runner.run(self._task(file), number, len(self.undoing))
            finally:
                self.state = runner.last_state
            if self._journal is not None and not await read_journal(lock.session):
                await remove_journal(lock.session)
        return self.result(dry_run=False)

    @property
    def has_changed_anything(self) -> bool:
        """Whether this run has taken anything back."""
        return bool(self._finished.keys() - self._found_nothing)

    def _goes(self, name: str) -> bool:
        """Whether a file is to be taken back: with the journal those that it records, without one all."""
        if self._data_only and name < self._first_data_file:
            return False
        return self._journal is None or name in self._journal

    def _leaves_nothing(self, name: str) -> bool:
        return self._goes(name) and self._files[name].kind is FileKind.VALIDATE

    @property
    def _first_data_file(self) -> str:
        kinds = {FileKind.DATA, FileKind.LARGE_OBJECTS}
        names = [file.name for file in self._folder.files if file.kind in kinds]
        return min(names, default="")

    def _check_all_known(self) -> None:
        """Refuse records of files that nothing in the folder takes back.

        Raises:
            RefusedError: there are such.
        """
        known = {name for file in self._folder.rollback for name in file.undoes}
        unknown = [
            visible_text(name)
            for name in self._journal or ()
            if name not in known and (name not in self._files or not self._leaves_nothing(name))
        ]
        if unknown and not self._data_only:
            raise RefusedError(
                "nothing in the folder takes back what these files have done, and nothing was changed: "
                f"{', '.join(unknown)}; take that back by hand, and remove their rows from pilotage.journal"
            )

    def _task(self, file: RollbackFile) -> Task:
        recorded = [name for name in file.undoes if name in self._journal] if self._journal else []
        return Task(
            name=file.name,
            record=recorded[0] if recorded else "",
            path=file.path,
            sha256=self._digests[file.name],
            rows=self._rows(file),
            bytes=file.path.stat().st_size,
            statement=forgetting(recorded) if recorded else "",
            recorded_after=False,
        )

    def _rows(self, file: RollbackFile) -> int:
        return sum(self._files[name].rows for name in file.undoes if self._goes(name))

    def _listed(self) -> tuple[ListedFile, ...]:
        return tuple(
            ListedFile(
                name=file.name,
                kind=file.kind.value,
                group=file.group,
                rows=self._rows(file),
                bytes=file.path.stat().st_size,
                state=self._file_state(file.name),
                edited=self._digests[file.name] != file.sha256,
                drops=file.drops,
                seconds=self._finished.get(file.name, 0.0),
            )
            for file in self.undoing
        )

    def _file_state(self, name: str) -> FileState:
        if name in self._found_nothing:
            return FileState.NOTHING_TO_UNDO
        return FileState.DONE if name in self._finished else FileState.PENDING

    def _state(self) -> str:
        """Say what is taken back, and how to go on."""
        done = len(self._finished)
        if not done:
            return "Nothing was taken back. To start, run the same command again."
        return (
            f"{done} of {len(self.undoing)} rollback files are done. To take back the rest, run the same "
            "command again."
        )

    def result(self, *, dry_run: bool) -> RollbackResult:
        """Return what was done, or would be."""
        return RollbackResult(
            target=self._target.describe(),
            fingerprint=self._folder.fingerprint,
            dry_run=dry_run,
            data_only=self._data_only,
            files=self._listed(),
            seconds=time.perf_counter() - self._began,
            journal=self._journal is not None,
        )
