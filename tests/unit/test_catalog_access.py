"""What a role is told that cannot read everything."""

from __future__ import annotations

import msgspec
import pytest

from pilotage.catalog.access import ensure_readable
from pilotage.catalog.facts import TableFacts
from pilotage.errors import RefusedError
from tests import catalogs


def table(name: str, *, readable: bool = True, rows_hidden: bool = False) -> TableFacts:
    known = msgspec.structs.asdict(catalogs.table(name))
    return TableFacts(**known, oid=1, readable=readable, rows_hidden=rows_hidden)


def refusal(*tables: TableFacts) -> str:
    with pytest.raises(RefusedError) as refused:
        ensure_readable("me", tables=tables)
    return str(refused.value)


def test_a_role_that_can_read_everything_is_let_through() -> None:
    ensure_readable("me", tables=[table("a")])


def test_missing_privileges_and_row_security_are_told_apart_and_together() -> None:
    message = refusal(
        table("a", readable=False), table("b", rows_hidden=True), table("c", readable=False, rows_hidden=True)
    )
    assert message == (
        "role me has no privilege to read table public.a, table public.c, "
        "and is kept by row level security from seeing all rows of table public.b; "
        "connect as a superuser or as the owner (where row security is not forced upon owners), "
        "or give the role SELECT on these and USAGE on their schemas (or membership in pg_read_all_data) "
        "and the attribute BYPASSRLS"
    )


def test_a_long_list_is_cut_and_counted() -> None:
    message = refusal(*(table(f"t{number:02}", rows_hidden=True) for number in range(23)))
    assert "table public.t19 and 3 more;" in message
    assert "t20" not in message
