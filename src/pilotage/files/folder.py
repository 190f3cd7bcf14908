"""The folder of SQL files: what is in it already, and how new files take the place of old ones.

Consumed by whoever generates the files. Nobody else's file is removed or overwritten unless that was asked
for.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

from pilotage.errors import RefusedError
from pilotage.files.manifest import MANIFEST, Manifest, decode_manifest, encode_manifest
from pilotage.files.parts import unwritable
from pilotage.files.rollback import FOLDER
from pilotage.model.visible import visible_text
from pilotage.workspace import hold_folder

_SHOWN = 10


def foreign_files(folder: Path) -> tuple[str, ...]:
    """Return the SQL files in a folder that are not as its manifest lists them: by others, or edited since.

    Raises:
        RefusedError: the manifest cannot be read.
    """
    listed = {file.name: file.sha256 for file in manifest.files} if (manifest := _read(folder)) else {}
    return tuple(name for name in _present(folder) if listed.get(name) != _sha256(folder / name))


def refuse_foreign_files(folder: Path) -> None:
    """Refuse a folder that holds SQL files which would be lost, or would run among ours.

    Raises:
        RefusedError: there are some.
    """
    foreign = foreign_files(folder)
    if foreign:
        shown = "".join(f"\n  - {visible_text(name)}" for name in foreign[:_SHOWN])
        more = f"\n  and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
        raise RefusedError(
            f"{folder} holds SQL files that were not written here, or were edited since; nothing was changed:"
            f"{shown}{more}\nMove them away, or replace them with --force."
        )


@contextlib.contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Make a folder on the same disk for the time of writing, and remove it with what is left in it.

    Raises:
        RefusedError: it cannot be made.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            made = stack.enter_context(hold_folder(folder, prefix=".writing-"))
        except OSError as error:
            raise unwritable(folder, error) from error
        yield made


def replace_files(folder: Path, written: Path, manifest: Manifest) -> None:
    """Put the new files in the place of all old ones.

    Whenever this is interrupted, the manifest in the folder lists all SQL files there are.

    Raises:
        RefusedError: a file cannot be moved or removed.
    """
    try:
        for name in _present(folder):
            (folder / name).unlink()
        new = written / MANIFEST
        new.write_bytes(encode_manifest(manifest))
        new.replace(folder / MANIFEST)
        (folder / FOLDER).mkdir(exist_ok=True)
        for file in manifest.files:
            (written / file.name).replace(folder / file.name)
    except OSError as error:
        raise unwritable(folder, error) from error


def _read(folder: Path) -> Manifest | None:
    path = folder / MANIFEST
    return decode_manifest(path.read_bytes()) if path.exists() else None


def _present(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for pattern in ("*.sql", f"{FOLDER}/*.sql")
        for path in folder.glob(pattern)
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
