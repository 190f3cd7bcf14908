"""The hotel database, mended by one run of ``lint --fix`` and psql: nothing is left, nobody sees more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel
from pilotage.model.lint import Linting
from pilotage.model.verdict import Outcome
from pilotage.verify.checks.access import check_access
from pilotage.verify.ends import hold_end
from tests.acceptance.test_lint import command
from tests.servers_at_hand import Databases, run_psql

RULES = ("unindexed_foreign_keys", "auth_rls_initplan", "multiple_permissive_policies")
CHOSEN = tuple(word for rule in RULES for word in ("--rule", rule))

INDEXES = {
    "idx_accommodation_units_tenant_hotel_fk": "idx_accommodation_units_tenant_hotel_fk",
    "idx_airbnb_motopress_comparison_ics_fk": "idx_airbnb_motopress_comparison_ics_event_fk",
    "idx_airbnb_mphb_imported_reservations_unit_fk": (
        "idx_airbnb_mphb_imported_reservations_accommodation_unit_fk"
    ),
    "idx_calendar_event_conflicts_winning_fk": "idx_calendar_event_conflicts_winning_event_fk",
    "idx_calendar_events_merged_into_fk": "idx_calendar_events_merged_into_fk",
    "idx_hotel_operations_created_by_fk": "idx_hotel_operations_created_by_fk",
    "idx_hotels_guest_information_property_fk": "idx_hotels_guest_information_property_fk",
    "idx_hotels_policies_property_fk": "idx_hotels_policies_property_fk",
    "idx_hotels_properties_client_fk": "idx_hotels_properties_client_fk",
    "idx_prospective_sessions_reservation_fk": "idx_prospective_sessions_converted_to_reservation_fk",
    "idx_sire_export_logs_user_fk": "idx_sire_export_logs_user_fk",
    "idx_staff_users_created_by_fk": "idx_staff_users_created_by_fk",
    "idx_user_tenant_permissions_granted_by_fk": "idx_user_tenant_permissions_granted_by_fk",
}
"""What the reference document calls the indexes, and what we do, who leave no word of a column out."""


def test_the_indexes_are_those_of_the_reference_document(reference_data: Callable[[str], Path]) -> None:
    document = reference_data("hotel-migration-order.txt").read_text(encoding="utf-8")
    assert set(re.findall(r"\bidx_\w+_fk\b", document)) == INDEXES.keys()


@pytest.mark.servers(18)
async def test_one_run_of_the_fixes_leaves_no_finding_and_shows_nobody_another_row(
    new_database: Databases, schema_dump: Callable[[ConnectionParameters], str], tmp_path: Path
) -> None:
    database, untouched = new_database(18), new_database(18)
    for each in (database, untouched):
        async with connect(each) as session:
            await create_hotel(session)
    dsn, before = database.redacted_uri(), schema_dump(database)
    printed = command(dsn, *CHOSEN, "--json", "--fix", "fixes", folder=tmp_path)
    findings = msgspec.json.decode(printed.stdout, type=Linting).findings
    assert {rule: sum(each.name == rule for each in findings) for rule in RULES} == {
        "unindexed_foreign_keys": 13,
        "auth_rls_initplan": 45,
        "multiple_permissive_policies": 29,
    }
    assert [each.object for each in findings if each.fix is None or not each.fix.applies] == []
    assert schema_dump(database) == before

    run_psql(database, tmp_path / "fixes" / "fixes.sql")
    mended = command(dsn, *CHOSEN, "--json", folder=tmp_path)
    assert (mended.returncode, msgspec.json.decode(mended.stdout, type=Linting).findings) == (0, ())

    old, new = (_statements(dump) for dump in (before, schema_dump(database)))
    added, gone = new.keys() - old.keys(), old.keys() - new.keys()
    of_policies = re.compile(r"(CREATE|COMMENT ON) POLICY ")
    assert {name for name in map(_index, added) if name} == set(INDEXES.values())
    assert [each for each in added if not _index(each) and not of_policies.match(each)] == []
    assert [each for each in gone if not of_policies.match(each)] == []
    assert [each for each in (*added, *gone) if "AS RESTRICTIVE" in each] == []
    async with hold_end(untouched) as expected, hold_end(database) as found:
        schemas = ["public", "hotels"]
        checks = await check_access(expected, found, schemas=(schemas, schemas))
    assert [check.outcome for check in checks] == [Outcome.EQUAL, Outcome.EQUAL]

    run_psql(database, tmp_path / "fixes" / "reverse.sql")
    assert schema_dump(database) == before


def _index(statement: str) -> str:
    found = re.match(r"CREATE INDEX (\w+) ", statement)
    return "" if found is None else found[1]


def _statements(dump: str) -> Mapping[str, None]:
    """Return the statements of a dump; a policy has no semicolon at the end of a line within."""
    lines = "\n".join(line for line in dump.splitlines() if not line.startswith("--"))
    return dict.fromkeys(each.strip() for each in lines.split(";\n") if each.strip())
