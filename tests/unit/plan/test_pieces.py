"""Keys are made in two steps where PostgreSQL can do that, and where there are rows to gain by it."""

from __future__ import annotations

import pytest

from pilotage.model.archive import ArchiveEntry
from pilotage.model.catalog import Catalog, ConstraintKind, TableKind
from pilotage.model.choices import OrphanChoice
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.orphans import BrokenKey, Orphans
from pilotage.model.plan import AddConstraint, AddForeignKey, BuildIndex, Plan, ValidateForeignKey
from pilotage.plan import make_plan
from pilotage.plan.orphans import with_orphans
from tests.archives import archive_of, constraint_entry, entry
from tests.catalogs import catalog, constraint, foreign_key, index, named, table

KEY = "ALTER TABLE ONLY public.t\n    ADD CONSTRAINT {} {};\n"


def source(rows: int = 3, kind: TableKind = TableKind.TABLE, **about: object) -> Catalog:
    """A table with one unique index, which a constraint of the same name owns."""
    own = {"unique": True, **about}
    return catalog(
        tables=(table("t", rows=rows, kind=kind),),
        constraints=(constraint("t", "k", kind=ConstraintKind.UNIQUE),),
        indexes=(index("t", "k", **own),),  # type: ignore[arg-type] # each test's own
    )


def plan_of(found: Catalog, *entries: ArchiveEntry) -> Plan:
    return make_plan(found, archive_of(found, *entries))


def pieces(found: Catalog, each: ArchiveEntry) -> tuple[list[BuildIndex], AddConstraint]:
    steps = plan_of(found, each).steps
    (adding,) = (step for step in steps if isinstance(step, AddConstraint))
    return [step for step in steps if isinstance(step, BuildIndex)], adding


@pytest.mark.parametrize(
    ("what", "becomes"),
    [
        ("PRIMARY KEY (id)", "PRIMARY KEY USING INDEX k"),
        ("UNIQUE (id)", "UNIQUE USING INDEX k"),
        ('UNIQUE NULLS NOT DISTINCT ("deferrable") INCLUDE (b)', "UNIQUE USING INDEX k"),
        ("UNIQUE (id) WITH (fillfactor='70') DEFERRABLE", "UNIQUE USING INDEX k DEFERRABLE"),
        (
            "PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED",
            "PRIMARY KEY USING INDEX k DEFERRABLE INITIALLY DEFERRED",
        ),
    ],
)
def test_a_key_takes_over_an_index_that_was_built_before(what: str, becomes: str) -> None:
    found = source()
    (building,), adding = pieces(found, constraint_entry(1, "t", "k", what=what, needs=(1001,)))
    assert building.sql == f"{found.indexes[0].definition};\n"
    assert building.locks == (TableLock(table=named("t"), mode=LockMode.SHARE),)
    assert building.drop_sql == "DROP INDEX public.k;\n"
    assert adding.sql == KEY.format("k", becomes)
    assert adding.cost.rows == 0 < building.cost.rows


def test_what_else_the_definition_does_stays_with_the_key() -> None:
    further = (
        "\nALTER TABLE ONLY public.t REPLICA IDENTITY USING INDEX k;\n\nALTER TABLE public.t CLUSTER ON k;\n"
    )
    definition = KEY.format("k", "PRIMARY KEY (id)") + further
    each = entry(1, "CONSTRAINT", "t k", definition=definition, tablespace="fast", needs=(1001,))
    (building,), adding = pieces(source(), each)
    assert adding.sql == KEY.format("k", "PRIMARY KEY USING INDEX k") + further
    assert building.sql.startswith("SET default_tablespace = fast;\nCREATE ")
    assert building.sql.endswith("SET default_tablespace = '';\n")


def test_hostile_names_are_read_as_names() -> None:
    name = "ADD CONSTRAINT k PRIMARY KEY (x);"
    found = catalog(
        tables=(table(name, rows=3),),
        constraints=(constraint(name, name),),
        indexes=(index(name, name, unique=True),),
    )
    (building,), adding = pieces(found, constraint_entry(1, name, name, what="PRIMARY KEY (id)"))
    assert adding.sql == (
        f'ALTER TABLE ONLY public."{name}"\n    ADD CONSTRAINT "{name}" PRIMARY KEY USING INDEX "{name}";\n'
    )
    assert building.drop_sql == f'DROP INDEX public."{name}";\n'


@pytest.mark.parametrize(
    "found",
    [
        source(rows=0),
        source(kind=TableKind.PARTITIONED),
        source(method="gist"),
        source(exclusion=True),
        source(unique=False),
        source(valid=False),
    ],
)
def test_where_nothing_is_gained_or_it_cannot_be_it_stays_one_statement(found: Catalog) -> None:
    each = constraint_entry(1, "t", "k", what="UNIQUE (id)", needs=(1001,))
    building, adding = pieces(found, each)
    assert (building, adding.sql) == ([], each.definition)


def test_a_definition_that_is_not_understood_stays_as_it_is() -> None:
    each = constraint_entry(1, "t", "k", what="EXCLUDE USING btree (id WITH =)", needs=(1001,))
    building, adding = pieces(source(), each)
    assert (building, adding.sql) == ([], each.definition)


def keys(
    rows: int = 3,
    *,
    validated: bool = True,
    kind: TableKind = TableKind.TABLE,
    referenced_kind: TableKind = TableKind.TABLE,
) -> Plan:
    found = catalog(
        tables=(table("t", rows=rows, kind=kind), table("r", rows=2, kind=referenced_kind)),
        foreign_keys=(foreign_key("t", "r", name="k", validated=validated),),
    )
    definition = "FOREIGN KEY (r_id) REFERENCES public.r(id) ON DELETE CASCADE"
    return plan_of(
        found,
        constraint_entry(
            1, "t", "k", kind="FK CONSTRAINT", what=definition + ("" if validated else " NOT VALID")
        ),
        entry(2, "COMMENT", "CONSTRAINT k ON t", needs=(1,), definition="COMMENT ON …;\n"),
    )


def test_a_key_is_added_without_looking_at_rows_and_checked_afterwards() -> None:
    plan = keys()
    (adding,) = (step for step in plan.steps if isinstance(step, AddForeignKey))
    (checking,) = (step for step in plan.steps if isinstance(step, ValidateForeignKey))
    assert adding.sql.endswith(" ON DELETE CASCADE NOT VALID;\n")
    assert checking.sql == "ALTER TABLE ONLY public.t\n    VALIDATE CONSTRAINT k;\n"
    assert checking.locks == (
        TableLock(table=named("t"), mode=LockMode.SHARE_UPDATE_EXCLUSIVE),
        TableLock(table=named("r"), mode=LockMode.ROW_SHARE),
    )
    waits = {edge.after: edge.before for edge in plan.edges if edge.before == adding.id}
    # The comment does not wait for the check.
    assert set(waits) == {checking.id, "comment public CONSTRAINT k ON t"}
    # Rows that come in under a key are checked one by one.
    before = {edge.before for edge in plan.edges if edge.after == adding.id}
    assert {"rows public.t", "rows public.r"} <= before


@pytest.mark.parametrize(
    "plan",
    [
        keys(rows=0),
        keys(validated=False),
        keys(kind=TableKind.PARTITIONED),
        keys(referenced_kind=TableKind.PARTITIONED),
    ],
)
def test_keys_that_cannot_be_or_need_not_be_checked_apart_are_one_statement(plan: Plan) -> None:
    assert not any(isinstance(step, ValidateForeignKey) for step in plan.steps)
    (adding,) = (step for step in plan.steps if isinstance(step, AddForeignKey))
    assert adding.sql.count("NOT VALID") == ("UNVALIDATED" in {h.kind.name for h in adding.hazards})


def test_a_key_that_rows_of_the_source_break_is_not_checked() -> None:
    plan = keys()
    key = foreign_key("t", "r", name="k")
    orphans = Orphans(
        choice=OrphanChoice.NOT_VALID, broken=(BrokenKey(key=key, rows=1, examples=(), query=""),)
    )
    left = with_orphans(plan, orphans)
    assert not any(isinstance(step, ValidateForeignKey) for step in left.steps)
    (adding,) = (step for step in left.steps if isinstance(step, AddForeignKey))
    assert adding.sql.count("NOT VALID") == 1
    assert {edge.after for edge in left.edges} <= {step.id for step in left.steps}
