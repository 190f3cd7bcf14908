"""Settings of the target's server that make a load slow, or worth less than it looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query

_GIGABYTE = 1024**3
_RUNS = 64
"""An index this many times as large as the memory for sorting is sorted in more passes than one."""


class _Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The row of ``server_settings.sql``."""

    fsync: bool
    full_page_writes: bool
    wal_level: str
    max_wal_size: int
    maintenance_work_mem: int
    temp_file_limit: int


async def _look(situation: Situation) -> Sequence[Problem]:
    (settings,) = await situation.target.records(query("server_settings"), _Settings)
    largest = max((index.bytes for index in situation.catalog.indexes), default=0)
    return [
        *_durability(settings),
        *_write_ahead_log(settings, situation),
        # A migration's sessions set their memory; psql, which runs files, has the server's.
        *(_sorting(settings, largest) if situation.at_source is None else ()),
        *_temporary_files(settings, largest),
    ]


def _durability(settings: _Settings) -> Iterator[Problem]:
    for name, on in (("fsync", settings.fsync), ("full_page_writes", settings.full_page_writes)):
        if not on:
            yield CHECK.warning(
                object=f"setting {name}",
                found="is off: a crash of the target's machine may destroy all that was brought there",
                wanted="on, at the latest when the migration is complete",
                remedy=f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();",
            )


def _write_ahead_log(settings: _Settings, situation: Situation) -> Iterator[Problem]:
    publishes = any(step.kind == "PUBLICATION" for step in situation.definitions)
    if publishes and settings.wal_level != "logical":
        yield CHECK.warning(
            object="setting wal_level",
            found=f"is {settings.wal_level}, and publications of the source come along, which "
            "send nothing then",
            wanted="logical",
            remedy="ALTER SYSTEM SET wal_level = logical; -- and restart the server",
        )
    moved = sum(table.bytes for table in situation.catalog.tables)
    if moved > 4 * settings.max_wal_size and settings.max_wal_size < 16 * _GIGABYTE:
        yield CHECK.warning(
            object="setting max_wal_size",
            found=f"is {_size(settings.max_wal_size)}, and {_size(moved)} of tables are to be written: a "
            "checkpoint after each such piece slows the load down",
            wanted="a few times as much, where the disk has room",
            remedy=f"ALTER SYSTEM SET max_wal_size = '{min(16, moved // (4 * _GIGABYTE) + 1)}GB'; "
            "SELECT pg_reload_conf();",
        )


def _sorting(settings: _Settings, largest: int) -> Iterator[Problem]:
    if largest > _RUNS * settings.maintenance_work_mem:
        yield CHECK.warning(
            object="setting maintenance_work_mem",
            found=f"is {_size(settings.maintenance_work_mem)}, and the largest index to build is "
            f"{_size(largest)} on the source",
            wanted="more, since indexes are sorted within it, and as many at once as there are jobs",
            remedy=f"ALTER SYSTEM SET maintenance_work_mem = "
            f"'{min(2048, largest // _RUNS // 1024**2 + 1)}MB'; SELECT pg_reload_conf();",
        )


def _temporary_files(settings: _Settings, largest: int) -> Iterator[Problem]:
    if 0 <= settings.temp_file_limit < largest:
        yield CHECK.warning(
            object="setting temp_file_limit",
            found=f"is {_size(settings.temp_file_limit)}, and the largest index to build is {_size(largest)} "
            "on the source, which is sorted in temporary files of about that size",
            wanted="no limit, or a larger one",
            remedy="ALTER SYSTEM SET temp_file_limit = -1; SELECT pg_reload_conf();",
        )


def _size(size: int) -> str:
    for unit, one in (("GB", _GIGABYTE), ("MB", 1024**2)):
        if size >= one:
            return f"{size / one:,.1f} {unit}".replace(".0 ", " ")
    return f"{size // 1024:,} kB"


CHECK = Check(
    name="server-settings",
    title="no setting of the target's server hurts a load",
    end=End.TARGET,
    look=_look,
)
