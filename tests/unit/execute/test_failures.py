"""A step that is recorded already is told from what a server refuses for the same reason."""

from __future__ import annotations

import pytest

from pilotage.errors import ServerError
from pilotage.execute.failures import is_recorded_already
from pilotage.journal.tables import CREATE, DONE_TWICE


@pytest.mark.parametrize(
    "message",
    [
        'duplicate key value violates unique constraint "{}"',
        "doppelter Schlüsselwert verletzt Unique-Constraint »{}«",
    ],
)
def test_the_journal_refuses_a_step_in_any_language(message: str) -> None:
    assert f"CONSTRAINT {DONE_TWICE} PRIMARY KEY" in CREATE
    error = ServerError(message.format(DONE_TWICE), sqlstate="23505")
    assert is_recorded_already(error, DONE_TWICE)


def test_a_users_table_may_be_named_as_the_journals() -> None:
    error = ServerError('could not create unique index "done_pkey"', sqlstate="23505")
    assert not is_recorded_already(error, DONE_TWICE)
