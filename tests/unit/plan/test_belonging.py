"""Which table an archive entry belongs to, and what tables need of each other."""

from __future__ import annotations

from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.catalog import Catalog, TableKind, ViewKind
from pilotage.model.names import QualifiedName
from pilotage.plan.belonging import Belonging, table_needs
from pilotage.plan.order import partition_root
from tests.archives import archive_of, constraint_entry, entry
from tests.catalogs import catalog, foreign_key, index, named, sequence, table, view

A, B, C = 1001, 1002, 1003
"""What ``archive_of`` numbers the first three tables."""


def owner_of(source: Catalog, *further: ArchiveEntry) -> QualifiedName | None:
    """The table that the last of these entries belongs to."""
    entries = archive_of(source, *further).entries
    return Belonging(source, entries).table_of(entries[-1])


def needs(source: Catalog, entries: Archive) -> list[str]:
    return [need.describe() for need in table_needs(source, entries.entries, partition_root(source))]


def test_what_is_on_a_table_belongs_to_it() -> None:
    source = catalog(
        ("a", "b"),
        indexes=(index("a", "a_index"), index("seen", "seen_index")),
        sequences=(sequence("a_seq", owned_by=("a", "id")),),
        views=(view("seen", kind=ViewKind.MATERIALIZED),),
    )
    for each in (
        entry(1, "INDEX", "a_index", needs=(A,)),
        entry(1, "INDEX ATTACH", "a_index", needs=(A,)),
        entry(1, "DEFAULT", "a id", needs=(A,)),
        entry(1, "TRIGGER", "a touch", needs=(A,)),
        entry(1, "RULE", "a no_delete", needs=(A,)),
        entry(1, "POLICY", "a tenant", needs=(B, A)),
        entry(1, "ROW SECURITY", "a", needs=(A,)),
        entry(1, "SEQUENCE OWNED BY", "a_seq", needs=(A,)),
        entry(1, "STATISTICS", "correlated", needs=(A,)),
        entry(1, "TABLE ATTACH", "a", needs=(A, B)),
        constraint_entry(1, "a", "positive", kind="CHECK CONSTRAINT", needs=(A,)),
        constraint_entry(1, "a", "to_b", kind="FK CONSTRAINT", needs=(B, A)),
    ):
        assert owner_of(source, each) == named("a"), each.kind
    for each in (
        entry(1, "FUNCTION", "a()", needs=(A,)),
        entry(1, "VIEW", "v", needs=(A,)),
        entry(1, "INDEX", "seen_index"),
        entry(1, "TRIGGER", "v instead", needs=()),
        entry(1, "TYPE", "a", schema="other"),
    ):
        assert owner_of(source, each) is None, each.kind


def test_of_two_tables_that_could_begin_a_tag_it_is_one_that_the_entry_depends_on() -> None:
    source = catalog(("a", "a b", "c"))
    assert owner_of(source, constraint_entry(1, "a", "b c", needs=(A,))) == named("a")
    assert owner_of(source, constraint_entry(1, "a b", "c", needs=(B,))) == named("a b")


def test_a_key_is_a_need_unless_it_never_held() -> None:
    source = catalog(
        ("a", "b"),
        (
            foreign_key("a", "b", columns=("tenant", "b_id")),
            foreign_key("b", "a", validated=False),
            foreign_key("a", "a"),
            foreign_key("a", "elsewhere.x"),
        ),
    )
    assert needs(source, archive_of(source)) == [
        "public.a.a_id → public.a",
        "public.a.(tenant, b_id) → public.b",
    ]


def test_definitions_need_tables_through_whatever_stands_between() -> None:
    source = catalog(("a", "b", "c"))
    function = entry(1, "FUNCTION", "f()", needs=(2,))
    entries = (
        entry(C, "TABLE", "c"),
        entry(2, "VIEW", "v", needs=(C,)),
        function,
        entry(A, "TABLE", "a", needs=(1,)),
        entry(B, "TABLE", "b", needs=(1, C)),
    )
    found = [
        need.describe() for need in table_needs(source, entries, {each: each for each in map(named, "abc")})
    ]
    # What the definition itself names is said; a table that it names directly needs nothing between.
    assert found == ["public.a needs public.c through function public.f()", "public.b needs public.c"]


def test_a_need_ends_at_the_first_table() -> None:
    source = catalog(("a", "b", "c"))
    entries = (
        entry(C, "TABLE", "c"),
        entry(B, "TABLE", "b", needs=(C,)),
        entry(1, "TYPE", "t", needs=(B,)),
        entry(A, "TABLE", "a", needs=(1,)),
    )
    found = {
        (need.table.name, need.needed.name)
        for need in table_needs(source, entries, {each: each for each in map(named, "abc")})
    }
    assert found == {("b", "c"), ("a", "b")}


def test_what_only_belongs_to_a_table_is_no_need() -> None:
    """A policy that reads another table, a trigger, a comment: they can be created later than their table."""
    source = catalog(("a", "b"))
    further = (
        entry(1, "POLICY", "a reads_b", needs=(A, B)),
        entry(2, "COMMENT", "TABLE a", needs=(A, B)),
        entry(3, "DEFAULT", "a id", needs=(A, B)),
    )
    assert needs(source, archive_of(source, *further)) == []


def test_partitions_count_as_their_table() -> None:
    source = catalog(
        (
            table("a", kind=TableKind.PARTITIONED),
            table("a_1", partition_of="a"),
            "b",
        ),
        (foreign_key("a_1", "b", name="own"),),
    )
    entries = archive_of(source, entry(9, "TABLE ATTACH", "a_1", needs=(1001, 1002)))
    (need,) = table_needs(source, entries.entries, partition_root(source))
    assert (need.table, need.declared_on, need.constraint) == (named("a"), named("a_1"), "own")
