"""Where one process has as much to copy as it can, others copy too, under the same journal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pilotage.connection import ConnectionParameters
from pilotage.execute import Limits, worker
from pilotage.execute.child_copier import ChildCopier
from pilotage.migrate import migrate
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome
from pilotage.programs import find_installations
from tests.servers_at_hand import Databases

TABLES = """
CREATE TABLE one (id int PRIMARY KEY, t text);
INSERT INTO one SELECT n, repeat('x', n % 90) FROM generate_series(1, 30000) AS n;
CREATE TABLE two (id int PRIMARY KEY, one int REFERENCES one, at timestamptz);
INSERT INTO two SELECT n, n, 'epoch'::timestamptz + n * interval '1 hour' FROM generate_series(1, 30000) AS n;
"""


@pytest.mark.servers(18)
async def test_children_copy_what_this_process_cannot(
    new_database: Databases,
    data_dump: Callable[[ConnectionParameters], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, target = new_database(18, sql=TABLES), new_database(18, "target")
    monkeypatch.setattr(worker, "COPIES_PER_PROCESS", 0)
    monkeypatch.setattr(worker, "ELSEWHERE_FROM", 1)
    monkeypatch.setattr(worker, "FREEZE_FROM", 1)
    copied: list[str] = []
    copy = ChildCopier.copy

    async def counted(self: ChildCopier, step, *arguments, **options):  # type: ignore[no-untyped-def]
        copied.append(step.id)
        return await copy(self, step, *arguments, **options)

    monkeypatch.setattr(ChildCopier, "copy", counted)

    migration = await migrate(
        source,
        target,
        scope=Scope(),
        installations=find_installations(),
        limits=Limits(jobs=2),
        on_event=lambda _event: None,
    )

    assert migration.verdict is not None
    assert migration.verdict.outcome is Outcome.EQUAL
    # The smaller ones may share a transaction, which stays in this process.
    assert copied
    assert data_dump(target) == data_dump(source)
