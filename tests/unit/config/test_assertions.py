"""Assertions of a configuration: read, written back, and refused with everything that is wrong."""

from __future__ import annotations

import pytest

from pilotage.config.reader import parse_configuration
from pilotage.config.records import AssertedOn, Assertion
from pilotage.config.writer import configuration_toml
from pilotage.errors import UsageError


def test_assertions_are_read_and_written_back() -> None:
    text = """
[[assert]]
name = "bookings"
sql = '''SELECT count(*) FROM "a b".bookings
  -- all of them'''

[[assert]]
name = "none"
sql = "SELECT 1"
expect = 0
on = "target"
timeout = 5

[[assert]]
name = "truth"
sql = "SELECT true"
expect = true

[[assert]]
name = "nothing"
sql = "SELECT ''"
expect = ""
"""
    assertions = parse_configuration(text, "pilotage.toml").assertions
    assert assertions == (
        Assertion(name="bookings", sql='SELECT count(*) FROM "a b".bookings\n  -- all of them'),
        Assertion(name="none", sql="SELECT 1", expect="0", on=AssertedOn.TARGET, seconds=5),
        Assertion(name="truth", sql="SELECT true", expect="t"),
        Assertion(name="nothing", sql="SELECT ''", expect=""),
    )
    written = configuration_toml(parse_configuration(text, "pilotage.toml"))
    assert parse_configuration(written, "again.toml").assertions == assertions


def test_everything_that_is_wrong_with_assertions_is_said_at_once() -> None:
    text = """
[[assert]]
sql = "SELECT 1"

[[assert]]
name = "a"
on = "source"

[[assert]]
name = "a"
sql = "SELECT 1"
expect = 1.5
timeout = 0
expected = 3

[[assert]]
name = "a"
sql = "SELECT 2"
on = "here"
"""
    with pytest.raises(UsageError) as refused:
        parse_configuration(text, "pilotage.toml")
    assert str(refused.value).splitlines() == [
        'pilotage.toml:2: the assertion has no name; give it one, such as name = "no booking ends before it '
        'begins"',
        'pilotage.toml:5: the assertion has no sql; give it one, such as sql = "SELECT count(*) FROM '
        'app.orders"',
        "pilotage.toml:7: the assertion is asked at the source alone and expects nothing; say what: "
        'expect = "0", or ask both ends',
        "pilotage.toml:12: assert.expect is 1.5; write a text in double quotes, a whole number, or true or "
        "false",
        "pilotage.toml:13: assert.timeout is 0; write a whole number, 1 to 86400",
        'pilotage.toml:14: unknown key "expected"; did you mean expect?',
        'pilotage.toml:17: an assertion called "a" is at pilotage.toml:9 already; rename one',
        'pilotage.toml:19: assert.on is "here"; write "source" or "target" or "both"',
    ]
