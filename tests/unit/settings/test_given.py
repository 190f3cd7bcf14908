"""Settings that the user asks for are read; those that a run's correctness rests on are refused."""

from __future__ import annotations

import pytest

from pilotage.errors import ServerError, UsageError
from pilotage.model.preflight import End
from pilotage.settings import is_out_of_shared_memory, parse_given


def test_each_end_has_its_own_and_the_last_one_of_a_name_holds() -> None:
    given = parse_given(["work_mem=8MB"], ["Work_Mem=1MB", "work_mem = 2MB", "application_name=a=b"])

    assert given.of(End.SOURCE) == {"work_mem": "8MB"}
    assert given.of(End.TARGET) == {"work_mem": "2MB", "application_name": "a=b"}


@pytest.mark.parametrize("text", ["", "work_mem", "=4MB", "work mem=4MB", 'a"; DROP TABLE x; --=1', "a=\0"])
def test_what_is_no_setting_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--set-target takes NAME=VALUE"):
        parse_given([], [text])


@pytest.mark.parametrize(
    "name",
    """search_path datestyle IntervalStyle extra_float_digits bytea_output row_security client_encoding
    xmloption standard_conforming_strings session_replication_role role session_authorization TimeZone
    default_transaction_read_only transaction_isolation zero_damaged_pages""".split(),
)
def test_what_correctness_rests_on_is_refused_at_both_ends(name: str) -> None:
    with pytest.raises(UsageError, match=f"--set-source: {name.lower()} is pilotage's own to set"):
        parse_given([f"{name}=x"], [])
    with pytest.raises(UsageError, match="--set-target"):
        parse_given([], [f"{name}=x"])


def test_a_time_out_may_be_set() -> None:
    assert parse_given([], ["statement_timeout=2h"]).of(End.TARGET) == {"statement_timeout": "2h"}


@pytest.mark.parametrize(
    ("sqlstate", "message", "short"),
    [
        (
            "53100",
            'could not resize shared memory segment "/PostgreSQL.12" to 9 bytes: No space left on device',
            True,
        ),
        ("53200", 'could not resize shared memory segment "/PostgreSQL.12" to 9 bytes: Out of memory', True),
        ("53100", 'could not extend file "base/5/16384": No space left on device', False),
        ("53200", "out of shared memory", False),
        ("23505", 'could not create unique index "/PostgreSQL.12"', False),
    ],
)
def test_a_build_is_tried_again_only_where_shared_memory_was_short(
    sqlstate: str, message: str, short: bool
) -> None:
    assert is_out_of_shared_memory(ServerError(message, sqlstate=sqlstate)) is short
