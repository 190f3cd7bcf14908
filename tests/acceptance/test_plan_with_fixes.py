"""``plan --with-fixes``: what the linter finds is mended within the migration, expected, and taken back."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel, create_hotel_roles
from pilotage.errors import RefusedError
from pilotage.lint.catalogue import chosen_rules
from pilotage.plan import decode_plan
from pilotage.prepare import lint_source, prepare_fixes, prepare_plan
from tests.acceptance.test_command_line import pilotage, uri
from tests.generated_files import PsqlFailedError, rollback_files, run_files
from tests.servers_at_hand import Databases, installations, run_psql, schema_dump, versions

ROLES = """
DO $$ BEGIN CREATE ROLE fix_crew; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE fix_sailors; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
"""
HARBOUR = f"""
{ROLES}
CREATE TABLE port (id int PRIMARY KEY);
CREATE TABLE "Ship" (id int PRIMARY KEY, port_id int REFERENCES port, crew text);
CREATE TABLE log (id int, port_id int REFERENCES port, at date) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
    PARTITION BY LIST (id);
CREATE TABLE log_2_rest PARTITION OF log_2 DEFAULT;
CREATE TABLE later (id int, port_id int REFERENCES port) PARTITION BY LIST (id);
CREATE TABLE waived (id int PRIMARY KEY, port_id int REFERENCES port);
CREATE INDEX twice ON "Ship" (crew);
CREATE INDEX once ON "Ship" (crew);
COMMENT ON INDEX twice IS 'it''s "here"';
INSERT INTO port VALUES (1), (2);
INSERT INTO "Ship" SELECT i, 1 + i % 2, 'crew ' || i % 3 FROM generate_series(1, 30) AS i;
INSERT INTO log VALUES (1, 1, '2024-05-05'), (2, 2, '2025-05-05');
ALTER TABLE "Ship" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "Ship" FOR SELECT TO fix_crew USING (crew = 'crew 1');
CREATE POLICY "of;port" ON "Ship" FOR SELECT TO fix_crew USING (port_id = 2 OR crew = ';
 -- no');
COMMENT ON POLICY own ON "Ship" IS 'those of one';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO fix_crew;
"""
WAIVER = """
[[waive]]
rule = "unindexed_foreign_keys"
object = "*public.waived"
reason = "rows of port are never deleted"
"""


MENDED = {"auth_rls_initplan": 45, "multiple_permissive_policies": 29, "unindexed_foreign_keys": 13}

DEFINITIONS = ("--skip", "contents", "--skip", "access")
"""Options that compare no rows, for the sake of time."""


def done(*arguments: str | Path, cwd: Path) -> str:
    finished = pilotage(*arguments, cwd=cwd)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    return finished.stdout


def verdict_of(source: ConnectionParameters, target: ConnectionParameters, *more: str, cwd: Path) -> Any:
    return json.loads(pilotage("verify", uri(source), uri(target), "--json", *more, cwd=cwd).stdout)


def differing(verdict: Any) -> set[str]:
    return {each["object"] for check in verdict["checks"] for each in check["differences"]}


def fixed(verdict: Any) -> set[str]:
    """The fixed objects of a verdict, as its differences name them; none of these has ``: `` in its name."""
    return {each.partition(": ")[0] for each in verdict["fixed"]}


@pytest.mark.thorough
@pytest.mark.servers(16, 18)
async def test_the_hotel_is_mended_on_its_way_to_a_newer_server(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(16), new_database(18, "target")
    async with connect(source) as session:
        await create_hotel(session)
    async with connect(target) as session:
        await create_hotel_roles(session)

    printed = done("plan", uri(source), "-o", "m", "--with-fixes", "all", cwd=tmp_path)
    assert "unindexed_foreign_keys        13 findings mended" in printed
    plan = decode_plan((tmp_path / "m" / "plan.json").read_bytes())
    findings = {(each.rule, each.detail) for fix in plan.fixes for each in fix.findings}
    assert Counter(rule for rule, _ in findings if rule in MENDED) == MENDED
    assert len({fix.name for fix in plan.fixes if len(fix.rules) > 1}) > 10  # mended by one change
    # also of two tables without rows
    assert {each.object for each in plan.left_fixes if each.rule in MENDED} == set()
    document = (tmp_path / "m" / "MIGRATION_ORDER.md").read_text()
    assert "## Chosen fixes" in document
    assert "CREATE INDEX idx_staff_users_created_by_fk ON public.staff_users (created_by);" in document
    done("generate", "m", cwd=tmp_path)
    done("apply", "m", uri(target), cwd=tmp_path)

    found = json.loads(pilotage("lint", uri(target), "--json", cwd=tmp_path).stdout)["findings"]
    left = {(finding["name"], finding["detail"]) for finding in found}
    assert left.isdisjoint(findings)
    assert MENDED.keys().isdisjoint(name for name, _ in left)

    as_planned = verdict_of(source, target, "--plan", "m", "--skip", "contents", cwd=tmp_path)
    assert (as_planned["outcome"], differing(as_planned)) == ("equal", set())
    told = f"; the source as {len(plan.fixes)} chosen fixes make it."
    assert told in done("diff", uri(source), uri(target), "--plan", "m", cwd=tmp_path)
    as_the_source = verdict_of(source, target, *DEFINITIONS, cwd=tmp_path)
    assert as_the_source["outcome"] == "different"
    assert differing(as_the_source) == fixed(as_planned)

    run_psql(
        target,
        "DROP INDEX public.idx_staff_users_created_by_fk;"
        "DROP INDEX public.idx_sire_export_logs_user_fk;"
        "CREATE INDEX idx_sire_export_logs_user_fk ON public.sire_export_logs (id);"
        'ALTER POLICY "Signed in" ON hotels.guest_information USING (true);',
    )
    spoilt = verdict_of(source, target, "--plan", "m/plan.json", *DEFINITIONS, cwd=tmp_path)
    assert differing(spoilt) == {
        "index public.idx_staff_users_created_by_fk",
        "index public.idx_sire_export_logs_user_fk",
        'policy "Signed in" on hotels.guest_information',
    }
    assert fixed(spoilt) == fixed(as_planned) - differing(spoilt)

    said = run_files(target, rollback_files(tmp_path / "m" / "sql")[:1])
    assert said.count("left as found") == 3
    run_psql(target, "DROP INDEX public.idx_sire_export_logs_user_fk;")
    taken_back = verdict_of(source, target, *DEFINITIONS, cwd=tmp_path)
    assert differing(taken_back) == {'policy "Signed in" on hotels.guest_information'}


@pytest.mark.servers(18)
def test_every_kind_of_fix_is_made_expected_and_taken_back(new_database: Databases, tmp_path: Path) -> None:
    source, target = new_database(18, sql=HARBOUR), new_database(18, "target", sql=ROLES)
    (tmp_path / "pilotage.toml").write_text(WAIVER)
    roles = ("--map-role", "fix_crew=fix_sailors")

    printed = done("plan", uri(source), "-o", "m", "--with-fixes", "all", *roles, cwd=tmp_path)
    plan = decode_plan((tmp_path / "m" / "plan.json").read_bytes())
    assert plan.left_fixes == ()
    assert [(*fix.rules, str(fix.name)) for fix in plan.fixes] == [
        ("duplicate_index", 'public."Ship"'),
        ("multiple_permissive_policies", 'public."Ship"'),
        ("unindexed_foreign_keys", 'public."Ship"'),
        ("unindexed_foreign_keys", "public.later"),
        ("unindexed_foreign_keys", "public.log"),
    ]
    assert "Chosen fixes (5)" in printed
    done("generate", "m", cwd=tmp_path)
    applied = done("apply", "m", uri(target), cwd=tmp_path)
    assert "85-fixes.sql made the chosen fixes; `pilotage verify SOURCE TARGET --plan DIR`" in applied

    verdict = verdict_of(source, target, "--plan", "m", *roles, cwd=tmp_path)
    assert (verdict["outcome"], differing(verdict)) == ("equal", set())
    assert sorted(verdict["fixed"]) == [
        'index public."idx_Ship_port_fk": new',
        "index public.idx_later_port_fk: new",
        "index public.idx_log_1_port_fk: new",
        "index public.idx_log_2_port_fk: new",
        "index public.idx_log_2_rest_port_fk: new",
        "index public.idx_log_port_fk: new",
        "index public.twice: dropped, for public.once does the same",
        'policy "Ship_select_fix_crew" on public."Ship": new',
        'policy "of;port" on public."Ship": dropped',
        'policy own on public."Ship": dropped',
    ]
    assert differing(verdict_of(source, target, *roles, cwd=tmp_path)) >= {"index public.twice"}

    sql = tmp_path / "m" / "sql"
    said = run_files(target, rollback_files(sql)[:1])
    assert "left as found" not in said
    taken_back = verdict_of(source, target, *roles, cwd=tmp_path)
    assert (taken_back["outcome"], differing(taken_back)) == ("equal", set())
    again = run_files(target, rollback_files(sql)[:1])
    assert again.count("left as found") == 5
    assert verdict_of(source, target, *roles, cwd=tmp_path)["outcome"] == "equal"

    run_files(target, [sql / "85-fixes.sql"])
    run_psql(
        target, 'ALTER POLICY "Ship_select_fix_crew" ON "Ship" USING (true); DROP INDEX "idx_Ship_port_fk";'
    )
    touched = run_files(target, rollback_files(sql)[:1])
    assert touched.count("left as found") == 2
    # nothing of somebody's own is taken along
    with pytest.raises(PsqlFailedError, match="policy Ship_select_fix_crew on table"):
        run_files(target, rollback_files(sql)[1:])
    run_psql(target, 'DROP POLICY "Ship_select_fix_crew" ON "Ship";')
    run_files(target, rollback_files(sql)[1:])
    assert (
        run_psql(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace;")
        == "0\n"
    )


@pytest.mark.servers(18)
def test_careless_uses_are_told_what_to_do(new_database: Databases, tmp_path: Path) -> None:
    source = new_database(18, sql=HARBOUR)
    dsn = uri(source)
    for options, told in (
        (("-o", "m", "--with-fixes", "unindexed_foreign_key"), "did you mean unindexed_foreign_keys?"),
        (("-o", "m", "--with-fixes", "all", "--with-fixes", "al"), 'there is no rule "al"'),
        (("--with-fixes", "all"), "name the plan's folder with -o DIR"),
        (("--suggest", "--with-fixes", "all"), "leave out --with-fixes"),
    ):
        refused = pilotage("plan", dsn, *options, cwd=tmp_path)
        assert refused.returncode == 2
        assert told in refused.stderr
        assert not (tmp_path / "m").exists()
    refused = pilotage("verify", dsn, dsn, "--plan", "nowhere", cwd=tmp_path)
    assert (refused.returncode, "make the plan with" in refused.stderr) == (2, True)

    done("plan", dsn, "-o", "other", cwd=tmp_path)
    empty = uri(new_database(18, "target", sql="CREATE TABLE elsewhere (id int);"))
    for command in ("verify", "diff"):
        refused = pilotage(command, empty, dsn, "--plan", "other", cwd=tmp_path)
        assert (refused.returncode, "has none of its tables" in " ".join(refused.stderr.split())) == (2, True)

    nothing = done("plan", dsn, "-o", "m", "--with-fixes", "no_primary_key", cwd=tmp_path)
    assert "not mended: table public.later and 1 more: no SQL is written for it" in " ".join(nothing.split())
    assert not [file for file in (tmp_path / "m").iterdir() if "85" in file.name]
    assert decode_plan((tmp_path / "m" / "plan.json").read_bytes()).fixes == ()

    told = done("plan", dsn, cwd=tmp_path)
    assert "Lint of the source" in told
    assert "unindexed_foreign_keys" in told
    assert "Lint of the source" not in done("plan", dsn, "--no-lint", cwd=tmp_path)


QUAY = """
CREATE TABLE dock (id int PRIMARY KEY);
CREATE TABLE "Boat" (id serial, code text NOT NULL, dock_id int);
ALTER TABLE "Boat" ALTER id TYPE bigint;
CREATE UNIQUE INDEX "By code" ON "Boat" (code);
INSERT INTO dock VALUES (1);
INSERT INTO "Boat" (code, dock_id) VALUES ('a', 1), ('b', 1), ('b, again', NULL);
SELECT setval('"Boat_id_seq"', 2000000000);
ALTER TABLE "Boat"
    ADD CONSTRAINT "Moored" FOREIGN KEY (dock_id) REFERENCES dock NOT VALID,
    ADD CONSTRAINT short CHECK (length(code) < 9) NOT VALID,
    ADD CONSTRAINT broken CHECK (code = 'a') NOT VALID;
COMMENT ON CONSTRAINT short ON "Boat" IS 'on the stern';
CREATE INDEX half ON "Boat" (dock_id);
CREATE UNIQUE INDEX twice ON "Boat" (dock_id, id);
COMMENT ON INDEX half IS 'of a build that ended';
UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('half'::regclass, 'twice'::regclass);
CREATE FUNCTION knots(speed float8) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN RETURN speed / 1.852; END';
CREATE FUNCTION knots(speed int) RETURNS int LANGUAGE plpgsql SET work_mem = '1MB' AS 'BEGIN RETURN 1; END';
CREATE PROCEDURE "Cast off"() LANGUAGE plpgsql AS 'BEGIN PERFORM 1; END';
COMMENT ON FUNCTION knots(int) IS 'rounded';
CREATE SCHEMA "Odd s";
CREATE FUNCTION "Odd s"."f,n(x"(a int DEFAULT 3, VARIADIC b text[] DEFAULT '{}') RETURNS int LANGUAGE plpgsql
    AS 'BEGIN RETURN a; END';
"""
OTHER_RULES = (
    "constraint_not_valid",
    "function_search_path_mutable",
    "invalid_index",
    "no_replica_identity",
    "sequence_near_end",
)


@pytest.mark.parametrize("major", versions(18, thorough=(16,), besides=(18,)))
def test_functions_constraints_sequences_and_replica_identities_are_mended(
    new_database: Databases, tmp_path: Path, major: int
) -> None:
    source, target = new_database(major, sql=QUAY), new_database(18, "target")
    chosen = [each for rule in OTHER_RULES for each in ("--with-fixes", rule)]
    before = schema_dump(source)
    done("plan", uri(source), "-o", "m", *chosen, cwd=tmp_path)
    assert schema_dump(source) == before
    plan = decode_plan((tmp_path / "m" / "plan.json").read_bytes())
    assert {(each.rule, each.object): each.reason.partition("\n")[0] for each in plan.left_fixes} == {
        ("constraint_not_valid", 'table constraint broken on public."Boat"'): (
            'check constraint "broken" of relation "Boat" is violated by some row'
        ),
        ("invalid_index", "index public.twice"): (
            "pg_dump leaves it out, and rows may be against it: create it at the target"
        ),
    }
    # of what the fixes mend, nothing is told as left behind
    assert [hazard.object for hazard in plan.all_hazards] == ["index public.twice"]
    done("generate", "m", cwd=tmp_path)
    done("apply", "m", uri(target), cwd=tmp_path)

    verdict = verdict_of(source, target, "--plan", "m", cwd=tmp_path)
    assert (verdict["outcome"], differing(verdict)) == ("equal", set())
    assert sorted(verdict["fixed"]) == [
        'check constraint short on public."Boat": validated',
        'foreign key "Moored" on public."Boat": validated',
        'function "Odd s"."f,n(x"(a integer, VARIADIC b text[]): search_path=""',
        'function public.knots(speed double precision): search_path=""',
        'function public.knots(speed integer): search_path="", work_mem=1MB',
        "index public.half: new",
        'procedure public."Cast off"(): search_path=""',
        'sequence public."Boat_id_seq": bigint, to 9223372036854775807',
        'table public."Boat": replica identity by index "By code"',
    ]
    assert "no differences" in done("diff", uri(source), uri(target), "--plan", "m", cwd=tmp_path)
    left = json.loads(pilotage("lint", uri(target), "--json", cwd=tmp_path).stdout)["findings"]
    assert [each["object"] for each in left if each["name"] in OTHER_RULES] == ['broken on public."Boat"']

    as_the_source = verdict_of(source, target, *DEFINITIONS, cwd=tmp_path)
    assert differing(as_the_source) >= fixed(verdict)

    sql = tmp_path / "m" / "sql"
    assert "left as found" not in run_files(target, rollback_files(sql)[:1])
    taken_back = verdict_of(source, target, *DEFINITIONS, cwd=tmp_path)
    assert (taken_back["outcome"], differing(taken_back)) == ("equal", set())

    run_files(target, [sql / "85-fixes.sql"])
    spoil = 'ALTER TABLE "Boat" REPLICA IDENTITY FULL; ALTER FUNCTION knots(int) RESET ALL;'
    run_psql(target, spoil)
    spoilt = verdict_of(source, target, "--plan", "m", *DEFINITIONS, cwd=tmp_path)
    assert fixed(verdict) - fixed(spoilt) == {'table public."Boat"', "function public.knots(speed integer)"}
    # the functions of one name are one fix
    assert run_files(target, rollback_files(sql)[:1]).count("left as found") == 2
    run_files(target, rollback_files(sql)[1:])
    assert (
        run_psql(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace;")
        == "0\n"
    )


CHANGES = {
    "FUNCTION knots(int) SECURITY DEFINER": "function public.knots(speed integer)",
    'POLICY own ON "Boat" USING (false)': 'policy own on public."Boat"',
    'POLICY own ON "Boat" USING (true)': 'policy own on public."Boat"',
    'SEQUENCE "Boat_id_seq" MAXVALUE 2100000000': 'sequence public."Boat_id_seq"',
    'TABLE "Boat" REPLICA IDENTITY FULL': 'table public."Boat"',
}
"""Of the source after its migration, with ALTER before them: of what each makes a difference."""


@pytest.mark.servers(18)
def test_what_the_source_has_changed_since_is_a_difference_though_a_fix_was_made_for_it(
    new_database: Databases, tmp_path: Path
) -> None:
    own = """
    ALTER TABLE "Boat" ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON "Boat" FOR SELECT TO fix_crew USING (code = current_setting('app.code', true));
    CREATE POLICY old ON dock FOR SELECT TO fix_crew USING (id > 1);
    CREATE POLICY older ON dock FOR SELECT TO fix_crew USING (id < 5);
    ALTER TABLE dock ENABLE ROW LEVEL SECURITY;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO fix_crew;
    CREATE INDEX dock_again ON dock (id);
    CREATE INDEX dock_and_again ON dock (id);
    """
    source, target = new_database(18, sql=ROLES + QUAY + own), new_database(18, "target", sql=ROLES)
    done("plan", uri(source), "-o", "m", "--with-fixes", "all", cwd=tmp_path)
    done("generate", "m", cwd=tmp_path)
    done("apply", "m", uri(target), cwd=tmp_path)
    with_plan = ("--plan", "m", *DEFINITIONS)
    assert verdict_of(source, target, *with_plan, cwd=tmp_path)["outcome"] == "equal"
    for change, changed in CHANGES.items():
        run_psql(source, f"ALTER {change};")
        assert changed in differing(verdict_of(source, target, *with_plan, cwd=tmp_path)), change
        found = pilotage("diff", uri(source), uri(target), "--plan", "m", "--json", cwd=tmp_path)
        told = {f"{each['kind']} {each['object']}" for each in json.loads(found.stdout)["differences"]}
        assert changed.partition("(")[0] in {each.partition("(")[0] for each in told}, change
    run_psql(
        source,
        """
        COMMENT ON POLICY own ON "Boat" IS 'new';
        DROP POLICY old ON dock; CREATE POLICY old ON dock FOR SELECT TO fix_crew USING (id > 2);
        DROP INDEX dock_and_again; CREATE INDEX dock_and_again ON dock (id DESC);
        """,
    )
    verdict = verdict_of(source, target, *with_plan, cwd=tmp_path)
    assert {"policy old on public.dock", "index public.dock_and_again"} <= differing(verdict)
    assert not differing(verdict) & fixed(verdict)
    refused = pilotage("generate", "m", "--force", cwd=tmp_path)
    assert "gone: fix" not in refused.stderr


@pytest.mark.servers(18)
async def test_a_source_that_is_changed_while_fixes_are_chosen_is_refused(new_database: Databases) -> None:
    source = new_database(18, sql=HARBOUR)
    configuration = Configuration()
    rules = chosen_rules(("multiple_permissive_policies",), ())
    linting = await lint_source(source, configuration, rules)
    fixes = await prepare_fixes(source, configuration, linting, {rule.name for rule in rules})
    assert fixes.taken
    run_psql(source, """ALTER POLICY own ON "Ship" USING (false);""")
    with pytest.raises(RefusedError, match=r'public\."Ship" of the source was changed while fixes'):
        await prepare_plan(source, configuration, installations(), fixes)
