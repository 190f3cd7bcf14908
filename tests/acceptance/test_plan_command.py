"""``pilotage plan`` for review: groups asked for or inferred, their order proved, and files that hold it."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel
from pilotage.model.choices import Layout
from pilotage.model.plan import Plan
from pilotage.model.review import FindingKind
from pilotage.plan import decode_plan
from tests.acceptance.test_command_line import uri
from tests.commands import pilotage
from tests.servers_at_hand import REPOSITORY, Clusters, Databases, run_psql

pytestmark = pytest.mark.servers(18)

HOTEL_TOML = REPOSITORY / "examples" / "hotel" / "pilotage.toml"
FORGOTTEN = ("tenant_compliance_credentials", "tenant_knowledge_embeddings", "tenant_muva_content")

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]


@pytest.fixture(scope="module")
def hotel(clusters: Clusters) -> Iterator[ConnectionParameters]:
    """The hotel database, which no test here changes."""
    databases = Databases(clusters)
    parameters = databases(18)
    asyncio.run(fill(parameters))
    yield parameters
    databases.drop()


async def fill(parameters: ConnectionParameters) -> None:
    async with connect(parameters) as session:
        await create_hotel(session)


def planned(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    finished = pilotage("plan", *arguments)
    assert finished.returncode == 0, finished.stderr
    return finished


def plan_in(folder: Path) -> Plan:
    return decode_plan((folder / "plan.json").read_bytes())


def objects(plan: Plan, kind: FindingKind) -> list[str]:
    return [finding.object for finding in plan.findings if finding.kind is kind]


# --- the hotel, as a team had grouped it by hand ---------------------------------------------------------


def test_the_hotels_groups_are_put_in_an_order_that_holds(
    hotel: ConnectionParameters, tmp_path: Path
) -> None:
    shown = planned(uri(hotel), "-c", HOTEL_TOML, "-o", tmp_path).stdout
    plan = plan_in(tmp_path)
    assert plan.order is not None
    assert plan.order.requested == ("foundation", "catalog", "operations", "reservations", "integrations")
    assert plan.order.planned == ("foundation", "operations", "catalog", "reservations", "integrations")
    (change,) = plan.order.changes
    assert (change.group, change.after) == ("catalog", "operations")
    assert change.because == ("public.accommodation_units.(tenant_id, hotel_id) → public.hotels",)
    assert plan.order.deferred_keys == ()
    assert [file.name for file in plan.files if file.group] == [
        "01-schema-foundation.sql",
        "02-schema-operations.sql",
        "03-schema-catalog.sql",
        "04-schema-reservations.sql",
        "06-schema-integrations.sql",
        "10-data-foundation.sql",
        "11-data-operations.sql",
        "12-data-catalog.sql",
        "13-data-reservations.sql",
        "15-data-integrations.sql",
    ]

    document = (tmp_path / "MIGRATION_ORDER.md").read_text()
    (line,) = [line for line in document.splitlines() if line.startswith("- Order: ")]
    assert line.endswith("because of `accommodation_units.(tenant_id, hotel_id) → hotels`")
    assert "Catalog" in line
    assert "Operations" in line
    assert "planned    foundation, operations, catalog, reservations, integrations" in shown


def test_the_hotels_forgotten_tables_are_placed_and_said(hotel: ConnectionParameters, tmp_path: Path) -> None:
    planned(uri(hotel), "-c", HOTEL_TOML, "-o", tmp_path)
    plan = plan_in(tmp_path)
    assert objects(plan, FindingKind.TABLE_PLACED) == [f"public.{name}" for name in FORGOTTEN]
    (integrations,) = [group for group in plan.groups if group.name == "integrations"]
    assert {name.name for name in integrations.tables} > set(FORGOTTEN)
    document = (tmp_path / "MIGRATION_ORDER.md").read_text()
    for name in FORGOTTEN:
        assert re.search(
            rf"^- Table placed: `public\.{name}`: .* is placed in integrations", document, re.MULTILINE
        )


def test_the_hotel_is_as_its_team_expected_and_has_ten_keys_without_index(
    hotel: ConnectionParameters, tmp_path: Path
) -> None:
    planned(uri(hotel), "-c", HOTEL_TOML, "-o", tmp_path)
    plan = plan_in(tmp_path)
    assert objects(plan, FindingKind.EXPECTATION) == []
    # 13 in all of the database, 3 of them in schemas besides public.
    assert len(objects(plan, FindingKind.UNINDEXED_KEY)) == 10
    everything = json.loads(planned(uri(hotel), "--json").stdout)
    kinds = [finding["kind"] for finding in everything["findings"]]
    assert kinds.count("foreign key without index") == 13


def test_a_wrong_expectation_is_a_finding(hotel: ConnectionParameters, tmp_path: Path) -> None:
    text = (
        HOTEL_TOML.read_text().replace("tables = 41\n", "tables = 40\n").replace("hotels = 3", "hotels = 4")
    )
    (tmp_path / "wrong.toml").write_text(text)
    shown = planned(uri(hotel), "-c", tmp_path / "wrong.toml", "-o", tmp_path).stdout
    differences = {
        (finding.object, finding.expected, finding.found)
        for finding in plan_in(tmp_path).findings
        if finding.kind is FindingKind.EXPECTATION
    }
    assert differences == {("tables", "40", "41"), ("public.hotels", "4", "3")}
    assert "public.hotels: it has fewer rows than expected (3, not 4)" in shown
    assert "(expected 40, found 41)" in (tmp_path / "MIGRATION_ORDER.md").read_text()


@pytest.mark.parametrize("layout", Layout)
def test_planning_twice_gives_the_same_bytes(
    hotel: ConnectionParameters, tmp_path: Path, layout: Layout
) -> None:
    for folder in ("one", "two"):
        planned(uri(hotel), "-c", HOTEL_TOML, "--layout", layout, "-o", tmp_path / folder)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} for folder in ("one", "two")
    )
    assert one.keys() >= {"plan.json", "MIGRATION_ORDER.md", "dependency_graph.svg", "source.dsn"}
    assert one == two


def test_a_table_that_is_not_there_is_refused_with_its_line(
    hotel: ConnectionParameters, tmp_path: Path
) -> None:
    lines = HOTEL_TOML.read_text().splitlines()
    number = lines.index('  "staff_users",')
    lines[number] = '  "staff_user",'
    file = tmp_path / "hotel.toml"
    file.write_text("\n".join(lines))
    refused = pilotage("plan", uri(hotel), "-c", file)
    assert refused.returncode == 2
    assert f"{file}:{number + 1}: " in refused.stderr
    assert '"staff_user" means no table in scope; did you mean "public.staff_users"' in refused.stderr


# --- suggestions -----------------------------------------------------------------------------------------


def test_a_suggestion_is_accepted_and_gives_the_same_plan(
    hotel: ConnectionParameters, tmp_path: Path
) -> None:
    file = tmp_path / "pilotage.toml"
    file.write_text(planned(uri(hotel), "--suggest").stdout)
    planned(uri(hotel), "-c", file, "-o", tmp_path / "suggested")
    planned(uri(hotel), "-o", tmp_path / "inferred")
    assert plan_in(tmp_path / "suggested") == plan_in(tmp_path / "inferred")
    groups = tomllib.loads(file.read_text())["group"]
    assert 4 <= len(groups) <= 9


def test_a_suggestion_ignores_the_groups_that_are_there_and_keeps_the_rest(
    hotel: ConnectionParameters, tmp_path: Path
) -> None:
    file = tmp_path / "old.toml"
    text = 'layout = "bulk"\n[scope]\nschemas = ["public"]\n[[group]]\nname = "gone"\ntables = ["dropped"]\n'
    file.write_text(text)
    suggested = tomllib.loads(planned(uri(hotel), "-c", file, "--suggest").stdout)
    assert (suggested["layout"], suggested["scope"]["schemas"]) == ("bulk", ["public"])
    assert "gone" not in {group["name"] for group in suggested["group"]}


def test_a_suggestion_replaces_no_file(hotel: ConnectionParameters, tmp_path: Path) -> None:
    planned(uri(hotel), "--suggest", "-o", tmp_path)
    written = tmp_path / "pilotage.toml"
    written.write_text(written.read_text() + "# mine\n")
    refused = pilotage("plan", uri(hotel), "--suggest", "-o", tmp_path)
    assert refused.returncode == 2
    assert "is there already" in refused.stderr
    assert written.read_text().endswith("# mine\n")


# --- what stands between tables ---------------------------------------------------------------------------

HARBOUR = """
CREATE TYPE mood AS ENUM ('calm', 'rough');
CREATE FUNCTION plus_one(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x + 1';
CREATE DOMAIN metres AS int CHECK (plus_one(VALUE) > 0);
CREATE DOMAIN late AS int;
CREATE TABLE c_port (id int PRIMARY KEY, mood mood NOT NULL DEFAULT 'calm');
CREATE TABLE c_note (id int, note text);
CREATE VIEW c_moods AS SELECT id, mood FROM c_port;
CREATE VIEW c_grouped AS SELECT id, mood FROM c_port GROUP BY id;
CREATE FUNCTION count_moods() RETURNS bigint LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT count(*) FROM c_moods; END;
CREATE FUNCTION id_of(c c_port) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT c.id';
CREATE CAST (c_port AS int) WITH FUNCTION id_of(c_port);
CREATE FUNCTION is_near(c_port, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR === (LEFTARG = c_port, RIGHTARG = int, FUNCTION = is_near);
CREATE TYPE berth AS (number int, port c_port);
CREATE SEQUENCE owned OWNED BY c_port.id;
CREATE SEQUENCE free;

CREATE TABLE a_default (id int PRIMARY KEY, n bigint DEFAULT count_moods());
CREATE TABLE a_rows (id int PRIMARY KEY, port c_port, many c_moods[], berth berth,
    CHECK (port OPERATOR(public.===) 3));
CREATE TABLE a_domain (id metres PRIMARY KEY);
CREATE TABLE a_parted (id int, k int, note text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE c_part_1 PARTITION OF a_parted FOR VALUES IN (1);
CREATE TABLE b_part_2 (note text, k int NOT NULL, id int NOT NULL);
ALTER TABLE a_parted ATTACH PARTITION b_part_2 FOR VALUES IN (2);
CREATE INDEX a_parted_k ON a_parted (k);
CREATE INDEX a_rows_port ON a_rows (id_of(port));
CREATE INDEX a_default_plus ON a_default (plus_one(id)) WHERE plus_one(id) > 0;
CREATE STATISTICS a_statistics ON (plus_one(id)), n FROM a_default;
CREATE POLICY reads_c ON a_domain USING (EXISTS (SELECT FROM c_port));
CREATE POLICY reads_a ON c_port USING (EXISTS (SELECT FROM a_domain));
CREATE RULE also AS ON DELETE TO a_domain DO ALSO DELETE FROM c_port;

CREATE TABLE b_checked (id int PRIMARY KEY, d int CONSTRAINT positive CHECK (plus_one(d) > 0),
    g int GENERATED ALWAYS AS (plus_one(id)) STORED, mood mood, serial serial,
    identity int GENERATED ALWAYS AS IDENTITY, free int DEFAULT nextval('free'));
CREATE TABLE b_child (extra int) INHERITS (c_note);
CREATE TABLE b_numbered (id int PRIMARY KEY DEFAULT nextval('owned'));
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER touch BEFORE INSERT ON b_checked FOR EACH ROW WHEN (plus_one(NEW.id) > 3)
    EXECUTE FUNCTION touch();
ALTER TABLE b_checked ENABLE ALWAYS TRIGGER touch;
CREATE TABLE c_late (d late);

CREATE MATERIALIZED VIEW seen AS SELECT a.id, c.mood FROM a_default a JOIN c_port c USING (id);
CREATE UNIQUE INDEX seen_id ON seen (id);
CREATE MATERIALIZED VIEW seen_grouped AS SELECT id, mood FROM c_port GROUP BY id;
CREATE VIEW over_seen AS SELECT * FROM seen;

CREATE TABLE a_ship (id int PRIMARY KEY, b int, nn int);
CREATE TABLE b_crew (id int PRIMARY KEY, a int REFERENCES a_ship, mate int REFERENCES b_crew);
INSERT INTO c_port SELECT n FROM generate_series(1, 9) AS n;
INSERT INTO a_ship VALUES (-1, NULL, NULL), (2, 5, 2);
INSERT INTO b_crew VALUES (5, 2, 6), (6, -1, 5);
INSERT INTO a_rows VALUES (1, (1, 'rough'), ARRAY[(1, 'calm')::c_moods], (7, (2, 'calm')));
INSERT INTO a_default (id) SELECT generate_series(1, 5);
INSERT INTO a_parted VALUES (1, 1, 'one'), (2, 2, 'two');
INSERT INTO b_checked (id, d) VALUES (1, 1);
INSERT INTO c_late VALUES (-1);
UPDATE a_ship SET b = 77 WHERE id = -1;
ALTER TABLE a_ship ADD CONSTRAINT circle FOREIGN KEY (b) REFERENCES b_crew NOT VALID;
UPDATE a_ship SET b = 5;
ALTER TABLE a_ship VALIDATE CONSTRAINT circle;
ALTER TABLE a_ship ADD CONSTRAINT never_held FOREIGN KEY (id) REFERENCES c_port NOT VALID;
ALTER TABLE a_ship ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
ALTER TABLE a_ship ADD CONSTRAINT has_nn NOT NULL nn NOT VALID;
ALTER TABLE b_crew ADD CONSTRAINT not_enforced FOREIGN KEY (a) REFERENCES c_port NOT ENFORCED;
ALTER DOMAIN late ADD CONSTRAINT late_positive CHECK (VALUE > 0) NOT VALID;
COMMENT ON CONSTRAINT circle ON a_ship IS 'closes a circle of groups';
COMMENT ON CONSTRAINT positive ON a_ship IS 'never validated';
COMMENT ON CONSTRAINT has_nn ON a_ship IS 'never validated';
COMMENT ON CONSTRAINT late_positive ON DOMAIN late IS 'never validated';
COMMENT ON INDEX seen_id IS 'of a materialized view';
COMMENT ON STATISTICS a_statistics IS 'of an expression';
GRANT SELECT ON c_port, seen, over_seen TO PUBLIC;
GRANT UPDATE (mood) ON c_port TO PUBLIC;
REVOKE ALL ON FUNCTION plus_one(int) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
REFRESH MATERIALIZED VIEW seen;
CREATE PUBLICATION published FOR TABLE a_ship, c_port (id);
COMMENT ON PUBLICATION published IS 'of two groups';
CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
CREATE EVENT TRIGGER telling ON ddl_command_end EXECUTE FUNCTION told();
"""
HARBOUR_TOML = """
[[group]]
name = "a"
tables = ["a_*"]
[[group]]
name = "b"
tables = ["b_checked", "b_child", "b_numbered", "b_crew"]
[[group]]
name = "c"
tables = ["c_port", "c_note", "c_late"]
"""


@pytest.mark.parametrize("layout", Layout)
def test_whatever_stands_between_groups_the_files_bring_it_all(
    new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path, layout: Layout
) -> None:
    """Types, functions, views, operators, sequences, policies of one group that another needs or names."""
    source, target = new_database(18, sql=HARBOUR), new_database(18, "target")
    (tmp_path / "harbour.toml").write_text(HARBOUR_TOML)
    folder = tmp_path / "migration"
    planned(uri(source), "-c", tmp_path / "harbour.toml", "--layout", layout, "-o", folder)
    plan = plan_in(folder)
    assert plan.order is not None
    assert plan.order.planned == ("c", "a", "b")
    assert {change.group: change.because for change in plan.order.changes} == {
        "a": (
            "public.a_default needs public.c_port through function public.count_moods()",
            "public.a_rows needs public.c_port",
        ),
        "b": (
            "public.b_child needs public.c_note",
            "public.b_numbered needs public.c_port through sequence public.owned",
        ),
    }

    written = pilotage("generate", folder)
    assert written.returncode == 0, written.stderr
    for file in sorted((folder / "sql").glob("[0-9]*.sql")):
        run_psql(target, file)
    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)


@pytest.mark.parametrize("layout", Layout)
def test_groups_in_a_circle_name_the_keys_that_come_last(
    new_database: Databases, tmp_path: Path, layout: Layout
) -> None:
    source = new_database(
        18,
        sql="""
        CREATE TABLE ship (id int PRIMARY KEY, captain int);
        CREATE TABLE person (id int PRIMARY KEY, ship int REFERENCES ship, old int REFERENCES ship);
        ALTER TABLE ship ADD CONSTRAINT commands FOREIGN KEY (captain) REFERENCES person;
        """,
    )
    file = tmp_path / "circle.toml"
    file.write_text(
        '[[group]]\nname = "people"\ntables = ["person"]\n[[group]]\nname = "ships"\ntables = ["ship"]\n'
    )
    shown = planned(uri(source), "-c", file, "--layout", layout, "-o", tmp_path / "out").stdout
    plan = plan_in(tmp_path / "out")
    assert plan.order is not None
    assert plan.order.planned == ("ships", "people")
    assert [(key.constraint, key.circle) for key in plan.order.deferred_keys] == [
        ("commands", ("ships", "people", "ships"))
    ]
    (last,) = [file for file in plan.files if "fk constraint public ship commands" in file.steps]
    assert last.name == "80-deferred-constraints.sql"
    assert "public.ship commands: its groups need each other (ships → people → ships)" in " ".join(
        shown.split()
    )
    document = (tmp_path / "out" / "MIGRATION_ORDER.md").read_text()
    assert (
        "- Foreign key: `ship.captain → person` is created after all rows, because the groups need each"
        " other: Ships → People → Ships\n" in document
    )


def test_definitions_in_a_circle_are_refused_with_a_remedy(new_database: Databases, tmp_path: Path) -> None:
    source = new_database(
        18,
        sql="""
        CREATE TABLE a (id int); CREATE TABLE b (id int);
        CREATE TABLE a2 (b b); CREATE TABLE b2 () INHERITS (a);
        """,
    )
    file = tmp_path / "circle.toml"
    file.write_text(
        '[[group]]\nname = "one"\ntables = ["a", "a2"]\n[[group]]\nname = "two"\ntables = ["b", "b2"]\n'
    )
    refused = pilotage("plan", uri(source), "-c", file)
    assert refused.returncode == 2
    assert "one needs two: public.a2 needs public.b" in refused.stderr
    assert "two needs one: public.b2 needs public.a" in refused.stderr
    assert "Put these tables into one group." in refused.stderr
    # Inference, which nobody can tell to do so, does.
    planned(uri(source))


def test_rows_are_looked_at_where_a_put_off_key_leaves_a_table_alone(
    new_database: Databases, tmp_path: Path
) -> None:
    """With the other group in its cycle, nobody would ask how the rows of ``person`` reference each other."""
    source = new_database(
        18,
        sql="""
        CREATE TABLE ship (id int PRIMARY KEY, captain int);
        CREATE TABLE person (id int PRIMARY KEY, boss int REFERENCES person, ship int REFERENCES ship,
            old int REFERENCES ship);
        ALTER TABLE ship ADD FOREIGN KEY (captain) REFERENCES person;
        INSERT INTO person SELECT n, nullif(n - 1, 0) FROM generate_series(1, 20) AS n;
        """,
    )
    file = tmp_path / "circle.toml"
    file.write_text(
        '[data]\nsplit = 1\n[[group]]\nname = "people"\ntables = ["person"]\n'
        '[[group]]\nname = "ships"\ntables = ["ship"]\n'
    )
    planned(uri(source), "-c", file, "-o", tmp_path)
    (component,) = plan_in(tmp_path).components
    assert (component.strategy, [name.name for name in component.tables]) == ("parents-first", ["person"])
    assert "the longest chain has 19 references" in component.reason
