"""Large objects in a plan: ranges that leave no OID out, and statements as pg_restore would send them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.errors import RefusedError
from pilotage.model.large_objects import LargeObject, LargeObjects, Privilege, SecurityLabel
from pilotage.model.names import QualifiedName
from pilotage.model.plan import EdgeReason, LoadTable, Stage
from pilotage.model.roles import RoleChoices, RoleMapping
from pilotage.plan import make_plan
from pilotage.plan.large_objects import description_statements, large_object_steps
from tests import archives, catalogs
from tests.strategies import large_objects


@given(large_objects(), st.integers(1, 2**32 - 1))
def test_every_oid_is_in_one_step(batches: list[LargeObjects], oid: int) -> None:
    steps = list(large_object_steps(catalogs.catalog(large_objects=batches)))
    assert sum(step.first <= oid <= step.last for step in steps) == bool(batches)
    assert [step.number for step in steps] == [batch.number for batch in batches]


def test_objects_that_may_not_be_read_make_no_plan() -> None:
    source = catalogs.catalog(
        large_objects=[catalogs.large_objects(5, 9, 3), catalogs.large_objects(12, 40, 5, unreadable=2)]
    )
    with pytest.raises(RefusedError, match=r"2 of 8 large objects .* between 12 and 40"):
        list(large_object_steps(source))


def object_of(*privileges: tuple[str, str, str, bool], comment: str | None = None) -> LargeObject:
    return LargeObject(
        oid=77,
        owner="ann",
        bytes=1,
        privileges=tuple(
            Privilege(grantor=grantor, grantee=grantee, privilege=word, grantable=grantable)
            for grantor, grantee, word, grantable in privileges
        ),
        comment=comment,
        labels=(),
    )


OWN = (("ann", "ann", "SELECT", False), ("ann", "ann", "UPDATE", False))


def statements(each: LargeObject, choices: RoleChoices | None = None) -> list[str]:
    return [text.rstrip("\n") for text in description_statements(each, choices or RoleChoices())]


def test_an_owner_with_all_privileges_needs_no_grant() -> None:
    assert statements(object_of(*OWN)) == ["ALTER LARGE OBJECT 77 OWNER TO ann;"]


def test_what_others_granted_is_granted_by_them_and_last() -> None:
    given_ = object_of(("bob", "", "SELECT", False), *OWN, ("ann", "bob", "SELECT", True))
    assert statements(given_) == [
        "ALTER LARGE OBJECT 77 OWNER TO ann;",
        "REVOKE ALL ON LARGE OBJECT 77 FROM ann;",
        "GRANT SELECT ON LARGE OBJECT 77 TO ann;",
        "GRANT UPDATE ON LARGE OBJECT 77 TO ann;",
        "GRANT SELECT ON LARGE OBJECT 77 TO bob WITH GRANT OPTION;",
        "SET LOCAL ROLE bob;",
        "GRANT SELECT ON LARGE OBJECT 77 TO PUBLIC;",
        "RESET ROLE;",
    ]


def test_an_owner_who_gave_up_a_privilege_does_not_get_it_back() -> None:
    assert statements(object_of(OWN[0])) == [
        "ALTER LARGE OBJECT 77 OWNER TO ann;",
        "REVOKE ALL ON LARGE OBJECT 77 FROM ann;",
        "GRANT SELECT ON LARGE OBJECT 77 TO ann;",
    ]


def test_comments_and_labels_are_quoted() -> None:
    each = LargeObject(
        oid=3,
        owner='o"o',
        bytes=0,
        privileges=(),
        comment="it's \\ a",
        labels=(SecurityLabel(provider="x y", label="it's"),),
    )
    assert statements(each, RoleChoices(privileges=False)) == [
        'ALTER LARGE OBJECT 3 OWNER TO "o""o";',
        "COMMENT ON LARGE OBJECT 3 IS E'it''s \\\\ a';",
        "SECURITY LABEL FOR \"x y\" ON LARGE OBJECT 3 IS 'it''s';",
    ]


def test_roles_become_what_was_chosen() -> None:
    each = object_of(*OWN, ("ann", "bob", "SELECT", False))
    mapping = (RoleMapping(source="ann", target="eve"),)
    assert statements(each, RoleChoices(mapping=mapping)) == [
        "ALTER LARGE OBJECT 77 OWNER TO eve;",
        "REVOKE ALL ON LARGE OBJECT 77 FROM eve;",
        "GRANT SELECT ON LARGE OBJECT 77 TO eve;",
        "GRANT UPDATE ON LARGE OBJECT 77 TO eve;",
        "GRANT SELECT ON LARGE OBJECT 77 TO bob;",
    ]
    assert statements(each, RoleChoices(owners=False)) == ["GRANT SELECT ON LARGE OBJECT 77 TO bob;"]
    assert statements(each, RoleChoices(privileges=False)) == ["ALTER LARGE OBJECT 77 OWNER TO ann;"]


def test_rows_of_extensions_come_first_and_in_the_order_of_their_keys() -> None:
    source = catalogs.catalog(
        [catalogs.table("parcel", rows=1)],
        extensions=[catalogs.extension("lookup")],
        extension_tables=[
            catalogs.extension_table("a_price", references=["unit"]),
            catalogs.extension_table("unit", condition="WHERE NOT built_in"),
        ],
    )
    entries = archives.archive(
        archives.entry(1, "EXTENSION", "lookup", schema=""), archives.entry(2, "TABLE", "parcel")
    )
    plan = make_plan(source, entries)
    loads = [step for step in plan.steps if isinstance(step, LoadTable)]
    assert [step.table.name for step in loads] == ["unit", "a_price", "parcel"]
    assert [step.condition for step in loads] == ["WHERE NOT built_in", "", ""]
    assert all(step.stage is Stage.DATA for step in loads)
    waits = {(edge.before, edge.after): edge.reason for edge in plan.edges}
    assert waits["rows public.unit", "rows public.a_price"] is EdgeReason.REFERENCED_ROWS
    assert waits["extension lookup", "rows public.unit"] is EdgeReason.DEFINITION


def test_extensions_whose_tables_reference_each_other_do_not_wait_for_ever() -> None:
    source = catalogs.catalog(
        extension_tables=[
            catalogs.extension_table("one", references=["other"]),
            catalogs.extension_table("other", references=["one"]),
        ]
    )
    plan = make_plan(source, archives.archive())
    assert {step.table for step in plan.steps if isinstance(step, LoadTable)} == {
        QualifiedName("public", "one"),
        QualifiedName("public", "other"),
    }
    assert not plan.edges
