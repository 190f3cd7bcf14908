"""The hotel database on real servers: what the reference case says, and every oddity, is really there."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.demo.hotel import HOTEL_ROWS, create_hotel, create_hotel_roles
from pilotage.demo.hotel.phrases import AWKWARD_FLOATS, AWKWARD_TEXTS
from pilotage.errors import ServerError
from pilotage.model.names import QualifiedName, quote_identifier
from tests.servers_at_hand import Clusters, Databases, versions

DataDump = Callable[[ConnectionParameters], list[str]]

UNINDEXED = {
    "public.accommodation_units (tenant_id, hotel_id)",
    "public.airbnb_motopress_comparison (ics_event_id)",
    "public.airbnb_mphb_imported_reservations (accommodation_unit_id)",
    "public.calendar_event_conflicts (winning_event_id)",
    "public.calendar_events (merged_into_id)",
    "public.hotel_operations (created_by)",
    "public.prospective_sessions (converted_to_reservation_id)",
    "public.sire_export_logs (user_id)",
    "public.staff_users (created_by)",
    "public.user_tenant_permissions (granted_by)",
    "hotels.guest_information (property_id)",
    "hotels.policies (property_id)",
    "hotels.properties (client_id)",
}

ROOTS = {
    "tenant_registry",
    "code_embeddings",
    "muva_content",
    "sire_content",
    "sire_countries",
    "sire_cities",
    "sire_document_types",
    "sire_export_logs",
    "property_relationships",
}


class ForeignKey(msgspec.Struct, frozen=True):
    referencing_schema: str
    referencing: str
    columns: list[str]
    referenced_schema: str
    referenced: str
    referenced_columns: list[str]
    is_indexed: bool
    is_valid: bool

    def __str__(self) -> str:
        return f"{self.referencing_schema}.{self.referencing} ({', '.join(self.columns)})"

    @property
    def orphans(self) -> str:
        """The query that counts the rows which reference nothing."""
        one = QualifiedName(self.referencing_schema, self.referencing)
        other = QualifiedName(self.referenced_schema, self.referenced)
        pairs = list(
            zip(
                map(quote_identifier, self.columns),
                map(quote_identifier, self.referenced_columns),
                strict=True,
            )
        )
        given = " AND ".join(f"r.{column} IS NOT NULL" for column, _ in pairs)
        matched = " AND ".join(f"r.{column} = f.{key}" for column, key in pairs)
        return (
            f"SELECT count(*) FROM {one} AS r WHERE {given}"
            f" AND NOT EXISTS (SELECT FROM {other} AS f WHERE {matched})"
        )


FOREIGN_KEYS = Path(__file__).with_name("hotel_foreign_keys.sql").read_text()


@pytest.fixture(scope="module", params=versions(18, thorough=(16,)))
def hotel_parameters(request: pytest.FixtureRequest, clusters: Clusters) -> Iterator[ConnectionParameters]:
    """A hotel database for all tests of this module, which leave it as it was."""
    databases = Databases(clusters)
    parameters = databases(request.param)
    asyncio.run(_create(parameters))
    yield parameters
    databases.drop()


@pytest.fixture
async def hotel(hotel_parameters: ConnectionParameters) -> AsyncIterator[Session]:
    async with connect(hotel_parameters) as session:
        yield session


@pytest.fixture(scope="module")
def twin_parameters(clusters: Clusters, data_dump: DataDump) -> Iterator[tuple[ConnectionParameters, str]]:
    """A second one, for tests that write, and the digest of its rows before any of them did."""
    databases = Databases(clusters)
    parameters = databases(18)
    asyncio.run(_create(parameters))
    yield parameters, _digest(data_dump(parameters))
    databases.drop()


@pytest.fixture
async def twin(twin_parameters: tuple[ConnectionParameters, str]) -> AsyncIterator[Session]:
    async with connect(twin_parameters[0]) as session:
        yield session


@pytest.fixture
async def foreign_keys(hotel: Session) -> tuple[ForeignKey, ...]:
    return await hotel.records(FOREIGN_KEYS, ForeignKey)


async def _create(parameters: ConnectionParameters) -> None:
    async with connect(parameters) as session:
        await create_hotel(session)


async def test_public_holds_41_tables_with_the_rows_that_the_document_itemises(hotel: Session) -> None:
    tables: list[str] = await hotel.value(
        "SELECT array_agg(relname::text) FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    counted = {
        table: await hotel.value(f"SELECT count(*) FROM {QualifiedName('public', table)}") for table in tables
    }
    assert counted == HOTEL_ROWS
    assert (len(counted), sum(counted.values())) == (41, 6943)


async def test_the_46_foreign_keys_are_those_of_the_reference(
    foreign_keys: tuple[ForeignKey, ...], reference_data: Callable[[str], Path]
) -> None:
    with reference_data("hotel-foreign-keys.tsv").open(newline="") as file:
        wanted = {
            (row["table"], row["column"], row["referenced_table"], row["referenced_column"])
            for row in csv.DictReader(file, delimiter="\t")
        }
    in_public = [key for key in foreign_keys if key.referencing_schema == key.referenced_schema == "public"]
    # The tsv names the last column of the one composite key.
    found = {
        (key.referencing, key.columns[-1], key.referenced, key.referenced_columns[-1]) for key in in_public
    }
    assert len(in_public) == 46
    assert found == wanted
    assert [str(key) for key in in_public if len(key.columns) > 1] == [
        "public.accommodation_units (tenant_id, hotel_id)"
    ]


async def test_depths_and_roots_are_those_of_the_reference(
    foreign_keys: tuple[ForeignKey, ...], reference_data: Callable[[str], Path]
) -> None:
    referenced: dict[str, set[str]] = {table: set() for table in HOTEL_ROWS}
    for key in foreign_keys:
        if key.referencing_schema == key.referenced_schema == "public" and key.referencing != key.referenced:
            referenced[key.referencing].add(key.referenced)

    def depth(table: str) -> int:
        return max((depth(other) + 1 for other in referenced[table]), default=0)

    depths = {table: depth(table) for table in referenced}
    with reference_data("hotel-foreign-keys.tsv").open(newline="") as file:
        wanted = {row["table"]: int(row["depth_of_table"]) for row in csv.DictReader(file, delimiter="\t")}
    assert {table: depths[table] for table in wanted} == wanted
    assert {table for table, deep in depths.items() if deep == 0} == ROOTS
    assert max(depths.values()) == 5


async def test_keys_lead_into_auth_and_within_hotels(foreign_keys: tuple[ForeignKey, ...]) -> None:
    elsewhere = {str(key): key.referenced for key in foreign_keys if key.referenced_schema != "public"}
    assert elsewhere == {
        "public.sire_export_logs (user_id)": "users",
        "public.user_tenant_permissions (granted_by)": "users",
        "hotels.properties (client_id)": "clients",
        "hotels.guest_information (property_id)": "properties",
        "hotels.policies (property_id)": "properties",
    }
    assert len(foreign_keys) == 51


async def test_thirteen_foreign_keys_lack_an_index_and_no_others(
    foreign_keys: tuple[ForeignKey, ...],
) -> None:
    assert {str(key) for key in foreign_keys if not key.is_indexed} == UNINDEXED


async def test_every_foreign_key_is_valid_and_holds(
    hotel: Session, foreign_keys: tuple[ForeignKey, ...]
) -> None:
    orphans = {str(key): await hotel.value(key.orphans) for key in foreign_keys}
    assert orphans == dict.fromkeys(orphans, 0)
    assert all(key.is_valid for key in foreign_keys)


async def test_one_check_was_never_validated_but_holds(twin: Session) -> None:
    unvalidated = "SELECT array_agg(conname::text) FROM pg_constraint WHERE NOT convalidated"
    assert await twin.value(unvalidated) == ["guest_reservations_adults"]
    await twin.run("ALTER TABLE public.guest_reservations VALIDATE CONSTRAINT guest_reservations_adults")
    assert await twin.value(unvalidated) is None


async def test_rooms_cannot_be_booked_twice(twin: Session) -> None:
    again = (
        "INSERT INTO public.reservation_accommodations"
        " SELECT 1000, reservation_id, accommodation_unit_id, room_number, stay, cancelled, rate"
        " FROM public.reservation_accommodations WHERE id = 50"
    )
    with pytest.raises(ServerError, match="no_double_booking") as refused:
        await twin.run(again)
    assert refused.value.sqlstate == "23P01"


async def test_no_trigger_fired_while_the_rows_were_loaded(hotel: Session) -> None:
    assert await hotel.value(
        "SELECT array_agg(reservation_count ORDER BY subdomain) FROM public.tenant_registry"
    ) == [7, 1040, 0]
    assert await hotel.value("SELECT max(updated_at) < '2025-12-01' FROM public.calendar_events")
    assert await hotel.value("SELECT max(updated_at) < '2025-12-01' FROM public.guest_reservations")
    assert await hotel.value("SELECT sum(version) FROM public.calendar_events") == sum(
        1 + n % 5 for n in range(74)
    )
    assert (
        await hotel.value("SELECT count(*) FROM public.guest_reservations WHERE guest_name LIKE '  %'") == 15
    )
    assert not await hotel.value(
        "SELECT count(*) FROM public.sync_history WHERE triggered_by IN ('trigger', 'replication')"
    )
    assert await hotel.value("SELECT sum(message_count) FROM public.staff_conversations") == 3 * sum(
        range(43)
    )
    assert (
        await hotel.value(r"SELECT count(*) FROM public.staff_messages WHERE content ~ 'tel\. 300555\d{4}$'")
        == 58
    )


@pytest.mark.parametrize(
    ("loaded_again", "seen"),
    [
        (
            "INSERT INTO public.guest_reservations"
            " (tenant_id, guest_name, document, check_in, check_out, total_price)"
            " SELECT tenant_id, '  ANA ', 'X1234', '2026-01-01', '2026-01-02', 0 FROM public.tenant_registry",
            "SELECT string_agg(reservation_count::text, ' ' ORDER BY subdomain) FROM public.tenant_registry",
        ),
        (
            "INSERT INTO public.accommodation_units_public (tenant_id, name, unit_type, capacity)"
            " SELECT tenant_id, 'Nueva', 'casa', 2 FROM public.tenant_registry",
            "SELECT count(*) FROM public.sync_history",
        ),
        (
            "INSERT INTO public.integration_configs (tenant_id, provider)"
            " SELECT tenant_id, 'nuevo' FROM public.tenant_registry",
            "SELECT count(*) FROM public.job_logs",
        ),
        (
            "INSERT INTO public.staff_messages (conversation_id, role, content)"
            " SELECT conversation_id, 'staff', 'hola' FROM public.staff_conversations",
            "SELECT sum(message_count) FROM public.staff_conversations",
        ),
        (
            "SET LOCAL session_replication_role = replica; UPDATE public.calendar_events SET source = source",
            "SELECT sum(version) FROM public.calendar_events",
        ),
        (
            "SET LOCAL session_replication_role = replica;"
            " INSERT INTO public.sync_history (tenant_id, source, status)"
            " SELECT tenant_id, 'airbnb', 'queued' FROM public.tenant_registry",
            "SELECT count(*) FROM public.sync_history WHERE triggered_by = 'replication'",
        ),
        (
            "UPDATE public.hotels SET name = name",
            "SELECT max(updated_at) FROM public.hotels",
        ),
    ],
)
async def test_a_trigger_that_fires_is_seen_in_the_data(twin: Session, loaded_again: str, seen: str) -> None:
    before = await twin.value(seen)
    async with twin.transaction():
        await twin.run(loaded_again)
    assert await twin.value(seen) != before


async def test_triggers_are_in_every_state(hotel: Session) -> None:
    odd = await hotel.value(
        "SELECT array_agg(tgname || ' ' || tgenabled::text ORDER BY tgname) FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled <> 'O'"
    )
    assert odd == ["bump_event_version A", "mark_replicated R", "redact_staff_message D"]
    assert (
        await hotel.value("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'") == 15
    )


async def test_vectors_of_every_dimension_are_indexed(hotel: Session) -> None:
    indexes = await hotel.value("""
        SELECT array_agg(format('%s %s %s', indrelid::regclass, amname, format_type(atttypid, atttypmod))
            ORDER BY indrelid::regclass::text)
        FROM pg_index
        JOIN pg_class AS index ON index.oid = indexrelid
        JOIN pg_am ON pg_am.oid = index.relam
        JOIN pg_attribute ON attrelid = indexrelid
        WHERE amname IN ('hnsw', 'ivfflat')
    """)
    assert indexes == [
        "public.accommodation_units_manual_chunks hnsw extensions.halfvec(3072)",
        "public.code_embeddings hnsw extensions.vector(1024)",
        "public.conversation_memory hnsw extensions.vector(1024)",
        "public.muva_content ivfflat extensions.vector(1536)",
        "public.sire_content hnsw extensions.halfvec(3072)",
        "public.tenant_knowledge_embeddings hnsw extensions.vector(1536)",
        "public.tenant_muva_content ivfflat extensions.vector(1024)",
    ]
    norms = await hotel.value(
        "SELECT array[min(norm), max(norm)] FROM (SELECT extensions.vector_norm(embedding) AS norm"
        " FROM public.code_embeddings) AS measured"
    )
    assert norms == pytest.approx([1, 1], abs=0.15)
    assert await hotel.value("SELECT count(DISTINCT embedding::text) FROM public.code_embeddings") == 4333
    nearest = await hotel.value(
        "SELECT array_agg(title) FROM public.match_muva_content("
        "(SELECT embedding FROM public.muva_content WHERE title = 'Sound Bay, guía 2'), 1)"
    )
    assert nearest == ["Sound Bay, guía 2"]


@pytest.mark.parametrize("text", AWKWARD_TEXTS, ids=range(len(AWKWARD_TEXTS)))
async def test_awkward_texts_are_stored_as_they_are(hotel: Session, text: str) -> None:
    assert await hotel.value("SELECT count(*) FROM public.chat_messages WHERE content = $1", text)


async def test_awkward_numbers_and_times_are_stored_as_they_are(hotel: Session) -> None:
    readings = await hotel.value("SELECT array_agg(reading ORDER BY id) FROM public.hotel_operations")
    assert [struct.pack(">d", reading) for reading in readings] == [
        struct.pack(">d", x) for x in AWKWARD_FLOATS
    ]
    costs = await hotel.value(
        "SELECT array_agg(cost::text ORDER BY id) FROM public.hotel_operations WHERE id < 6"
    )
    assert costs == ["150000.00", "89.900", "NaN", "0.000", "1.10"]
    for times in (
        "SELECT count(*) FROM public.hotel_operations WHERE due_at IN ('infinity', '-infinity')",
        "SELECT count(*) FROM public.tenant_registry WHERE subscribed_until = '-infinity'",
        "SELECT count(*) FROM public.chat_messages WHERE created_at <> created_at::timestamptz(3)",
        "SELECT count(*) FROM public.hotel_operations WHERE duration < '0'",
        "SELECT count(*) FROM public.hotels WHERE opened_on < '0001-01-01'",
        "SELECT count(*) FROM public.accommodation_units WHERE check_in_time = '24:00'",
        "SELECT count(*) FROM public.calendar_events WHERE isempty(busy)",
        "SELECT count(*) FROM public.calendar_events WHERE upper(busy) = 'infinity'",
        "SELECT count(*) FROM public.calendar_events WHERE upper_inf(busy) AND lower_inf(busy)",
    ):
        assert await hotel.value(times), times


@pytest.mark.parametrize(
    "there",
    [
        "SELECT count(*) FROM public.guest_reservations WHERE special_requests = ''",
        "SELECT count(*) FROM public.guest_reservations WHERE special_requests IS NULL",
        "SELECT count(*) FROM public.hotel_operations WHERE payload = 'null'",
        "SELECT count(*) FROM public.hotel_operations WHERE payload IS NULL",
        'SELECT count(*) FROM public.job_logs WHERE payload::text LIKE \'%"a":1,  "a": 2%\'',
        "SELECT count(*) FROM public.integration_configs WHERE secret = ''",
        "SELECT count(*) FROM public.prospective_sessions WHERE position('\\x00'::bytea IN cookie_hash) > 0",
        "SELECT count(*) FROM public.prospective_sessions WHERE family(ip_address) = 6",
        "SELECT count(*) FROM public.staff_users WHERE permissions @> '{admin}'",
        "SELECT count(*) FROM public.chat_messages WHERE array_position(entities, NULL) > 0",
        "SELECT count(*) FROM public.sire_document_types WHERE array_lower(accepted_for, 1) = 0",
        "SELECT count(*) FROM public.tenant_registry WHERE array_ndims(opening_hours) = 2",
        "SELECT count(*) FROM public.tenant_registry WHERE (address).city = 'San Andrés'",
        "SELECT count(*) FROM public.property_relationships WHERE cardinality(child_properties) = 2",
        "SELECT count(*) FROM public.muva_content WHERE search @@ to_tsquery('pg_catalog.spanish', 'playas')",
        "SELECT count(*) FROM public.sire_countries WHERE name_key = 'mexico'",
        "SELECT count(*) FROM pg_attribute"
        " WHERE attrelid = 'public.guest_reservations'::regclass AND attisdropped",
        "SELECT count(*) FROM pg_class WHERE relname = 'chat_messages' AND relreplident = 'f'",
        "SELECT count(*) FROM pg_class WHERE relname = 'sire_countries' AND relreplident = 'i'",
        "SELECT count(*) FROM pg_class"
        " WHERE relname = 'active_reservations' AND 'security_invoker=true' = ANY (reloptions)",
        "SELECT count(*) FROM pg_proc WHERE proname = 'guests_in_house' AND prosqlbody IS NOT NULL",
        "SELECT count(*) FROM pg_proc"
        " WHERE proname = 'has_tenant_access' AND prosecdef AND proconfig IS NOT NULL",
        "SELECT count(*) FROM pg_statistic_ext WHERE stxnamespace = 'public'::regnamespace",
        "SELECT count(*) FROM pg_default_acl WHERE defaclnamespace = 'public'::regnamespace",
        "SELECT count(*) FROM pg_attribute"
        " WHERE attrelid = 'public.staff_users'::regclass AND attacl IS NOT NULL",
        "SELECT count(*) FROM pg_attribute"
        " WHERE attidentity = 'a' AND attrelid = 'public.muva_content'::regclass",
        "SELECT count(*) FROM pg_attribute"
        " WHERE attidentity = 'd' AND attrelid = 'public.sire_cities'::regclass",
        "SELECT count(*) FROM pg_attribute"
        " WHERE attcompression = 'p' AND attrelid = 'public.chat_messages'::regclass",
        "SELECT count(*) FROM pg_index"
        " WHERE indrelid = 'public.calendar_events'::regclass AND indpred IS NOT NULL",
        "SELECT count(*) FROM pg_index"
        " WHERE indrelid = 'public.guest_reservations'::regclass AND indexprs IS NOT NULL",
        "SELECT count(*) FROM pg_index"
        " WHERE indrelid = 'public.staff_users'::regclass AND indnatts > indnkeyatts",
    ],
)
async def test_what_such_databases_hold_is_there(hotel: Session, there: str) -> None:
    assert await hotel.value(there)


@pytest.mark.parametrize(
    ("table", "key", "reference", "depth"),
    [
        ("public.staff_users", "staff_id", "created_by", 4),
        ("public.calendar_events", "id", "parent_event_id", 11),
        ("public.calendar_events", "id", "merged_into_id", 8),
    ],
)
async def test_references_within_a_table_are_deep_and_run_against_the_dates(
    hotel: Session, table: str, key: str, reference: str, depth: int
) -> None:
    deepest = await hotel.value(f"""
        WITH RECURSIVE chain AS (
            SELECT {key} AS id, 0 AS depth FROM {table} WHERE {reference} IS NULL
            UNION ALL
            SELECT t.{key}, depth + 1 FROM {table} AS t JOIN chain ON chain.id = t.{reference}
        )
        SELECT max(depth) FROM chain
    """)
    assert deepest == depth
    pair = f"FROM {table} AS child JOIN {table} AS parent ON parent.{key} = child.{reference}"
    assert await hotel.value(f"SELECT bool_and(child.created_at < parent.created_at) {pair}")
    # Nor does the order in the table suit them.
    assert await hotel.value(f"SELECT count(*) {pair} WHERE child.ctid < parent.ctid")


async def test_sequences_stand_where_the_rows_say(hotel: Session) -> None:
    assert await hotel.value("SELECT last_value FROM public.message_number_seq") == 3790
    assert await hotel.value("SELECT max(message_number) FROM public.chat_messages") == 3790
    assert (
        await hotel.value("SELECT increment_by FROM pg_sequences WHERE sequencename = 'message_number_seq'")
        == 10
    )
    assert await hotel.value("SELECT is_called FROM public.voucher_code_seq") is False
    assert await hotel.value(
        "SELECT array[last_value::text, is_called::text] FROM hotels.properties_id_seq"
    ) == [
        "6",
        "false",
    ]
    unowned = await hotel.value("""
        SELECT array_agg(relname::text ORDER BY relname) FROM pg_class
        WHERE relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
            AND objid = pg_class.oid AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i'))
    """)
    assert unowned == ["invoice_number_seq", "message_number_seq", "voucher_code_seq"]
    # The next value of every column's own sequence is free.
    owned: str = await hotel.value("""
        SELECT json_agg(json_build_array(sequence.oid::regclass, refobjid::regclass, attname))::text
        FROM pg_depend
        JOIN pg_class AS sequence ON sequence.oid = objid AND sequence.relkind = 'S'
        JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
        WHERE classid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND refobjsubid > 0
    """)
    for sequence, table, column in msgspec.json.decode(owned, type=list[tuple[str, str, str]]):
        taken = await hotel.value(
            f"SELECT (SELECT max({quote_identifier(column)}) FROM {table})"
            f" >= (SELECT last_value + is_called::int FROM {sequence})"
        )
        assert not taken, sequence


async def test_materialized_views_are_filled_the_one_from_the_other(hotel: Session) -> None:
    assert await hotel.value("SELECT bool_and(relispopulated) FROM pg_class WHERE relkind = 'm'")
    nights = "SELECT sum(nights) FROM public.guest_reservations WHERE status <> 'cancelled'"
    for view in ("public.occupancy_by_unit_month", "public.annual_occupancy"):
        assert await hotel.value(f"SELECT sum(nights) FROM {view}") == await hotel.value(nights)


async def test_every_tenant_table_has_row_security_with_policies_as_projects_write_them(
    hotel: Session,
) -> None:
    exposed = await hotel.value("""
        SELECT count(*) FROM pg_class
        JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant_id'
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity
    """)
    assert exposed == 0
    assert await hotel.value("SELECT array_agg(relname::text) FROM pg_class WHERE relforcerowsecurity") == [
        "integration_configs"
    ]
    written = "SELECT count(*) FROM pg_policies WHERE coalesce(qual, '') || coalesce(with_check, '') ~ $1"
    assert await hotel.value(written, r"(?<!SELECT )auth\.uid\(\)") >= 10
    assert await hotel.value(written, r"current_setting\('app\.tenant_id'") >= 20
    assert await hotel.value(written, r"SELECT auth\.uid\(\)") == 1
    assert await hotel.value("SELECT count(*) FROM pg_policies WHERE permissive = 'RESTRICTIVE'") == 3
    several = await hotel.value("""
        SELECT count(DISTINCT tablename) FROM (
            SELECT tablename FROM pg_policies WHERE permissive = 'PERMISSIVE' AND cmd IN ('SELECT', 'ALL')
            GROUP BY tablename HAVING count(*) > 1
        ) AS crowded
    """)
    assert several >= 10


async def test_policies_let_each_identity_see_its_own(hotel: Session) -> None:
    user = await hotel.value("SELECT user_id FROM public.user_tenant_permissions")
    tenant = await hotel.value("SELECT tenant_id FROM public.user_tenant_permissions")
    claims = msgspec.json.encode({"sub": str(user), "role": "authenticated"}).decode()
    everything: dict[str, int] = {}
    seen: dict[tuple[str, str], int] = {}
    for role in ("service_role", "authenticated", "anon"):
        async with hotel.transaction():
            await hotel.run(f"SET LOCAL row_security = on; SET LOCAL ROLE {role}")
            await hotel.value("SELECT set_config('app.tenant_id', $1, true)", str(tenant))
            if role == "authenticated":
                await hotel.value("SELECT set_config('request.jwt.claims', $1, true)", claims)
            for table in HOTEL_ROWS:
                name = QualifiedName("public", table)
                if await hotel.value("SELECT has_any_column_privilege($1::text, 'SELECT')", str(name)):
                    seen[role, table] = await hotel.value(f"SELECT count(*) FROM {name}")
    everything = {table: rows for (role, table), rows in seen.items() if role == "service_role"}
    assert everything == HOTEL_ROWS
    assert seen["authenticated", "staff_users"] == 4  # the tenant's five, without the one who left
    assert seen["anon", "staff_users"] == 0
    assert seen["anon", "tenant_registry"] == 2
    assert seen["authenticated", "guest_reservations"] == 52
    assert ("authenticated", "tenant_compliance_credentials") not in seen


async def test_roles_are_made_once_for_the_cluster(hotel: Session) -> None:
    await create_hotel_roles(hotel)
    roles = await hotel.value(
        "SELECT array_agg(format('%s %s %s', rolname, rolcanlogin, rolbypassrls) ORDER BY rolname)"
        " FROM pg_roles"
        " WHERE rolname IN ('anon', 'authenticated', 'service_role')"
    )
    assert roles == ["anon f f", "authenticated f f", "service_role f t"]


async def test_the_same_rows_arrive_every_time_and_on_every_server(
    hotel_parameters: ConnectionParameters,
    twin_parameters: tuple[ConnectionParameters, str],
    data_dump: DataDump,
) -> None:
    assert _digest(data_dump(hotel_parameters)) == twin_parameters[1]


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
