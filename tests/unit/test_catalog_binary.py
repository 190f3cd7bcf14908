"""Which columns may travel as binary COPY."""

from __future__ import annotations

import pytest

from pilotage.catalog.binary import why_only_text
from pilotage.catalog.facts import ColumnFacts, TypeFacts
from pilotage.model.catalog import Generated, Identity

TYPES = {
    facts.oid: facts
    for facts in (
        TypeFacts(oid=25, name="text", binary_functions=True),
        TypeFacts(oid=26, name="oid", binary_functions=True),
        TypeFacts(oid=1009, name="text[]", binary_functions=True, parts=(25,)),
        TypeFacts(oid=2205, name="regclass", binary_functions=True),
        TypeFacts(oid=2210, name="regclass[]", binary_functions=True, parts=(2205,)),
        TypeFacts(oid=1033, name="aclitem", binary_functions=False),
        TypeFacts(oid=194, name="pg_node_tree", binary_functions=True),
        TypeFacts(oid=20000, name="app.status", binary_functions=True),
        TypeFacts(oid=20001, name="app.status[]", binary_functions=True, parts=(20000,)),
        TypeFacts(oid=20002, name="app.address", binary_functions=True, parts=(25, 20001)),
        TypeFacts(oid=20003, name="app.empty", binary_functions=True),
        TypeFacts(oid=20004, name="app.pair", binary_functions=True, parts=(25, 2210)),
        TypeFacts(oid=20005, name="app.pair[]", binary_functions=True, parts=(20004,)),
        TypeFacts(oid=20006, name="app.name_of_table", binary_functions=True, parts=(2205,)),
        TypeFacts(oid=20007, name="app.seg", binary_functions=False),
        TypeFacts(oid=20008, name="app.segs", binary_functions=True, parts=(20007,)),
        TypeFacts(oid=20009, name="app.regclass", binary_functions=True),
    )
}
AN_OID = "travels in binary as an OID, which names another object on the target"
NO_FORM = "has no binary form that a server accepts"


def reason(type_oid: int, name: str = "c", generated: Generated = Generated.NO) -> str:
    column = ColumnFacts(
        name=name,
        type=TYPES[type_oid].name,
        not_null=False,
        has_default=False,
        generated=generated,
        identity=Identity.NONE,
        table=1,
        position=1,
        type_oid=type_oid,
    )
    return why_only_text(column, TYPES)


@pytest.mark.parametrize("type_oid", [25, 26, 1009, 20000, 20001, 20002, 20003, 20009])
def test_values_without_oids_of_objects_travel_in_binary(type_oid: int) -> None:
    assert reason(type_oid) == ""


@pytest.mark.parametrize(
    ("type_oid", "expected"),
    [
        (2205, f"column c: regclass {AN_OID}"),
        (2210, f"column c: regclass[] holds regclass, which {AN_OID}"),
        (20004, f"column c: app.pair holds regclass, which {AN_OID}"),
        (20005, f"column c: app.pair[] holds regclass, which {AN_OID}"),
        (20006, f"column c: app.name_of_table holds regclass, which {AN_OID}"),
        (1033, f"column c: aclitem {NO_FORM}"),
        (194, f"column c: pg_node_tree {NO_FORM}"),
        (20007, f"column c: app.seg {NO_FORM}"),
        (20008, f"column c: app.segs holds app.seg, which {NO_FORM}"),
    ],
)
def test_the_reason_names_the_type_that_cannot_travel_and_where_it_is(type_oid: int, expected: str) -> None:
    assert reason(type_oid) == expected


def test_a_generated_column_never_travels_but_copy_looks_up_its_binary_form() -> None:
    assert reason(2205, generated=Generated.STORED) == ""
    assert reason(1033, generated=Generated.STORED) == f"column c: aclitem {NO_FORM}"


def test_the_column_is_named_as_sql_reads_it() -> None:
    assert reason(1033, name='odd "one') == f'column "odd ""one": aclitem {NO_FORM}'
