"""The linter on real servers: every rule's cases, the hotel database, and the command."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel
from pilotage.errors import ServerError
from pilotage.lint import RULES, chosen_rules, lint_database
from pilotage.model.lint import Finding, Linting
from pilotage.model.scope import Scope
from tests.lint_cases import ROLES, Placed, all_cases, look_alike, script
from tests.servers_at_hand import Databases, run_psql

VERSIONS = [18, 17, 16, 15]

EXTENSIONS = {18: {"btree_gist", "hstore", "vector"}, 17: {"hstore"}, 16: {"vector"}, 15: set[str]()}
"""Those of the cases' extensions that the wheels bring."""

LOOK_ALIKES = {"pg_graphql"}
"""Those of which the rules ask only whether they are there."""


async def lint(database: ConnectionParameters, *rules: str, scope: Scope | None = None) -> Linting:
    async with connect(database) as session:
        return await lint_database(session, scope or Scope(), chosen_rules(rules, ()))


def wrongs(linting: Linting, cases: tuple[Placed, ...]) -> dict[str, object]:
    """Return what was found of each case that is not as it should be."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in linting.findings:
        found.setdefault((finding.name, str(finding.metadata.get("schema"))), []).append(finding)
    wrong: dict[str, object] = {}
    for placed in cases:
        findings = found.get((placed.rule, placed.schema), [])
        objects = {f"{finding.kind} {finding.object}" for finding in findings}
        keys = {finding.cache_key for finding in findings}
        if objects != placed.objects or (placed.keys is not None and keys != placed.keys):
            wrong[placed.name] = (sorted(objects), sorted(placed.objects), sorted(keys))
    return wrong


@pytest.mark.parametrize("major", VERSIONS)
async def test_every_rule_finds_its_cases_and_nothing_else(new_database: Databases, major: int) -> None:
    cases = tuple(
        placed
        for placed in all_cases()
        if major >= placed.case.since
        and not placed.case.alone
        and (placed.case.extension is None or placed.case.extension in EXTENSIONS[major])
    )
    database = new_database(major)
    run_psql(database, script(cases, str(database.database)))
    linting = await lint(database)
    assert linting.not_checked == ()
    assert wrongs(linting, cases) == {}


@pytest.mark.parametrize(
    "placed", [placed for placed in all_cases() if placed.case.alone], ids=lambda each: each.name
)
async def test_a_case_of_the_whole_database(new_database: Databases, placed: Placed) -> None:
    case = placed.case
    # a cluster of its own: some are about the whole server
    database = new_database(18, "lint", sql=ROLES)
    extension = look_alike(case.extension) if case.extension in LOOK_ALIKES else ""
    try:
        run_psql(database, f"{extension}{case.sql};")
        linting = await lint(database, placed.rule)
    finally:
        run_psql(database, f"{case.after};")
    assert {f"{finding.kind} {finding.object}" for finding in linting.findings} == placed.objects


def test_every_rule_has_cases_of_both_kinds() -> None:
    kinds = {(placed.rule, placed.kind) for placed in all_cases()}
    assert kinds == {(rule.name, kind) for rule in RULES for kind in ("found", "not_found")}
    assert all(bool(placed.objects) == (placed.kind == "found") for placed in all_cases())


# -- the hotel database -------------------------------------------------------------------------------------

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
"""Ten in public and three in hotels, as the reference document counts them."""

_WRAPPED = "( SELECT auth.uid() AS uid)"
_ASKING = ("auth.uid()", "auth.jwt()", "auth.role()", "current_setting(", "public.current_tenant_id()")


class HotelPolicy(msgspec.Struct, frozen=True):
    """A row of pg_policies."""

    table: str
    name: str
    permissive: bool
    command: str
    roles: tuple[str, ...]
    text: str

    @property
    def is_bare(self) -> bool:
        """Whether it asks for something outside of a subquery of its own, by its text alone."""
        return any(call in self.text.replace(_WRAPPED, "") for call in _ASKING)


HOTEL_POLICIES = """
SELECT format('%I.%I', schemaname, tablename) AS table, policyname AS name,
    permissive = 'PERMISSIVE' AS permissive, cmd AS command, to_json(roles) AS roles,
    concat_ws(' ', qual, with_check) AS text
FROM pg_policies
"""


async def test_the_hotel_database_has_what_its_document_names_and_no_more(new_database: Databases) -> None:
    database = new_database(18)
    async with connect(database) as session:
        await create_hotel(session)
        policies = await session.records(HOTEL_POLICIES, HotelPolicy)
    linting = await lint(
        database, "unindexed_foreign_keys", "auth_rls_initplan", "multiple_permissive_policies"
    )
    found: dict[str, list[Finding]] = {}
    for finding in linting.findings:
        found.setdefault(finding.name, []).append(finding)

    keys = [finding.metadata for finding in found["unindexed_foreign_keys"]]
    assert {f"{key['schema']}.{key['name']} ({', '.join(key['fkey_columns'])})" for key in keys} == UNINDEXED
    assert len(keys) == 13

    bare = {(policy.table, policy.name) for policy in policies if policy.is_bare}
    assert len(bare) == 45
    assert {
        (f"{finding.metadata['schema']}.{finding.metadata['name']}", finding.metadata["policy_name"])
        for finding in found["auth_rls_initplan"]
    } == bare

    several = {
        (table, role, action)
        for table in {policy.table for policy in policies}
        for role in ("anon", "authenticated")
        for action in ("SELECT", "INSERT", "UPDATE", "DELETE")
        if sum(
            policy.table == table
            and policy.permissive
            and policy.command in {action, "ALL"}
            and not {role, "public"}.isdisjoint(policy.roles)
            for policy in policies
        )
        > 1
    }
    assert len({table for table, _, _ in several}) == 19
    assert {
        (f"{data['schema']}.{data['name']}", data["role"], data["action"])
        for data in (finding.metadata for finding in found["multiple_permissive_policies"])
    } == several


# -- the command --------------------------------------------------------------------------------------------

SHOP = """
CREATE TABLE customer (id int PRIMARY KEY);
CREATE TABLE "or\tder" (id int, customer int CONSTRAINT "by" REFERENCES customer);
CREATE UNLOGGED TABLE cache (id int PRIMARY KEY);
"""


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pilotage", "lint", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_the_command_prints_waives_compares_and_exits(new_database: Databases, tmp_path: Path) -> None:
    database = new_database(18, sql=SHOP)
    dsn = database.redacted_uri()

    text = command(dsn, folder=tmp_path)
    assert (text.returncode, text.stderr) == (1, "")
    lines = text.stdout.splitlines()
    assert lines[0] == "WARN unlogged_table \u00b7 1 finding"
    assert lines[2:4] == [
        "  \u00b7 Table public.cache is unlogged",
        "  Remedy: ALTER TABLE \u2026 SET LOGGED, which writes the table once more under an ACCESS EXCLUSIVE "
        "lock.",
    ]
    assert '"or\\tder"' in text.stdout
    assert "\t" not in text.stdout
    assert lines[-1].startswith(f"Lint of test_{os.getpid()}_")
    assert lines[-1].endswith(
        f": {len(RULES)} rules, 4 findings (1 WARN, 3 INFO). SQL for 1 of them: --fix DIR writes them."
    )

    printed = command(dsn, "--json", folder=tmp_path)
    linting = msgspec.json.decode(printed.stdout, type=Linting)
    assert printed.returncode == 1
    assert [
        (each.name, each.object, each.cache_key) for each in linting.findings if each.level == "INFO"
    ] == [
        ("no_primary_key", 'public."or\tder"', "no_primary_key_public_or\tder"),
        ("no_replica_identity", 'public."or\tder"', "no_replica_identity_public_or\tder"),
        (
            "unindexed_foreign_keys",
            'by on public."or\tder"',
            "unindexed_foreign_keys_public_or\tder_by",
        ),
    ]

    baseline = tmp_path / "baseline.json"
    baseline.write_text(printed.stdout)
    run_psql(database, "CREATE TABLE later (id int)")
    since = command(dsn, "--since", "baseline.json", "--rule", "no_primary_key", folder=tmp_path)
    assert since.returncode == 1
    assert "Table public.later has no primary key" in since.stdout
    assert since.stdout.splitlines()[-1].endswith(": 1 rule, 1 finding (1 INFO), 1 in the baseline.")

    assert command(dsn, "--level", "error", folder=tmp_path).returncode == 0
    assert command(dsn, "--exit-zero", folder=tmp_path).returncode == 0
    assert command(dsn, "--level", "warn", "-R", "unlogged_table", folder=tmp_path).returncode == 0

    (tmp_path / "pilotage.toml").write_text(
        """
        [[waive]]
        rule = "unlogged_table"
        object = "table public.cache"
        reason = "filled anew every night"

        [[waive]]
        rule = "no_*"
        object = "view *"
        reason = "there are none"
        """
    )
    waived = command(dsn, "--level", "warn", folder=tmp_path)
    assert waived.returncode == 0
    assert "    waived: filled anew every night" in waived.stdout
    assert "pilotage.toml:7" not in waived.stdout
    unused = command(dsn, "--rule", "no_primary_key", folder=tmp_path)
    assert ' \u00b7 pilotage.toml:7: object = "view *", rule = "no_*"' in unused.stdout
    assert command(dsn, "--rule", "unlogged_tables", folder=tmp_path).stderr.endswith(
        'there is no rule "unlogged_tables"; did you mean unlogged_table?\n'
    )


def test_the_command_writes_sarif(new_database: Databases, tmp_path: Path) -> None:
    dsn = new_database(18, sql=SHOP).redacted_uri()
    (tmp_path / "pilotage.toml").write_text(
        '[[waive]]\nrule = "unlogged_table"\nobject = "*"\nreason = "a cache"\n'
    )
    printed = command(dsn, "--format", "sarif", folder=tmp_path)
    assert printed.returncode == 1
    log = msgspec.json.decode(printed.stdout)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert (log["version"], len(rules), len(run["results"])) == ("2.1.0", len(RULES), 4)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        assert " " not in location["physicalLocation"]["artifactLocation"]["uri"]
        assert location["logicalLocations"][0]["fullyQualifiedName"]
    (waived,) = [result for result in run["results"] if "suppressions" in result]
    assert (waived["ruleId"], waived["level"]) == ("unlogged_table", "warning")
    assert waived["suppressions"] == [{"kind": "external", "justification": "a cache"}]
    assert len({result["partialFingerprints"]["pilotageFinding/v1"] for result in run["results"]}) == 4


async def test_a_scope_is_kept_and_what_may_not_be_read_is_said(new_database: Databases) -> None:
    database = new_database(
        18,
        sql="CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (i int); CREATE TABLE b.t (i serial);"
        "DO $$ BEGIN CREATE ROLE lint_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
    )
    scoped = await lint(database, "no_primary_key", scope=Scope(include=("a",)))
    assert [finding.object for finding in scoped.findings] == ["a.t"]
    reader = dataclasses.replace(database, user="lint_reader")
    everything = await lint(reader)
    assert {finding.object for finding in everything.findings if finding.name == "no_primary_key"} == {
        "a.t",
        "b.t",
    }
    assert everything.not_checked == (
        "integer_key_near_end, table_bloat: tables that the role may not read, 2 of them",
        "integer_key_near_end, sequence_near_end: sequences that the role may not read, 1 of them",
    )
    assert (await lint(database)).not_checked == ()
    assert (await lint(reader, "no_primary_key")).not_checked == ()


async def test_an_index_is_not_told_while_it_is_being_built(new_database: Databases) -> None:
    database = new_database(18, sql="CREATE TABLE t (a int)")
    begun = (
        "SELECT count(*)::int FROM pg_stat_progress_create_index b "
        "JOIN pg_index i ON i.indexrelid = b.index_relid "
        "WHERE b.datname = current_database() AND NOT i.indisvalid"
    )
    async with (
        connect(database) as builder,
        connect(database) as watcher,
        connect(database) as writer,
        writer.transaction(),
    ):
        await writer.run("INSERT INTO public.t VALUES (1)")
        # waits for the writer; the index is there meanwhile, and not valid
        building = asyncio.create_task(builder.run("CREATE INDEX CONCURRENTLY t_a ON public.t (a)"))
        while not building.done() and not await watcher.value(begun):
            await asyncio.sleep(0.01)
        assert not building.done()
        assert (await lint(database, "invalid_index")).findings == ()
        await watcher.value(f"SELECT pg_cancel_backend({builder.backend_pid})")
        with pytest.raises(ServerError):
            await building
        (left,) = (await lint(database, "invalid_index")).findings
    assert left.metadata == {"schema": "public", "name": "t", "type": "table", "index_name": "t_a"}


async def test_buckets_that_policies_keep_from_the_role_are_not_taken_for_none(
    new_database: Databases,
) -> None:
    database = new_database(
        18,
        sql="DO $$ BEGIN CREATE ROLE lint_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        "CREATE SCHEMA storage; CREATE TABLE storage.buckets (id text, name text, public bool);"
        "CREATE TABLE storage.objects (bucket_id text); GRANT USAGE ON SCHEMA storage TO lint_reader;"
        "GRANT SELECT ON storage.buckets TO lint_reader;"
        "ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY",
    )
    reader = dataclasses.replace(database, user="lint_reader")
    (said,) = (await lint(reader, "public_bucket_allows_listing")).not_checked
    assert said.startswith(
        "public_bucket_allows_listing: query would be affected by row-level security policy"
    )
    assert (await lint(database, "public_bucket_allows_listing")).not_checked == ()


async def test_schemas_of_the_service_are_left_out_unless_they_are_named(new_database: Databases) -> None:
    database = new_database(
        18,
        sql="DO $$ BEGIN CREATE ROLE supabase_tests; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        "CREATE SCHEMA storage AUTHORIZATION supabase_tests; CREATE TABLE storage.t (i int);"
        "CREATE TABLE t (i int); GRANT SELECT ON ALL TABLES IN SCHEMA storage TO PUBLIC",
    )
    every = await lint(database, "no_primary_key")
    assert [finding.object for finding in every.findings] == ["public.t"]
    assert every.not_checked == ("schemas of the service, not named with --schema: storage",)
    named = await lint(database, "no_primary_key", scope=Scope(include=("storage",)))
    assert [finding.object for finding in named.findings] == ["storage.t"]
    assert named.not_checked == ()


# -- fixes --------------------------------------------------------------------------------------------------

TO_MEND = """
CREATE SCHEMA "two words";
CREATE TABLE "two words"."na""me\n" (id int PRIMARY KEY, "up
down_id" int REFERENCES "two words"."na""me\n", again int);
ALTER TABLE "two words"."na""me\n" ADD FOREIGN KEY ("up
down_id") REFERENCES "two words"."na""me\n" ON DELETE CASCADE;
CREATE INDEX taken ON "two words"."na""me\n" (again);
CREATE UNIQUE INDEX "Same one" ON "two words"."na""me\n" (again DESC) WHERE again > 0;
CREATE UNIQUE INDEX "Same two" ON "two words"."na""me\n" (again DESC) WHERE again > 0;
COMMENT ON INDEX "two words"."Same two" IS 'it''s \\ here';
CREATE TABLE parted (id int, of_id int REFERENCES "two words"."na""me\n") PARTITION BY LIST (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2) PARTITION BY LIST (of_id);
CREATE TABLE parted_21 PARTITION OF parted_2 FOR VALUES IN (1);
CREATE INDEX idx_parted_of_fk ON parted_1 (id);
CREATE TABLE half (id int, of_id int REFERENCES "two words"."na""me\n") PARTITION BY LIST (id);
CREATE TABLE half_1 PARTITION OF half FOR VALUES IN (1);
CREATE INDEX half_done ON half_1 (of_id);
CREATE TABLE measured (a text);
CREATE INDEX m1 ON measured (lower(a)); CREATE INDEX m2 ON measured (lower(a));
ALTER INDEX m2 ALTER COLUMN 1 SET STATISTICS 500;
""".replace("\\n", "\n")


@pytest.mark.parametrize("major", [18, 15])
def test_fixes_mend_and_their_reverse_leaves_no_trace(
    new_database: Databases, schema_dump: Callable[[ConnectionParameters], str], tmp_path: Path, major: int
) -> None:
    database = new_database(major, sql=TO_MEND)
    dsn, before = database.redacted_uri(), schema_dump(database)
    rules = ("-r", "unindexed_foreign_keys", "-r", "duplicate_index")

    first = command(dsn, *rules, "--fix", "fixes", folder=tmp_path)
    assert first.returncode == 1
    assert first.stderr.splitlines() == ["wrote fixes/fixes.sql", "wrote fixes/reverse.sql"]
    assert first.stdout.splitlines()[-1].endswith(
        "2 rules, 6 findings (2 WARN, 4 INFO). SQL for 4 of them: --fix DIR writes them."
    )
    again = command(dsn, *rules, "--fix", "fixes", folder=tmp_path)
    assert (again.returncode, again.stderr) == (
        2,
        "pilotage: fixes/fixes.sql is there already; name another folder, or remove it\n",
    )
    statements = [
        line for line in (tmp_path / "fixes" / "fixes.sql").read_text().splitlines() if "parted" in line[:70]
    ]
    assert [line for line in statements if not line.startswith("--")] == [
        "CREATE INDEX CONCURRENTLY idx_parted_1_of_fk ON public.parted_1 (of_id);",
        "CREATE INDEX CONCURRENTLY idx_parted_21_of_fk ON public.parted_21 (of_id);",
        "CREATE INDEX idx_parted_2_of_fk ON public.parted_2 (of_id);",
        "CREATE INDEX idx_parted_of_fk_2 ON public.parted (of_id);",
    ]

    run_psql(database, tmp_path / "fixes" / "fixes.sql")
    # What a person has to decide is left: where a partition has such an index, or an index has more than
    # the statements would make again.
    left = command(dsn, *rules, "--json", folder=tmp_path)
    findings = msgspec.json.decode(left.stdout, type=Linting).findings
    assert [(finding.object, finding.fix) for finding in findings] == [
        ("public.m2", None),
        ("half_of_id_fkey on public.half", None),
    ]
    assert command(dsn, "-r", "invalid_index", folder=tmp_path).returncode == 0

    run_psql(database, tmp_path / "fixes" / "reverse.sql")
    assert schema_dump(database) == before
