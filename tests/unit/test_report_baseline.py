from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pilotage.model.catalog import Catalog
from pilotage.plan.order import order_tables
from pilotage.report.baseline import baseline_markdown
from pilotage.report.foreign_keys import foreign_keys_json
from pilotage.report.summary import inspect_summary
from tests.catalogs import HOSTILE, catalog, foreign_key, harbour, table
from tests.unit.screens import expect_transcript, screen


def test_the_baseline_of_a_small_database(tmp_path: Path) -> None:
    source = harbour()
    expect_transcript("baseline.md", baseline_markdown(source, order_tables(source)), tmp_path)


def test_the_foreign_keys_of_a_small_database(tmp_path: Path) -> None:
    source = harbour()
    encoded = foreign_keys_json(source, order_tables(source))
    expect_transcript("foreign_keys.json", encoded.decode(), tmp_path)


def test_the_json_names_every_key_by_its_columns_and_its_place() -> None:
    source = harbour()
    keys = json.loads(foreign_keys_json(source, order_tables(source)))["foreign_keys"]
    assert len(keys) == len(source.foreign_keys)
    hostile = next(key for key in keys if key["columns"] == ["x\ny"])
    assert hostile["table"] == 'public."' + HOSTILE + '"'
    assert [key["name"] for key in keys if not key["in_scope"]] == ["ports_places_id_fkey"]
    assert {key["table"] for key in keys if key["self_reference"]} == {"public.crew"}
    assert {key["depth"] for key in keys if key["table"] == "public.logbook"} == {3}


@pytest.mark.parametrize("width", [100, 80])
def test_the_summary_of_a_small_database(width: int, tmp_path: Path) -> None:
    source = harbour()
    text = screen(inspect_summary(source, order_tables(source)), width)
    expect_transcript(f"summary-{width}.txt", text, tmp_path)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_the_summary_of_a_large_database_still_fits_one_screen(width: int) -> None:
    source = chains(1_200)
    lines = screen(inspect_summary(source, order_tables(source)), width).splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= 50


def test_an_empty_database_has_a_baseline_and_a_summary() -> None:
    empty = catalog()
    order = order_tables(empty)
    assert "- Tables: 0 with 0 rows, 0 bytes and 0 bytes of indexes" in baseline_markdown(empty, order)
    assert "nothing" in screen(inspect_summary(empty, order), 80)


def test_a_hostile_name_stays_within_its_cell() -> None:
    source = harbour()
    text = baseline_markdown(source, order_tables(source))
    assert not any(unicodedata.category(each) == "Cc" for each in text.replace("\n", ""))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    cells_of_rows: list[int] = []
    for token in tokens:
        if token.type == "tr_open":
            cells_of_rows.append(0)
        elif token.type in {"td_open", "th_open"}:
            cells_of_rows[-1] += 1
        assert token.type != "html_block"
        for child in token.children or ():
            assert child.type != "html_inline" or child.content in {"<code>", "</code>"}
    tables = [token for token in tokens if token.type == "table_open"]
    assert len(cells_of_rows) > len(tables) > 5
    headings = [token for token in tokens if token.type == "heading_open"]
    assert len(headings) == 16


def test_a_hostile_name_does_not_reach_the_terminal_raw() -> None:
    source = harbour()
    text = screen(inspect_summary(source, order_tables(source)), 100)
    assert "\x1b" not in text
    assert r"\001B[2J" in text


def chains(tables: int) -> Catalog:
    """Several long chains side by side, all from one root."""
    names = [f"table_number_{number:04}" for number in range(tables)]
    keys = [foreign_key(name, names[max(0, number - 40)]) for number, name in enumerate(names) if number]
    return catalog([table(name, rows=number) for number, name in enumerate(names)], keys)
