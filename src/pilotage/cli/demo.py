"""``pilotage demo``: the main job, shown on two servers that are started for it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pilotage.cli.migrate import migrate_with_progress, migration_artifacts, show
from pilotage.cli.surroundings import (
    default_jobs,
    ensure_writable,
    installations,
    print_text,
    run,
    write_artifacts,
)
from pilotage.cli.verdict import exit_with
from pilotage.config.records import Configuration
from pilotage.demo.stage import DemoServers, demo_servers, fill
from pilotage.model.verdict import Asked

TARGET_MAJOR = 18


def demo_command(*, serve: bool, source_version: int, output: Path) -> None:
    """Run the demo, or serve its two databases until Ctrl-C."""
    if not serve:
        ensure_writable(output)
    began = time.perf_counter()
    _say(f"starting PostgreSQL {source_version} as the source and {TARGET_MAJOR} as the target")
    with demo_servers(installations(), source_major=source_version, target_major=TARGET_MAJOR) as servers:
        _say("filling the source with the hotel database")
        run(fill(servers))
        if serve:
            _serve(servers)
            return
        migration = migrate_with_progress(
            servers.source,
            servers.target,
            configuration=Configuration(),
            jobs=default_jobs(),
            verification=Asked(jobs=default_jobs()),
            quiet=False,
        )
    written = write_artifacts(output, migration_artifacts(migration))
    show(migration, written)
    _say(f"the demo took {time.perf_counter() - began:.1f} s in all; both servers are stopped and gone")
    exit_with(migration.verdict)


def _serve(servers: DemoServers) -> None:
    source, target = servers.source.redacted_uri(), servers.target.redacted_uri()
    print_text(
        f"source  {source}\ntarget  {target}\n\n"
        "Both run until Ctrl-C. The target is empty. Try, in another terminal:\n\n"
        f"  pilotage inspect '{source}'\n"
        f"  pilotage plan    '{source}' -o migration\n"
        f"  pilotage migrate '{source}' '{target}'\n"
        f"  pilotage verify  '{source}' '{target}'\n"
    )
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        _say("stopping both servers")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
