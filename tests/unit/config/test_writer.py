"""What is written reads back as it was, and no name or comment changes what a file means."""

from __future__ import annotations

import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.config.reader import parse_configuration
from pilotage.config.records import Configuration, GroupRequest, TablePattern
from pilotage.config.toml_text import basic_string, key, visible
from pilotage.config.writer import configuration_toml
from tests.unit.config.drawn import NOWHERE, configurations, hostile_text


def without_positions(configuration: Configuration) -> Configuration:
    return msgspec.structs.replace(
        configuration,
        groups=tuple(
            msgspec.structs.replace(
                group,
                position=NOWHERE,
                tables=tuple(TablePattern(text=each.text, position=NOWHERE) for each in group.tables),
            )
            for group in configuration.groups
        ),
    )


@given(configurations(), hostile_text, hostile_text)
def test_a_configuration_reads_back_as_it_was_written(
    configuration: Configuration, comment: str, heading: str
) -> None:
    text = configuration_toml(
        configuration,
        heading=heading,
        group_comments={group.name: comment for group in configuration.groups},
        table_comments={each.text: comment for group in configuration.groups for each in group.tables},
    )
    assert without_positions(parse_configuration(text, "p.toml")) == configuration


@given(configurations())
def test_every_group_and_table_stands_where_its_position_says(configuration: Configuration) -> None:
    text = configuration_toml(configuration)
    lines = text.split("\n")
    for group in parse_configuration(text, "p.toml").groups:
        assert lines[group.position.line - 1] == "[[group]]"
        for each in group.tables:
            assert lines[each.position.line - 1] == f"  {basic_string(each.text)},"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_string_is_one_line_and_toml_reads_it_back(text: str) -> None:
    line = f"{key(text)} = {basic_string(text)}"
    assert line.splitlines() == [line]
    assert tomllib.loads(line) == {text: text}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_comment_is_one_line_that_toml_passes_over(text: str) -> None:
    comment = f"# {visible(text)}"
    assert comment.splitlines() == [comment]
    assert tomllib.loads(comment) == {}


@pytest.mark.parametrize(
    "hidden",
    [
        "\n",
        "\r",
        "\t",
        "\x00",
        "\x1b",
        "\x7f",
        "\x85",
        "\u00a0",
        "\u200b",
        "\u202e",
        "\u2028",
        "\u2029",
        "\U000e0041",
    ],
)
def test_what_cannot_be_seen_is_written_as_an_escape(hidden: str) -> None:
    for written in (visible(hidden), basic_string(hidden)):
        assert written.isascii()
        assert written.isprintable()
    assert tomllib.loads(f"k = {basic_string(hidden)}") == {"k": hidden}


def test_a_suggestion_is_good_to_read() -> None:
    def group(name: str, title: str, *tables: str, number: int | None = None) -> GroupRequest:
        return GroupRequest(
            name=name,
            title=title,
            purpose="What all need" if number else "",
            tables=tuple(TablePattern(text=table, position=NOWHERE) for table in tables),
            schema_number=number,
            data_number=number and number + 9,
            position=NOWHERE,
        )

    written = configuration_toml(
        Configuration(
            source="env:HOTEL_SOURCE",
            groups=(
                group("foundation", "Foundation", "tenant_registry", "hotels", number=1),
                group("odd", 'The "odd"', 'public."a\nb"'),
            ),
        ),
        heading="Suggested for the database hotel",
        group_comments={
            "foundation": "Tables that most others reference, whatever part of the business those belong to, "
            "and tables\nthat none do"
        },
        table_comments={"tenant_registry": "17 tables reference it", 'public."a\nb"': "x\ny = 1"},
    )
    assert written == (
        """\
# Suggested for the database hotel

source = "env:HOTEL_SOURCE"
layout = "schema-first"
unlisted = "error"

[scope]
schemas = []
exclude = []

[data]
format = "copy"
split = "64MB"

# Tables that most others reference, whatever part of the business those belong to, and tables\\nthat
# none do
[[group]]
name = "foundation"
title = "Foundation"
purpose = "What all need"
schema_file = 1
data_file = 10
tables = [
  "tenant_registry",  # 17 tables reference it
  "hotels",
]

[[group]]
name = "odd"
title = "The \\"odd\\""
tables = [
  "public.\\"a\\nb\\"",  # x\\ny = 1
]
"""
    )
