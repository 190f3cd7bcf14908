"""Dependencies that pg_dump does not write are there all the same."""

from __future__ import annotations

from pilotage.archive.dependencies import with_unwritten_dependencies
from tests.archives import entry


def test_a_user_mapping_needs_the_server_that_it_follows() -> None:
    entries = with_unwritten_dependencies(
        (
            entry(1, "USER MAPPING", "USER MAPPING a SERVER lost", schema=""),
            entry(2, "SERVER", "one", schema=""),
            entry(3, "COMMENT", "SERVER one", schema="", needs=(2,)),
            entry(4, "USER MAPPING", "USER MAPPING a SERVER one", schema=""),
            entry(5, "USER MAPPING", "USER MAPPING b SERVER one", schema=""),
            entry(6, "SERVER", "two", schema=""),
            entry(7, "USER MAPPING", "USER MAPPING a SERVER two", schema=""),
        )
    )
    assert {each.dump_id: each.dependencies for each in entries} == {
        1: (),
        2: (),
        3: (2,),
        4: (2,),
        5: (2,),
        6: (),
        7: (6,),
    }
