"""What the reader takes, what it refuses, and that each refusal says where, what was found and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilotage.config.reader import parse_configuration, read_configuration
from pilotage.config.records import (
    Configuration,
    Expectations,
    GroupRequest,
    Position,
    TablePattern,
    Unlisted,
)
from pilotage.errors import UsageError
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.scope import Scope


def problems(text: str) -> list[str]:
    with pytest.raises(UsageError) as refused:
        parse_configuration(text, "p.toml")
    return str(refused.value).split("\n")


def group(rest: str, name: str = "g", tables: str = '["t"]') -> str:
    return f"[[group]]\nname = '{name}'\ntables = {tables}\n{rest}\n"


def test_an_empty_file_is_every_default() -> None:
    assert parse_configuration("", "p.toml") == Configuration()


def test_every_key_arrives_in_the_record_with_its_position() -> None:
    text = """
source = "env:HOTEL"
layout = "bulk"
unlisted = "infer"
scope = { schemas = ["public", "Audit"], exclude = ["old"] }
data.format = "insert"
data.split = "512 kB"
[expect]
tables = 2
foreign_keys = 0
rows = 7
rows_of = { hotels = 3, "public.rooms" = 4 }
[[group]]
name = "base-1"
title = "The base"
purpose = "What all need"
tables = [
  "hotels",
  'public."ro*ms"',
]
schema_file = 1
data_file = 99
[[group]]
name = "two-words"
tables = ["x_*"]
"""
    assert parse_configuration(text, "p.toml") == Configuration(
        source="env:HOTEL",
        scope=Scope(include=("public", "Audit"), exclude=("old",)),
        layout=Layout.BULK,
        unlisted=Unlisted.INFER,
        groups=(
            GroupRequest(
                name="base-1",
                title="The base",
                purpose="What all need",
                tables=(
                    TablePattern(text="hotels", position=Position("p.toml", 18)),
                    TablePattern(text='public."ro*ms"', position=Position("p.toml", 19)),
                ),
                schema_number=1,
                data_number=99,
                position=Position("p.toml", 13),
            ),
            GroupRequest(
                name="two-words",
                title="Two words",
                purpose="",
                tables=(TablePattern(text="x_*", position=Position("p.toml", 25)),),
                schema_number=None,
                data_number=None,
                position=Position("p.toml", 23),
            ),
        ),
        expect=Expectations(tables=2, foreign_keys=0, rows=7, rows_of={"hotels": 3, "public.rooms": 4}),
        data_format=DataFormat.INSERT,
        split_bytes=512 * 1024,
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        # unknown keys
        ('\nlayuot = "bulk"', 2, 'unknown key "layuot"; did you mean layout?'),
        ("[data]\nFormat = 'copy'", 2, 'unknown key "Format"; did you mean format?'),
        ("[expect]\nzebra = 1", 2, "the keys of [expect] are tables, foreign_keys, rows, rows_of"),
        ("zebra = 1", 1, "the keys of the top of the file are source, layout, unlisted, orphans, scope"),
        (
            "[scope]\nunlisted = 'infer'",
            2,
            "it belongs at the top of the file, before the first line in brackets",
        ),
        ("format = 'copy'", 1, "it belongs under [data]"),
        ("[data]\ntables = 3", 2, "it belongs under [expect] or under [[group]]"),
        (group("schema-file = 1"), 4, 'unknown key "schema-file"; did you mean schema_file?'),
        ('"a\\nb" = 1', 1, r'unknown key "a\nb"; '),
        # types and ranges
        ("layout = 3", 1, 'layout is 3; write "schema-first" or "bulk"'),
        ("unlisted = 'maybe'", 1, 'unlisted is "maybe"; write "error" or "infer"'),
        ("[data]\nformat = ['copy']", 2, 'data.format is an array; write "copy" or "insert"'),
        ("scope = []", 1, "scope is an empty array; write a table: a line [scope] and its keys below it"),
        ("scope.schemas = 'public'", 1, 'scope.schemas is "public"; write an array of texts: ["…", "…"]'),
        ("scope.schemas = ['a',\n1979-05-27]", 2, "scope.schemas holds a date or time; put each"),
        ("scope.schemas = ['  ']", 1, "scope.schemas is an empty text"),
        ('scope.schemas = ["a\\u0000"]', 1, "scope.schemas holds a NUL character"),
        ("scope.schemas = ['a',\n'a']", 2, 'scope.schemas names "a", which p.toml:1 names already'),
        (
            "[scope]\nschemas = ['a']\nexclude = ['a']",
            3,
            'scope.exclude names "a", which p.toml:2 names already',
        ),
        ("expect.tables = -1", 1, "expect.tables is -1; write a whole number, 0 or more"),
        ("expect.rows = true", 1, "expect.rows is true; write a whole number"),
        ("expect.rows = 1e3", 1, "expect.rows is 1000.0; write a whole number"),
        (f"expect.rows = {2**63}", 1, f"expect.rows is {2**63}; write a whole number"),
        (f"expect.rows = 0x{'f' * 9000}", 1, "expect.rows is a number of more than 20 digits"),
        ("expect.foreign_keys = '46'", 1, 'expect.foreign_keys is "46"; write a whole number'),
        ("[expect.rows_of]\nhotels = -3", 2, "expect.rows_of.hotels is -3; write a whole number"),
        ("[expect.rows_of]\npublic.hotels = 3", 2, 'a name with a dot is a key in quotes: "public.…" = 3'),
        ("[expect.rows_of]\n'sire_*' = 3", 2, 'expect.rows_of."sire_*" is a pattern; name each table'),
        ("[expect.rows_of]\n'a.b.c' = 3", 2, '"a.b.c" names no table: it has 3 parts'),
        ("[expect.rows_of]\na = 3\n'\"a\"' = 3", 3, "is there twice, first at p.toml:2"),
        ("data.split = '64 megs'", 1, 'data.split is "64 megs"; write a size such as "64MB"'),
        ("data.split = '0MB'", 1, 'data.split is "0MB"; write a size'),
        ("data.split = 0", 1, "data.split is 0; write a size"),
        ("data.split = -5", 1, "data.split is -5; write a size"),
        ("data.split = 1.5", 1, "data.split is 1.5; write a size"),
        ("data.split = '9999999PB'", 1, 'data.split is "9999999PB"; write a size'),
        # groups
        ("[group]\nname = 'x'", 1, "group is a table; write an array of tables: a line [[group]] for each"),
        ("group = [\n1]", 2, "group holds 1; it is an array of tables"),
        ("[[group]]\ntables = ['t']", 1, "the group has no name"),
        (group("", name="Base"), 2, 'group.name is "Base"; write at most 40 lower-case letters'),
        (group("", name="-a"), 2, 'group.name is "-a"; write at most 40'),
        (group("", name="a" * 41), 2, "write at most 40"),
        ('[[group]]\nname = "a\\n"\ntables = ["t"]', 2, r'group.name is "a\n"; write at most 40'),
        (group("") + group("", tables="['u']"), 6, 'a group of the name "g" begins at p.toml:1 already'),
        ("\n[[group]]\nname = 'g'", 2, "the group has no tables; list them"),
        (group("", tables="[\n]"), 3, "the group has no tables; list them"),
        (group("", tables="'t'"), 3, 'group.tables is "t"; write an array of texts'),
        (group("", tables="['t',\n''] "), 4, "group.tables is an empty text"),
        (group("", tables="['t',\n't']"), 4, '"t" is listed at p.toml:3 already; remove one of the two'),
        (group("", tables="['t',\n'\"t\"']"), 4, r'"\"t\"" is listed at p.toml:3 already'),
        (group("") + group("", name="h"), 7, '"t" is listed at p.toml:3 already'),
        (
            group("", tables="['a.b.c']"),
            3,
            '"a.b.c" names no table: it has 3 parts; write table or schema.table',
        ),
        (group("title = 3"), 4, "group.title is 3; write a text in double quotes"),
        (group("schema_file = 0"), 4, "group.schema_file is 0; write a whole number, 1 to 99"),
        (group("data_file = 100"), 4, "group.data_file is 100; write a whole number, 1 to 99"),
        (group("schema_file = '01'"), 4, 'group.schema_file is "01"; write a whole number'),
        (
            group("schema_file = 1") + group("schema_file = 1", name="h", tables="['u']"),
            8,
            "group.schema_file is 1, which the schema_file at p.toml:4 has already",
        ),
        (
            group("schema_file = 1\ndata_file = 1"),
            5,
            "group.data_file is 1, which the schema_file at p.toml:4 has already",
        ),
        (
            group("schema_file = 11\ndata_file = 10"),
            5,
            "data_file is 10 and comes before the group's schema_file",
        ),
        # TOML itself
        ("a = 1\nb == 2", 2, "not valid TOML: Invalid value at column 4; correct that line"),
        ("layout = 'bulk'\nlayout = 'bulk'", 2, "not valid TOML: Cannot overwrite a value"),
        ("a = [1,\n2\n\n", 2, "at the end of the file; close what is left open"),
    ],
)
def test_a_problem_is_said_with_file_line_and_remedy(text: str, line: int, said: str) -> None:
    for newline in ("\n", "\r\n"):
        (problem,) = problems(text.replace("\n", newline))
        assert problem.startswith(f"p.toml:{line}: ")
        assert said in problem
        assert re.search(r"; \S|did you mean", problem), "no remedy"


def test_all_problems_are_said_at_once_in_the_order_of_the_file() -> None:
    text = """\
[[group]]
name = "B"
tables = []
[[group]]
tables = ["a.b.c", 3]
data_file = 0
[expect]
rows = -1
tables = "x"
nothing = 1
"""
    assert [problem.split(": ")[0] for problem in problems(text)] == [
        f"p.toml:{line}" for line in (2, 3, 4, 5, 5, 6, 8, 9, 10)
    ]


def test_a_source_is_never_shown_because_it_may_hold_a_password() -> None:
    for source in ('["postgresql://u:secret@h/d"]', "{ dsn = 'postgresql://u:secret@h/d' }", "17171717"):
        (problem,) = problems(f"source = {source}")
        assert problem == "p.toml:1: source is no text; write a text in double quotes"


def test_a_long_value_is_not_shown_whole() -> None:
    (problem,) = problems(f"layout = '{'x' * 5000}'")
    assert len(problem) < 200


@pytest.mark.parametrize("text", ["x = " + "[" * 50_000, "x = " + "{a=" * 50_000])
def test_nesting_without_end_is_refused(text: str) -> None:
    (problem,) = problems(text)
    assert "too deeply" in problem


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    (problem,) = problems("x = " + "9" * 5000)
    assert problem == "p.toml: a number has more digits than can be read; write a smaller one"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pilotage.toml"
    with pytest.raises(UsageError, match=re.escape(f"{path}: cannot read the configuration: No such file")):
        read_configuration(path)
    with pytest.raises(UsageError, match="Is a directory"):
        read_configuration(tmp_path)


def test_a_file_in_another_encoding_is_refused_with_the_line_and_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "pilotage.toml"
    path.write_bytes(b"layout = 'bulk'\n# Schl\xfcssel")
    with pytest.raises(UsageError, match=re.escape(f"{path}:2: not UTF-8: found the byte 0xfc; save")):
        read_configuration(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "pilotage.toml"
    path.write_bytes(b"\xef\xbb\xbflayout = 'bulk'\r\n[[group]]\r\nname = 'g'\r\ntables = ['t']\r\n")
    configuration = read_configuration(path)
    assert configuration.layout is Layout.BULK
    assert configuration.groups[0].position == Position(str(path), 2)


def test_a_file_name_cannot_make_a_message_of_two_lines() -> None:
    with pytest.raises(UsageError) as refused:
        parse_configuration("layout = 1", "a\nb")
    assert str(refused.value) == 'a\\nb:1: layout is 1; write "schema-first" or "bulk"'
