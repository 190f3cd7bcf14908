"""What planning finds worth a person's eye: expectations not met, keys without an index, empty tables."""

from __future__ import annotations

from types import MappingProxyType

from pilotage.config.records import Expectations
from pilotage.model.catalog import Catalog, TableKind
from pilotage.model.names import QualifiedName
from pilotage.model.review import FindingKind
from pilotage.plan.findings import expectation_findings, source_findings
from pilotage.plan.order import partition_root
from tests.catalogs import catalog, foreign_key, table

HARBOUR = catalog(
    (
        table("ports", rows=3),
        table("voyages", kind=TableKind.PARTITIONED),
        table("voyages_1", rows=7, partition_of="voyages"),
        table("voyages_2", rows=0, partition_of="voyages"),
        table("far", rows=None, kind=TableKind.FOREIGN),
        table("log.ports", rows=0),
        table("plans", kind=TableKind.PARTITIONED),
        table("plans_1", rows=0, partition_of="plans"),
    ),
    (
        foreign_key("voyages", "ports"),
        foreign_key("ports", "elsewhere.x", columns=("a", "x\ny"), name="two words", indexed=False),
    ),
)


def differences(expect: Expectations, source: Catalog = HARBOUR) -> list[tuple[str, str, str, str]]:
    found = list(expectation_findings(source, expect, partition_root(source)))
    assert {each.kind for each in found} <= {FindingKind.EXPECTATION}
    return [(each.object, each.message, each.expected, each.found) for each in found]


def expected_rows(**rows: int) -> Expectations:
    return Expectations(rows_of=MappingProxyType(rows))


def test_what_is_as_expected_is_no_finding() -> None:
    expect = Expectations(
        tables=5,
        foreign_keys=1,
        rows=10,
        rows_of=MappingProxyType({"public.ports": 3, "voyages": 7, "log.ports": 0}),
    )
    assert differences(expect) == []
    assert differences(Expectations()) == []


def test_each_number_that_differs_is_a_finding() -> None:
    assert differences(Expectations(tables=6, foreign_keys=0, rows=12)) == [
        ("tables", "the source has fewer than expected", "6", "5"),
        ("foreign keys", "the source has more than expected", "0", "1"),
        ("rows", "the source has fewer than expected", "12", "10"),
    ]


def test_rows_of_a_partitioned_table_are_those_of_its_partitions() -> None:
    assert differences(expected_rows(voyages=9)) == [
        ("public.voyages", "it has fewer rows than expected", "9", "7")
    ]


def test_a_name_that_means_no_table_or_several_is_a_finding() -> None:
    assert differences(expected_rows(harbours=4, ports=3, voyages_1=7)) == [
        ("harbours", "no table in scope is called that", "4", ""),
        ("ports", "several tables in scope are called that; write log.ports or public.ports", "3", ""),
        ("voyages_1", "no table in scope is called that", "7", ""),
    ]


def test_a_name_is_compared_as_it_is_quoted() -> None:
    odd = QualifiedName("we.ird", 'na*"me')
    source = catalog((table(odd, rows=1),))
    expect = Expectations(rows_of=MappingProxyType({'"we.ird"."na*""me"': 2}))
    assert differences(expect, source) == [(str(odd), "it has fewer rows than expected", "2", "1")]


def test_a_key_without_an_index_names_its_columns() -> None:
    (found,) = [
        each
        for each in source_findings(HARBOUR, partition_root(HARBOUR))
        if each.kind is FindingKind.UNINDEXED_KEY
    ]
    assert found.object == 'public.ports "two words"'
    assert found.message.startswith('no index of public.ports begins with (a, "x\ny"): each row deleted from')


def test_a_table_is_empty_when_all_of_its_partitions_are() -> None:
    empty = [
        each.object
        for each in source_findings(HARBOUR, partition_root(HARBOUR))
        if each.kind is FindingKind.EMPTY_TABLE
    ]
    assert empty == ["log.ports", "public.plans"]
