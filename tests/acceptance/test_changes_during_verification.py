"""Somebody changes the structure while verification reads: it says so, and takes nothing for a difference."""

from __future__ import annotations

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import RefusedError
from pilotage.model.run import Comparing
from pilotage.model.verdict import Outcome, Verdict
from pilotage.verify import verify
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

KEPT = """
CREATE TABLE kept (id int PRIMARY KEY, note text);
INSERT INTO kept SELECT n, 'note ' || n FROM generate_series(1, 1000) AS n;
"""


async def verified(
    source: ConnectionParameters, target: ConnectionParameters, *, during: str, change: str
) -> Verdict:
    """Verify, and change the target when that part begins."""
    changes: list[str] = []

    def on_event(event: Comparing) -> None:
        if event.what == during and not changes:
            changes.append(run_psql(target, f"SET lock_timeout = '20s'; {change};"))

    async with connect(source) as left, connect(target) as right:
        verdict = await verify(left, right, on_event=on_event)
    assert changes
    return verdict


async def test_of_a_table_that_is_emptied_no_rows_are_told_to_be_missing(new_database: Databases) -> None:
    source, target = new_database(18, sql=KEPT), new_database(18, "target", sql=KEPT)

    verdict = await verified(
        source, target, during="definitions, and numbers of rows", change="TRUNCATE kept"
    )

    assert verdict.differences == ()
    assert verdict.outcome is Outcome.INCOMPLETE
    (line,) = [line for line in verdict.not_checked if line.startswith("contents of public.kept: ")]
    assert "emptied or rewritten meanwhile" in line


@pytest.mark.parametrize("during", ["large objects", "indexes", "what roles see and may do"])
async def test_a_table_that_is_dropped_is_told_in_words(during: str, new_database: Databases) -> None:
    source, target = new_database(18, sql=KEPT), new_database(18, "target", sql=KEPT)

    with pytest.raises(RefusedError, match="something was dropped or altered in the meantime"):
        await verified(source, target, during=during, change="DROP TABLE kept")
