"""A migration's folder as it lies on disk: which files there are, and whether they are what was generated.

Consumed by applying and rolling back, before anything runs; here is only read. The manifest says what was
generated; a file that is another now, or was put there since, runs only where the user allows it by name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

import msgspec

from pilotage.apply.ending import begins_transaction, offset_of_commit
from pilotage.apply.records import DroppedObject
from pilotage.catalog.encoding import decode_catalog
from pilotage.errors import PilotageError, RefusedError, UsageError
from pilotage.files.manifest import MANIFEST, Manifest, decode_manifest
from pilotage.files.objects import CreatedObject, created_by, created_by_fix
from pilotage.model.catalog import Catalog
from pilotage.model.plan import ApplyFix, Hazard, LoadTable, NewerFeature, Plan, Step
from pilotage.model.review import FileKind
from pilotage.model.visible import visible_text
from pilotage.plan import decode_plan

SQL = "sql"
PLAN = "plan.json"
BASELINE = "baseline.json"

_BLOCK = 1024 * 1024


class SqlFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that runs on the target.

    Attributes:
        name: under which the journal records it.
        sha256: as generated; empty where the manifest does not list the file.
    """

    name: str
    path: Path
    kind: FileKind | None
    group: str
    sha256: str
    bytes: int
    rows: int


class RollbackFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that undoes others.

    Attributes:
        name: with its folder: ``rollback/01-undo-81-finish.sql``.
        undoes: the names of the files that it takes back: one, or the parts of one that was split.
        drops: what goes; empty where there is no plan that says so.
    """

    name: str
    path: Path
    kind: FileKind
    group: str
    undoes: tuple[str, ...]
    sha256: str
    drops: tuple[DroppedObject, ...]


class MigrationFolder(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds.

    Attributes:
        digest: the SHA-256 of the manifest: what journals know the migration by.
        source_version_num: of the server that the files were made from.
        newer_features: what not every server knows of the files' statements.
        hazards: those that the user must allow.
        files: in the order in which they run.
        rollback: in the order in which they run, the last file's first.
        plan: that the files were made from; None where it is no longer beside them.
        catalog: of the source when it was planned; None where it is not there, or is another's.
    """

    path: Path
    fingerprint: str
    digest: str
    source_version_num: int
    newer_features: tuple[NewerFeature, ...]
    hazards: tuple[Hazard, ...]
    files: tuple[SqlFile, ...]
    rollback: tuple[RollbackFile, ...]
    plan: Plan | None = None
    catalog: Catalog | None = None


def read_folder(path: Path) -> MigrationFolder:
    """Read what a folder holds; the files themselves are not looked into yet.

    Raises:
        UsageError: there is no such folder, or it is none that ``pilotage generate`` has written.
        RefusedError: the manifest cannot be read by this version.
    """
    sql = path / SQL
    encoded = _read(sql / MANIFEST, path)
    manifest = decode_manifest(encoded)
    plan = _plan(path / PLAN, manifest)
    created = _created(plan)
    files = _files(sql, manifest)
    return MigrationFolder(
        path=path,
        fingerprint=manifest.fingerprint,
        digest=hashlib.sha256(encoded).hexdigest(),
        source_version_num=manifest.source_version_num,
        newer_features=manifest.newer_features,
        hazards=manifest.hazards,
        files=files,
        rollback=tuple(
            RollbackFile(
                name=file.name,
                path=sql / file.name,
                kind=file.kind,
                group=file.group,
                undoes=file.takes_back
                or tuple(each.name for each in manifest.migration if each.planned == file.planned),
                sha256=file.sha256,
                drops=created.get(file.planned, ()),
            )
            for file in sorted(manifest.rollback, key=lambda file: file.name)
        ),
        plan=plan,
        catalog=_catalog(path / BASELINE, plan) if plan else None,
    )


def _files(sql: Path, manifest: Manifest) -> tuple[SqlFile, ...]:
    """Return the files to run, in the order of their names; those that the manifest does not list too."""
    listed = {file.name: file for file in manifest.migration}
    there = {path.name: path for path in sql.glob("*.sql")}
    return tuple(
        SqlFile(
            name=name,
            path=sql / name,
            kind=file.kind if (file := listed.get(name)) else None,
            group=file.group if file else "",
            sha256=file.sha256 if file else "",
            bytes=file.bytes if file else there[name].stat().st_size,
            rows=file.rows if file else 0,
        )
        for name in sorted(listed.keys() | there.keys())
    )


def check_files(files: Collection[SqlFile | RollbackFile], allowed_edits: Collection[str]) -> dict[str, str]:
    """Read the files and return the SHA-256 of each by name, all of them fit to run.

    Raises:
        RefusedError: files are missing, edited without leave, or not one transaction; all are named at once.
    """
    digests: dict[str, str] = {}
    problems: list[str] = []
    for file in files:
        shown = visible_text(str(file.path))
        try:
            digests[file.name] = sha256_of(file.path)
            if digests[file.name] != file.sha256:
                problems += _edited(file, shown, allowed_edits)
            offset_of_commit(file.path)
        except FileNotFoundError:
            problems.append(f"{shown} is missing; take it from where the others came from, or generate again")
        except OSError as error:
            problems.append(f"{shown} cannot be read: {error.strerror or error}")
        except RefusedError as error:
            problems.append(str(error))
    if problems:
        raise RefusedError(
            "the files are not fit to run, and nothing was changed:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
        )
    return digests


def check_names(files: Collection[SqlFile | RollbackFile], allowed_edits: Collection[str]) -> None:
    """Refuse names of files that are not there.

    Raises:
        UsageError: a name is none of a file's.
    """
    known = {file.name for file in files}
    for name in allowed_edits:
        if name not in known:
            raise UsageError(
                f"--allow-edited {visible_text(name)}: there is no file of that name; give the file's name "
                "as it was printed, without its folder"
            )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _edited(file: SqlFile | RollbackFile, shown: str, allowed_edits: Collection[str]) -> list[str]:
    if file.name not in allowed_edits:
        what = "is not the file that was generated" if file.sha256 else "is not listed in the manifest"
        return [
            f"{shown} {what}; generate it again, or, where that is on purpose, run it as it is with "
            f"--allow-edited {visible_text(file.name)}"
        ]
    if not begins_transaction(file.path):
        return [f"{shown} does not begin a transaction; begin its statements with BEGIN;"]
    return []


def _read(path: Path, folder: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}; name a folder that `pilotage generate` has "
            f"written, or write one: pilotage generate {folder}"
        ) from error


def _plan(path: Path, manifest: Manifest) -> Plan | None:
    """Return the plan that the files were made from, where it is still beside them."""
    try:
        plan = decode_plan(path.read_bytes())
    except (OSError, UsageError):
        return None
    return plan if plan.fingerprint == manifest.fingerprint else None


def _catalog(path: Path, plan: Plan) -> Catalog | None:
    """Return the catalog that lies beside the plan, where it holds the plan's tables."""
    try:
        catalog = decode_catalog(path.read_bytes())
    except (OSError, PilotageError):
        return None
    tables = {table.name for table in catalog.tables}
    planned = {step.table for step in plan.steps if isinstance(step, LoadTable) and not step.condition}
    return catalog if planned <= tables and catalog.scope == plan.scope else None


def _created(plan: Plan | None) -> dict[str, tuple[DroppedObject, ...]]:
    """Return what each planned file creates."""
    if plan is None:
        return {}
    steps = {step.id: step for step in plan.steps}
    return {
        file.name: tuple(
            DroppedObject(
                kind=made.kind, label=made.label, on_table=made.on is not None or made.kind == "index"
            )
            for id_ in file.steps
            if id_ in steps
            for made in _made_by(steps[id_])
        )
        for file in plan.files
    }


def _made_by(step: Step) -> tuple[CreatedObject, ...]:
    if isinstance(step, ApplyFix):
        return tuple(created_by_fix(step))
    made = created_by(step)
    return () if made is None else (made,)
