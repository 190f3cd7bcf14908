"""The manifest: which files were written, and what is in them.

Written beside the files as ``manifest.json``, consumed by ``apply``, by reports, and by the next time the
files are written, which replaces what it wrote itself and nothing else.
"""

from __future__ import annotations

import msgspec

from pilotage.errors import RefusedError
from pilotage.model.plan import Hazard, NewerFeature
from pilotage.model.review import FileFigures, FileKind

MANIFEST = "manifest.json"

MANIFEST_FORMAT = 1
"""Version of the manifest's JSON; it grows when a reader of the old form could be misled."""


class ManifestTable(msgspec.Struct, frozen=True, kw_only=True):
    """What one file brings of a table.

    Attributes:
        name: as SQL reads it.
        checksum: the sum of its rows' hashes, in decimal: more digits than JSON's numbers keep.
    """

    name: str
    rows: int
    checksum: str


class ManifestFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file.

    Attributes:
        name: relative to the folder of the manifest, with ``/``.
        planned: the name of the planned file that it is, or is a part of, or undoes.
        undoes: whether it is a rollback file.
        sha256: of its content, in hexadecimal.
        tables: whose rows it brings.
        large_objects: how many it creates.
        takes_back: of a rollback file, the names of the files that it takes back, where those are not all
            parts of the planned one.
    """

    name: str
    planned: str
    kind: FileKind
    group: str
    undoes: bool = False
    sha256: str
    bytes: int
    tables: tuple[ManifestTable, ...] = ()
    large_objects: int = 0
    takes_back: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """All rows that it brings."""
        return sum(table.rows for table in self.tables)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All files, those that migrate in the order in which they run, then those that undo them.

    Attributes:
        pilotage: the version that wrote them.
        fingerprint: of the source's structure, as the plan has it.
        source_version_num: of the server that the definitions were read from.
        newer_features: what not every server knows of the files' statements.
        hazards: those that the user must allow.
    """

    format: int = MANIFEST_FORMAT
    pilotage: str
    fingerprint: str
    files: tuple[ManifestFile, ...]
    source_version_num: int = 0
    newer_features: tuple[NewerFeature, ...] = ()
    hazards: tuple[Hazard, ...] = ()

    @property
    def migration(self) -> tuple[ManifestFile, ...]:
        """The files that migrate, in the order in which they run."""
        return tuple(file for file in self.files if not file.undoes)

    @property
    def rollback(self) -> tuple[ManifestFile, ...]:
        """The files that undo them, in the order in which they run."""
        return tuple(file for file in self.files if file.undoes)

    def figures(self) -> tuple[FileFigures, ...]:
        """Return rows and bytes of the files that migrate."""
        return tuple(FileFigures(name=file.name, rows=file.rows, bytes=file.bytes) for file in self.migration)


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as indented JSON, the same bytes for the same manifest."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2) + b"\n"


def decode_manifest(encoded: bytes) -> Manifest:
    """Read what :func:`encode_manifest` wrote.

    Raises:
        RefusedError: it is not a manifest, or one of a format that this version does not read.
    """
    try:
        manifest = msgspec.json.decode(encoded, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(
            f"this is not a {MANIFEST} of SQL files: {error}; write the files into another folder"
        ) from error
    if manifest.format != MANIFEST_FORMAT:
        raise RefusedError(
            f"the {MANIFEST} is of format {manifest.format}, and this pilotage reads {MANIFEST_FORMAT}; "
            "write  the files into another folder"
        )
    return manifest
