"""What pg_dump would drop is dropped so that it may be gone already, and nothing cascades."""

from __future__ import annotations

import pytest

from pilotage.files.drops import drop_statement, steps_to_undo
from pilotage.model.names import QualifiedName
from pilotage.model.plan import AddConstraint, BuildIndex, RefreshView, RunDdl, Stage

TABLE = QualifiedName("public", "t")


def ddl(drop_sql: str, kind: str = "TABLE") -> RunDdl:
    return RunDdl(
        id="x", group="", reason="", stage=Stage.STRUCTURE, kind=kind, object="x", sql="", drop_sql=drop_sql
    )


@pytest.mark.parametrize(
    ("drop_sql", "undone"),
    [
        ('DROP TABLE public."DROP TABLE x";\n', 'DROP TABLE IF EXISTS public."DROP TABLE x";\n'),
        ("DROP MATERIALIZED VIEW a.b;\n", "DROP MATERIALIZED VIEW IF EXISTS a.b;\n"),
        ("DROP OPERATOR CLASS a.b USING btree;\n", "DROP OPERATOR CLASS IF EXISTS a.b USING btree;\n"),
        ("DROP CAST (a.b AS text);\n", "DROP CAST IF EXISTS (a.b AS text);\n"),
        ("DROP USER MAPPING FOR a SERVER b;\n", "DROP USER MAPPING IF EXISTS FOR a SERVER b;\n"),
        ("DROP FUNCTION a.f(text, a.b);\n", "DROP FUNCTION IF EXISTS a.f(text, a.b);\n"),
        (
            "ALTER TABLE ONLY public.t DROP CONSTRAINT c;\n",
            "ALTER TABLE IF EXISTS ONLY public.t DROP CONSTRAINT IF EXISTS c;\n",
        ),
        (
            'ALTER TABLE ONLY public."p q" DROP CONSTRAINT c;\n',
            'ALTER TABLE IF EXISTS public."p q" DROP CONSTRAINT IF EXISTS c;\n',
        ),
        (
            "ALTER TABLE public.t ALTER COLUMN id DROP DEFAULT;\n",
            "ALTER TABLE IF EXISTS public.t ALTER COLUMN id DROP DEFAULT;\n",
        ),
        ("ALTER DOMAIN a.b DROP CONSTRAINT c;\n", "ALTER DOMAIN a.b DROP CONSTRAINT IF EXISTS c;\n"),
        ("ALTER PUBLICATION p DROP TABLE ONLY public.t;\n", ""),
        ("-- *not* dropping schema, since initdb creates it\n", ""),
        ("", ""),
    ],
)
def test_drops_may_find_nothing(drop_sql: str, undone: str) -> None:
    assert drop_statement(ddl(drop_sql), {'public."p q"'}) == undone


def test_a_subscription_lets_go_of_the_sources_slot_first() -> None:
    assert drop_statement(ddl('DROP SUBSCRIPTION "s s";\n', "SUBSCRIPTION"), ()) == (
        'ALTER SUBSCRIPTION "s s" DISABLE;\n'
        'ALTER SUBSCRIPTION "s s" SET (slot_name = NONE);\n'
        'DROP SUBSCRIPTION IF EXISTS "s s";\n'
    )


def test_a_refresh_is_undone_by_emptying() -> None:
    step = RefreshView(id="x", group="", reason="", view=QualifiedName("a", "V"), sql="")
    assert drop_statement(step, ()) == 'REFRESH MATERIALIZED VIEW a."V" WITH NO DATA;\n'


def index(name: str, drop_sql: str) -> BuildIndex:
    return BuildIndex(
        id=f"{name}{drop_sql}",
        group="",
        reason="",
        index=QualifiedName("public", name),
        table=TABLE,
        method="btree",
        sql="",
        drop_sql=drop_sql,
    )


def test_last_comes_first_and_what_is_attached_goes_with_what_it_is_attached_to() -> None:
    key = AddConstraint(
        id="key", group="", reason="", constraint="part_pkey", table=TABLE, sql="", drop_sql="DROP …"
    )
    whole, part = index("whole", "DROP INDEX public.whole;"), index("part", "DROP INDEX public.part;")
    steps = (whole, part, key, index("part", ""), index("part_pkey", ""))
    assert [step.id for step in steps_to_undo(steps) if drop_statement(step, ())] == [whole.id]
