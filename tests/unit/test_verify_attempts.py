"""What is told of a server's error: never a value of a row."""

from __future__ import annotations

import pytest

from pilotage.errors import ServerError
from pilotage.verify.soundness.attempts import without_values


@pytest.mark.parametrize(
    ("sqlstate", "message", "told"),
    [
        (
            "22P02",
            'invalid input syntax for type integer: "secret"',
            "invalid input syntax for type integer (SQLSTATE 22P02)",
        ),
        ("22003", 'value "12345678901" is out of range for type integer', "value (SQLSTATE 22003)"),
        ("P0001", "not allowed:\nsecret", "a function raises an error (SQLSTATE P0001)"),
        (
            "42883",
            'function "odd name"(integer) does not exist',
            'function "odd name"(integer) does not exist',
        ),
    ],
)
def test_a_value_is_not_told(sqlstate: str, message: str, told: str) -> None:
    assert without_values(ServerError(message, sqlstate=sqlstate, detail="secret")) == told
