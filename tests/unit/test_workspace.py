"""Folders of a run go with it, at the latest when the next run begins, and nobody else's go."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from pilotage.workspace import hold_folder, remove_left

HOLDING = """
import pathlib, sys, time
from pilotage.workspace import hold_folder
with hold_folder(pathlib.Path(sys.argv[1]), prefix="work-") as folder:
    (folder / "secret").write_text("rows")
    print("held", flush=True)
    time.sleep(600)
"""


def hold_elsewhere(parent: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDING, parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_folder_is_for_us_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    with hold_folder(tmp_path, prefix="work-") as folder:
        assert list(tmp_path.iterdir()) == [folder]
        assert folder.name.startswith("work-")
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "file").write_text("x")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_goes_when_the_next_begins_and_not_before(tmp_path: Path) -> None:
    process = hold_elsewhere(tmp_path)
    (left,) = tmp_path.iterdir()

    with hold_folder(tmp_path, prefix="work-") as folder:
        assert {left, folder} == set(tmp_path.iterdir())  # it lives
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert left.exists()
    with hold_folder(tmp_path, prefix="work-") as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_what_is_not_provably_ours_stays(tmp_path: Path) -> None:
    without_lock = tmp_path / "work-without-lock"
    open_to_others = tmp_path / "work-open"
    elsewhere = tmp_path / "elsewhere"
    for folder in (without_lock, open_to_others, elsewhere):
        folder.mkdir(mode=0o700)
    open_to_others.chmod(0o755)
    for folder in (open_to_others, elsewhere):
        (folder / ".lock").touch()
    (tmp_path / "work-link").symlink_to(elsewhere)
    (tmp_path / "work-file").touch()
    ours = tmp_path / "work-ours"
    ours.mkdir(mode=0o700)
    (ours / ".lock").touch()
    before = set(tmp_path.iterdir())

    assert remove_left(tmp_path, prefix="work-") == (ours,)

    assert set(tmp_path.iterdir()) == before - {ours}
    assert remove_left(tmp_path / "not-there", prefix="work-") == ()
