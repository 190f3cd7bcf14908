"""Sizes are read as PostgreSQL writes them, and written exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.config.sizes import exact_size, parse_size
from pilotage.report.figures import size


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("64MB", 67_108_864),
        ("512 kB", 524_288),
        ("512 KB", 524_288),
        ("1GB", 1_073_741_824),
        ("3 tb", 3 * 1024**4),
        ("100 bytes", 100),
        ("100B", 100),
    ],
)
def test_a_size_is_read(text: str, number: int) -> None:
    assert parse_size(text) == number


@pytest.mark.parametrize(
    "text", ["", "64", "MB", "64 megs", "-1MB", "1.5GB", "1 GB ", "\u0661MB", "1_000 kB", "0x1MB"]
)
def test_what_is_no_size_is_not_guessed(text: str) -> None:
    assert parse_size(text) is None


@given(st.integers(0, 2**63 - 1) | st.integers(0, 5000).map(lambda number: number * 1024**2))
def test_a_size_that_was_written_reads_back(number: int) -> None:
    assert parse_size(exact_size(number)) == number


@given(st.integers(0, 2**63 - 1))
def test_what_a_report_prints_is_a_size(number: int) -> None:
    assert parse_size(size(number)) is not None


def test_the_largest_exact_unit_is_chosen() -> None:
    assert [exact_size(number) for number in (64 * 1024**2, 1024**3, 1536, 1000)] == [
        "64MB",
        "1GB",
        "1536 bytes",
        "1000 bytes",
    ]
