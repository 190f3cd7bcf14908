"""Quoting agrees with a real server's, for every keyword and for names that nobody would choose."""

from __future__ import annotations

import random

import msgspec
import pytest

from pilotage.connection import connect
from pilotage.model.names import KEYWORDS, quote_identifier, quote_literal
from tests.servers_at_hand import Databases

ALPHABET = "aZ0_ $.,;:'\"`\\/!@#%&*()[]{}<>|-+=?~^\n\r\t\x01\x1b\x7féß漢🚢\u202e\u2028"
SEED = 20_260_101


def awkward_names() -> list[str]:
    """A thousand names, the same on every run, none longer than PostgreSQL keeps (63 bytes)."""
    dice = random.Random(SEED)  # noqa: S311 - names, not secrets
    drawn = {"".join(dice.choices(ALPHABET, k=dice.randint(1, 12))) for _ in range(1000)}
    return sorted(name for name in drawn if len(name.encode()) <= 63)


@pytest.mark.servers(18)
async def test_every_name_is_quoted_as_the_server_does(new_database: Databases) -> None:
    async with connect(new_database(18)) as session:
        known = await session.value("SELECT array_agg(word::text) FROM pg_get_keywords()")
        names = [*awkward_names(), *known, *KEYWORDS, ""]
        theirs = await session.value(
            "SELECT array_agg(quote_ident(name) ORDER BY place) "
            "FROM unnest($1::text[]) WITH ORDINALITY AS given (name, place)",
            names,
        )
    assert len(known) > len(KEYWORDS)
    assert [quote_identifier(name) for name in names] == theirs


async def test_quoted_names_are_read_back(new_database: Databases) -> None:
    names = awkward_names()
    columns = ", ".join(f"1 AS {quote_identifier(name)}" for name in names)
    async with connect(new_database(18)) as session:
        record = await session.value(f"SELECT to_json(row)::text FROM (SELECT {columns}) AS row")
    assert list(msgspec.json.decode(record)) == names


@pytest.mark.parametrize("conforming", ["on", "off"])
async def test_quoted_texts_are_read_back_under_every_setting(
    conforming: str, new_database: Databases
) -> None:
    texts = [*awkward_names(), "", "\\", "'", "\\'", "E'x'"]
    literals = ", ".join(map(quote_literal, texts))
    async with connect(new_database(18)) as session:
        await session.run(f"SET standard_conforming_strings = {conforming}; SET escape_string_warning = off")
        assert await session.value(f"SELECT ARRAY[{literals}]") == texts
