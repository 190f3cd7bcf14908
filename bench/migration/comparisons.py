"""The ways to compare a copy with its source, as command lines. Consumed by the bench's rounds."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.migration import figures
from bench.migration.rivals import Step, Way
from pilotage.verify.verification import CHECKS

COMPARED = frozenset({"mixed"})
"""Databases whose copies are compared: those of which reading the rows takes longer than all else."""

# Without ORDER BY, as few would write it: sorting all rows' hashes would take longer than all else.
_MD5 = r"""
SELECT format(
    'SELECT %L, count(*), sum((''x'' || left(md5(r::text), 16))::bit(64)::bigint) FROM ONLY %s AS r',
    oid::regclass, oid::regclass
)
FROM pg_class
WHERE relkind = 'r' AND relnamespace IN (
    SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
)
ORDER BY oid::regclass::text
\gexec
"""


def comparisons(bin_folder: Path) -> list[Way]:
    """Return the ways.

    Args:
        bin_folder: of the PostgreSQL whose programs are used.
    """
    others = [option for name in CHECKS if name != "contents" for option in ("--skip", name)]

    def by_md5(source: str, target: str, folder: Path) -> list[Step]:
        script = folder / "md5.sql"
        script.write_text(_MD5, encoding="utf-8")
        psql = [str(bin_folder / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script)]
        answers = str(folder / "source"), str(folder / "target")
        return [
            [[*psql, "-o", path, "-d", end] for path, end in zip(answers, (source, target), strict=True)],
            [["cmp", *answers]],
        ]

    return [
        Way(name=figures.CONTENTS, steps=lambda source, target, _: [_verify(source, target, *others)]),
        Way(name=figures.ALL_CHECKS, steps=lambda source, target, _: [_verify(source, target)]),
        Way(name=figures.MD5, steps=by_md5),
    ]


def _verify(source: str, target: str, *options: str) -> Step:
    return [[sys.executable, "-m", "pilotage", "verify", source, target, "--quiet", *options]]
