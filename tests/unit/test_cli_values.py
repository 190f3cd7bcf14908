"""Values of the command line: plain ones are what typer would make of them, without pydantic."""

from __future__ import annotations

import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
import typer.main

from pilotage.cli.values import take_as_typed


class Fruit(StrEnum):
    APPLE = "apple"
    DRIED_FIG = "dried-fig"


def _path(text: str) -> Path:
    if not text:
        raise typer.BadParameter("the path is empty")
    return Path(text)


def outcome(arguments: list[str], printed: pytest.CaptureFixture[str], *, plain: bool) -> tuple[Any, ...]:
    """Return exit code, output and values of a command with parameters of every kind that we use."""
    app = typer.Typer(rich_markup_mode=None)
    taken: list[Any] = []

    @app.command()
    def command(
        source: str,
        other: Annotated[str | None, typer.Argument()] = None,
        fruit: Fruit = Fruit.APPLE,
        fruits: Annotated[list[Fruit] | None, typer.Option("--also")] = None,
        names: Annotated[list[str] | None, typer.Option("--name")] = None,
        folder: Annotated[Path | None, typer.Option("--folder", parser=_path)] = None,
        jobs: Annotated[int | None, typer.Option(min=1)] = None,
        flag: bool = False,
    ) -> None:
        taken.extend([source, other, fruit, fruits, names, folder, jobs, flag])

    built = typer.main.get_command(app)
    if plain:
        take_as_typed(built.params)
        assert all(parameter._runtime_param is not None for parameter in built.params)  # type: ignore[attr-defined]
    with pytest.raises(SystemExit) as done:
        built(arguments, prog_name="command")
    return done.value.code, *printed.readouterr(), taken


@pytest.mark.parametrize(
    "arguments",
    [
        ["a"],
        ["a", "b", "--fruit", "dried-fig", "--flag"],
        ["a", "--also", "apple", "--also", "dried-fig", "--name", "x", "--name", ""],
        ["a", "--folder", "x/y", "--jobs", "3"],
        [],
        ["a", "--folder", ""],
        ["a", "--jobs", "0"],
        ["a", "--jobs", "many"],
        ["a", "--fruit", "pear"],
        ["a", "--fruit", "APPLE"],
        ["a", "--also", "apple", "--also", "pear"],
    ],
)
def test_values_and_messages_are_typers(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(arguments, capsys, plain=True) == outcome(arguments, capsys, plain=False)


def test_a_command_of_plain_values_loads_no_pydantic() -> None:
    asked = (
        "import sys\nsys.argv = ['pilotage', 'preflight', '', 'x', '--schema', 's', '--json']\n"
        "from pilotage.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert done.code == 2\n"
        "print('pydantic' in sys.modules)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    finished = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, env=environment
    )
    assert "a DSN is empty" in finished.stderr
    assert finished.stdout == "False\n"


def test_what_is_not_verified_loads_no_verification() -> None:
    asked = "import sys, pilotage.cli.migrate\nprint(*sys.modules, sep='\\n')"
    finished = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    rooms = {".".join(name.split(".")[:2]) for name in finished.stdout.split()}
    assert "pilotage.execute" in rooms
    assert rooms.isdisjoint({"pilotage.verify", "pilotage.security", "pilotage.repair", "pilotage.files"})
