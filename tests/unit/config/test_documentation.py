"""The documentation's examples are configurations, and it names every key that the reader knows."""

from __future__ import annotations

import re

import pytest

from pilotage.config.reader import KNOWN_KEYS, parse_configuration, read_configuration
from pilotage.config.records import DEFAULT_SPLIT_BYTES, Assertion, Configuration, Unlisted
from pilotage.config.sizes import exact_size
from pilotage.errors import UsageError
from pilotage.model.choices import Layout
from tests.servers_at_hand import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "configuration.md"
HOTEL = REPOSITORY / "examples" / "hotel" / "pilotage.toml"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_every_example_is_a_configuration() -> None:
    examples = blocks("toml")
    assert len(examples) == 3
    for example in examples:
        assert parse_configuration(example, "pilotage.toml").groups


def test_the_faulty_example_gives_the_messages_that_follow_it() -> None:
    (faulty,), (messages,) = blocks("toml faulty"), blocks("text")
    with pytest.raises(UsageError) as refused:
        parse_configuration(faulty, "pilotage.toml")
    assert f"{refused.value}\n" == messages


def test_the_first_example_shows_every_key() -> None:
    example = blocks("toml")[0]
    for key in (key for keys in KNOWN_KEYS.values() for key in keys):
        assert re.search(rf"^\[*(\w+\.)?{key}\b", example, re.MULTILINE), key


def test_the_tables_list_the_keys_that_the_reader_knows() -> None:
    documented = re.findall(r"^\| `([a-z_.]+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    known = [
        f"{section}.{key}" if section else key
        for section, keys in KNOWN_KEYS.items()
        for key in keys
        if section or key not in KNOWN_KEYS  # a table's own keys are listed, not the table
    ]
    assert documented == known


def test_the_documented_defaults_are_the_defaults() -> None:
    defaults = dict(
        re.findall(r"^\| `([a-z_.]+)` \| [^|]* \| `([^`]+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    )
    assert defaults == {
        "layout": f'"{Configuration().layout}"',
        "unlisted": f'"{Configuration().unlisted}"',
        "orphans": f'"{Configuration().orphans}"',
        "scope.schemas": str(list(Configuration().scope.include)),
        "scope.exclude": str(list(Configuration().scope.exclude)),
        "data.format": f'"{Configuration().data_format}"',
        "data.split": f'"{exact_size(DEFAULT_SPLIT_BYTES)}"',
        "assert.on": f'"{Assertion(name="", sql="").on}"',
        "assert.timeout": str(Assertion(name="", sql="").seconds),
        **{
            f"roles.{name}": "true" if getattr(Configuration().roles, name) else "false"
            for name in ("owners", "privileges", "create", "superuser", "database_settings", "tablespaces")
        },
    }


def test_the_hotel_example_is_the_reference_plan() -> None:
    hotel = read_configuration(HOTEL)
    assert hotel.layout is Layout.SCHEMA_FIRST
    assert hotel.unlisted is Unlisted.INFER
    assert hotel.scope.include == ("public",)
    assert [
        (group.name, len(group.tables), group.schema_number, group.data_number) for group in hotel.groups
    ] == [
        ("foundation", 9, 1, 10),
        ("catalog", 4, 2, 11),
        ("operations", 7, 3, 12),
        ("reservations", 15, 4, 13),
        ("integrations", 3, 6, 15),
    ]
    listed = [pattern.text for group in hotel.groups for pattern in group.tables]
    assert len(listed) == 38
    assert list(hotel.expect.rows_of) == listed
    assert (hotel.expect.tables, hotel.expect.foreign_keys, hotel.expect.rows) == (41, 46, 6943)
    assert sum(hotel.expect.rows_of.values()) == 6943
