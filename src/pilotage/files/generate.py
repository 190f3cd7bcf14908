"""Writing all SQL files of a plan: the rows first, since the other files say what those bring.

Joins the writers of this room and decides nothing itself. Consumed by the command line, and by whoever uses
pilotage as a library.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec

from pilotage import __version__
from pilotage.config.records import Configuration
from pilotage.connection import Session
from pilotage.errors import RefusedError, UsageError
from pilotage.files.checksums import PROBE, text_hash
from pilotage.files.data import write_data_files
from pilotage.files.definitions import definition_file
from pilotage.files.folder import beside, refuse_foreign_files, replace_files
from pilotage.files.guards import guard_server
from pilotage.files.large_objects import LargeObjectFiles, WrittenLargeObjects, write_large_object_files
from pilotage.files.manifest import Manifest, ManifestFile, ManifestTable
from pilotage.files.material import Material
from pilotage.files.parts import unwritable
from pilotage.files.records import NeededTable, TableData, WrittenData
from pilotage.files.rollback import FOLDER, rollback_files, rollback_name
from pilotage.files.validation import validation_file
from pilotage.model.archive import Archive
from pilotage.model.catalog import Catalog, Table
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.model.plan import ApplyFix, LoadLargeObjects, LoadTable, Plan, SetSequence, Step
from pilotage.model.review import FileKind, PlannedFile
from pilotage.model.visible import visible_identifier, visible_name, visible_text
from pilotage.plan import fingerprint, make_plan
from pilotage.plan.secrets import without_secrets

_SHOWN = 10


class GenerationStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The files are about to be written.

    Attributes:
        files: how many are planned; a data file may become several.
        rows, bytes: of all tables on the source.
    """

    files: int
    rows: int
    bytes: int


class FileStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A planned file is being written."""

    file: str


class RowsRead(msgspec.Struct, frozen=True, kw_only=True):
    """Some more rows have been read for a file.

    Attributes:
        bytes: since the event before, of the COPY stream.
    """

    file: str
    bytes: int


class FileWritten(msgspec.Struct, frozen=True, kw_only=True):
    """A file is complete; it has its name when all are."""

    file: str
    rows: int
    bytes: int


GenerationEvent: TypeAlias = GenerationStarted | FileStarted | RowsRead | FileWritten


async def generate(
    plan: Plan,
    *,
    catalog: Catalog,
    archive: Archive,
    session: Session,
    folder: Path,
    replace: bool = False,
    on_event: Callable[[GenerationEvent], None] = lambda _event: None,
) -> Manifest:
    """Write all SQL files of a plan into a folder, with those that undo them, and return what was written.

    The source is only read. Files appear under their names when all are complete; those of an earlier time
    are replaced.

    Args:
        plan: with files.
        catalog: as the source is now.
        archive: of the same moment.
        session: inside the transaction in which the catalog was read.
        folder: is made where it does not exist.
        replace: whether SQL files that somebody else wrote or edited may be replaced too.
        on_event: told of progress; must not block.

    Raises:
        RefusedError: the source is not the one that the plan was made for, the folder holds files that would
        be lost, or a
            file cannot be written.
        UsageError: the plan has no files.
    """
    if not plan.files:
        raise UsageError("the plan has no files; make one with `pilotage plan SOURCE -o DIR`")
    plan = without_secrets(plan)
    _refuse_what_stands_nowhere(plan)
    _refuse_another_structure(plan, catalog, archive)
    _refuse_contents_without_a_step(plan, catalog)
    if not replace:
        await asyncio.to_thread(refuse_foreign_files, folder)
    probe = await session.value(f"SELECT {text_hash(quote_literal(PROBE), catalog.server.encoding)}")
    material = Material(plan, catalog, int(probe))
    on_event(
        GenerationStarted(
            files=len(plan.files), rows=catalog.total_rows, bytes=sum(table.bytes for table in catalog.tables)
        )
    )
    with beside(folder) as writing:
        _make_folder(writing / FOLDER)
        written = _Written(material, writing, on_event)
        for file in plan.files:
            if file.kind is FileKind.DATA:
                await written.write_data(session, file)
            elif file.kind is FileKind.LARGE_OBJECTS:
                await written.write_large_objects(session, file)
        await asyncio.to_thread(written.write_others)
        manifest = written.manifest()
        await asyncio.to_thread(replace_files, folder, writing, manifest)
    return manifest


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir()
    except OSError as error:
        raise unwritable(folder, error) from error


class _Written:
    """Writes files of every kind into a folder, and remembers them for the manifest."""

    def __init__(self, material: Material, folder: Path, on_event: Callable[[GenerationEvent], None]) -> None:
        self._material = material
        self._folder = folder
        self._on_event = on_event
        self._data: dict[str, WrittenData] = {}
        self._large_objects: tuple[WrittenLargeObjects, ...] = ()
        self._files: list[ManifestFile] = []

    async def write_data(self, session: Session, file: PlannedFile) -> None:
        """Write a planned data file, in one part or in several."""
        material, plan = self._material, self._material.plan
        self._on_event(FileStarted(file=file.name))
        wanted = {step.sequence for step in material.steps_of(file) if isinstance(step, SetSequence)}
        tables = tuple(tables_to_load(material, file))
        written = await write_data_files(
            session,
            file=file,
            catalog=material.catalog,
            tables=tables,
            sequences=[
                *(each for each in material.catalog.sequences if each.name in wanted),
                *(each for each in material.catalog.extension_sequences if each.name in wanted),
            ],
            needed_tables=tuple(self._needed(file, tables)),
            folder=self._folder,
            data_format=plan.data_format,
            split_bytes=plan.split_bytes,
            rollback=rollback_name(material, file),
            role=plan.roles.role,
            on_bytes=lambda count: self._on_event(RowsRead(file=file.name, bytes=count)),
        )
        self._data[file.name] = written
        for part in written.files:
            entry = ManifestFile(
                name=part.name,
                planned=file.name,
                kind=file.kind,
                group=file.group,
                sha256=part.sha256,
                bytes=part.bytes,
                tables=tuple(
                    ManifestTable(name=str(table.table.name), rows=table.rows, checksum=str(table.checksum))
                    for table in part.tables
                ),
            )
            self._add(entry)

    async def write_large_objects(self, session: Session, file: PlannedFile) -> None:
        """Write the planned file of large objects, in one part or in several, and what takes them back."""
        material, plan = self._material, self._material.plan
        self._on_event(FileStarted(file=file.name))
        encoding = material.catalog.server.encoding
        parts, undone = await write_large_object_files(
            session,
            [step for step in material.steps_of(file) if isinstance(step, LoadLargeObjects)],
            LargeObjectFiles(
                name=file.name,
                rollback=rollback_name(material, file),
                folder=self._folder,
                data_format=plan.data_format,
                split_bytes=plan.split_bytes,
                roles=plan.roles,
                encoding=encoding,
                guard=guard_server(encoding=encoding, probe=material.probe),
            ),
            on_bytes=lambda count: self._on_event(RowsRead(file=file.name, bytes=count)),
        )
        self._large_objects = parts
        for part in parts:
            self._add(
                ManifestFile(
                    name=part.name,
                    planned=file.name,
                    kind=file.kind,
                    group=file.group,
                    sha256=part.sha256,
                    bytes=part.bytes,
                    large_objects=part.created,
                )
            )
        for each in undone:
            self._add(
                ManifestFile(
                    name=each.name,
                    planned=file.name,
                    kind=file.kind,
                    group=file.group,
                    undoes=True,
                    takes_back=each.undoes,
                    sha256=each.sha256,
                    bytes=each.bytes,
                )
            )

    def _needed(self, file: PlannedFile, tables: tuple[TableData, ...]) -> Iterator[NeededTable]:
        """Yield the tables outside of the file that its rows reference, once each."""
        material = self._material
        if material.plan.layout is not Layout.SCHEMA_FIRST:
            return
        own = {material.roots[data.name] for data in tables if not data.extension}
        seen: set[QualifiedName] = set()
        for key in material.catalog.foreign_keys:
            referenced = material.roots.get(key.referenced)
            if material.roots.get(key.table) not in own or referenced is None or referenced in own | seen:
                continue
            brought_by = self._brings(referenced)
            if brought_by is not None:
                seen.add(referenced)
                table = material.tables[referenced]
                has_rows = self._rows_brought(brought_by, referenced) > 0 and not table.force_row_security
                yield NeededTable(table=table, has_rows=has_rows, file=self._last_part(brought_by))

    def _brings(self, root: QualifiedName) -> str | None:
        """Return the data file, of those written so far, that brings the rows of a table."""
        roots = self._material.roots
        return next(
            (
                name
                for name, written in self._data.items()
                if any(roots.get(table.table.name) == root for table in written.tables)
            ),
            None,
        )

    def _rows_brought(self, file: str, root: QualifiedName) -> int:
        roots = self._material.roots
        return sum(table.rows for table in self._data[file].tables if roots.get(table.table.name) == root)

    def _last_part(self, file: str) -> str:
        return self._data[file].files[-1].name

    def write_others(self) -> None:
        """Write every file without rows, and the rollback files."""
        material = self._material
        brought_by = {name: self._last_part(name) for name in self._data}
        for file in material.plan.files:
            match file.kind:
                case FileKind.DATA | FileKind.LARGE_OBJECTS:
                    continue
                case FileKind.VALIDATE:
                    text = validation_file(material, file, self._data, self._large_objects)
                case _:
                    text = definition_file(material, file, brought_by=brought_by)
            self._write(file.name, file, text)
        for undoing in rollback_files(material, self._data):
            self._write(undoing.name, material.files[undoing.undoes], undoing.text, undoes=True)

    def _write(self, name: str, file: PlannedFile, text: str, *, undoes: bool = False) -> None:
        content = text.encode()
        try:
            (self._folder / name).write_bytes(content)
        except OSError as error:
            raise unwritable(self._folder / name, error) from error
        entry = ManifestFile(
            name=name,
            planned=file.name,
            kind=file.kind,
            group=file.group,
            undoes=undoes,
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
        )
        self._add(entry)

    def _add(self, entry: ManifestFile) -> None:
        self._files.append(entry)
        self._on_event(FileWritten(file=entry.name, rows=entry.rows, bytes=entry.bytes))

    def manifest(self) -> Manifest:
        """Return the manifest of all that was written."""
        plan = self._material.plan
        return Manifest(
            pilotage=__version__,
            fingerprint=plan.fingerprint,
            source_version_num=plan.source.version_num,
            newer_features=plan.newer_features,
            hazards=tuple(hazard for hazard in plan.all_hazards if hazard.must_allow),
            files=tuple(sorted(self._files, key=lambda file: (file.undoes, file.name))),
        )


def tables_to_load(material: Material, file: PlannedFile) -> Iterator[TableData]:
    """Yield what a data file brings, in load order: the tables of a component one after another.

    A partitioned table in a component is one, since its keys are checked at the end of one statement; any
    other loads partition by partition.
    """
    components = {table: component for component in material.plan.components for table in component.tables}
    loads = [step.table for step in material.steps_of(file) if isinstance(step, LoadTable)]
    for name in loads:
        if name in material.extension_tables:
            each = material.extension_tables[name]
            yield TableData(table=each.table, extension=each.extension, condition=each.condition)
    loads = [name for name in loads if name not in material.extension_tables]
    here = {material.roots[name] for name in loads}
    done: set[QualifiedName] = set()
    for name in loads:
        root = material.roots[name]
        component = components.get(root)
        if component is None:
            yield TableData(table=material.tables[name], ancestors=tuple(_ancestors(material, name)))
        elif root not in done:
            for member in component.tables:
                if member in here:
                    done.add(member)
                    yield TableData(table=material.tables[member], component=component)


def _ancestors(material: Material, name: QualifiedName) -> Iterator[QualifiedName]:
    above: Table | None = material.tables[name]
    while above is not None and above.partition_of is not None:
        yield above.partition_of
        above = material.tables.get(above.partition_of)


def _refuse_what_stands_nowhere(plan: Plan) -> None:
    """Nothing is left out silently: every step stands in a file."""
    placed = {step for file in plan.files for step in file.steps}
    nowhere = [step.id for step in plan.steps if step.id not in placed]
    if nowhere:
        raise RefusedError(
            f"{len(nowhere)} steps of the plan stand in none of its files: "
            f"{', '.join(map(visible_text, nowhere[:_SHOWN]))}; make the plan again with `pilotage plan`"
        )


def _refuse_contents_without_a_step(plan: Plan, catalog: Catalog) -> None:
    """Large objects and rows of extensions are contents, and no part of the structure that was compared."""
    loaded = {step.table for step in plan.steps if isinstance(step, LoadTable)}
    missing = [
        f"rows of {visible_name(each.table.name)}, which extension {visible_identifier(each.extension)} keeps"
        for each in catalog.extension_tables
        if each.readable and each.table.name not in loaded
    ]
    if catalog.large_objects and not any(isinstance(step, LoadLargeObjects) for step in plan.steps):
        missing.append("large objects")
    if missing:
        raise RefusedError(
            "the source has contents that the plan knows nothing of; nothing was written: "
            f"{', '.join(missing[:_SHOWN])}; make the plan again with `pilotage plan`, and review it again"
        )


def _refuse_another_structure(plan: Plan, catalog: Catalog, archive: Archive) -> None:
    if fingerprint(catalog, archive) == plan.fingerprint:
        return
    before, now = (
        _definitions(plan.steps),
        _definitions(
            without_secrets(
                make_plan(catalog, archive, Configuration(scope=plan.asked_scope), roles=plan.roles)
            ).steps
        ),
    )
    changes = [
        *(f"new: {visible_text(step)}" for step in now if step not in before),
        *(f"gone: {visible_text(step)}" for step in before if step not in now),
        *(f"changed: {visible_text(step)}" for step in now if before.get(step, now[step]) != now[step]),
    ]
    shown = "".join(f"\n  - {change}" for change in changes[:_SHOWN])
    more = f"\n  and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    raise RefusedError(
        "the source's structure is not the one that the plan was made for; nothing was written"
        f"{':' if shown else '.'}"
        f"{shown}{more}\nMake the plan again with `pilotage plan`, and review it again."
    )


def _definitions(steps: tuple[Step, ...]) -> dict[str, str]:
    # fixes are chosen and not found again; they are of the plan's making
    return {step.id: getattr(step, "sql", "") for step in steps if not isinstance(step, ApplyFix)}
