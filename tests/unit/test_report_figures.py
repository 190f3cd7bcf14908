from __future__ import annotations

import pytest

from pilotage.report.figures import count, counted, duration, rate, size, size_rate, span


@pytest.mark.parametrize(
    ("number", "printed"),
    # What pg_size_pretty(bigint) of PostgreSQL 18 prints.
    [
        (0, "0 bytes"),
        (10_239, "10239 bytes"),
        (10_240, "10 kB"),
        (10_751, "10 kB"),
        (10_752, "11 kB"),
        (1_048_576, "1024 kB"),
        (10_484_735, "10239 kB"),
        (10_485_247, "10239 kB"),
        (10_485_760, "10 MB"),
        (123_456_789, "118 MB"),
        (99_999_999_999, "93 GB"),
        (10_240, "10 kB"),
        (-10_751, "-10 kB"),
        (-99_999_999, "-95 MB"),
    ],
)
def test_sizes_print_as_postgresql_prints_them(number: int, printed: str) -> None:
    assert size(number) == printed


@pytest.mark.parametrize(
    ("seconds", "printed"),
    [
        (0.0, "0 ms"),
        (0.0124, "12 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (185.2, "3 min 05 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (7620.0, "2 h 07 min"),
        (100_000.0, "27 h 47 min"),
    ],
)
def test_durations_have_about_three_digits(seconds: float, printed: str) -> None:
    assert duration(seconds) == printed


def test_counts_say_what_they_count() -> None:
    assert [counted(number, "table") for number in (0, 1, 1041)] == ["0 tables", "1 table", "1,041 tables"]
    assert counted(2, "index", "indexes") == "2 indexes"
    assert count(None) == "not counted"
    assert (span(3, 3), span(2, 4)) == ("3", "2 to 4")


def test_a_rate_over_no_time_is_unknown() -> None:
    assert (rate(10_000, 4, "rows"), rate(10, 0, "rows")) == ("2,500 rows/s", "unknown rows/s")
    assert (size_rate(100_000_000, 2), size_rate(1, 0)) == ("48 MB/s", "unknown MB/s")
