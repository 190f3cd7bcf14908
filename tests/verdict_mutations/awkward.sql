-- A small database whose values are hard to tell apart: equal for SQL, and not the same. For PostgreSQL 18.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'awkward_reader') THEN
        CREATE ROLE awkward_reader;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'awkward_owner') THEN
        CREATE ROLE awkward_owner;
    END IF;
END
$$;
CREATE SCHEMA awkward;
CREATE SCHEMA "other; schema";
CREATE EXTENSION citext SCHEMA awkward;
CREATE EXTENSION hstore SCHEMA awkward;
CREATE EXTENSION vector SCHEMA awkward;
SET search_path = awkward, pg_catalog;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE place AS (x float8, label text);
CREATE DOMAIN share AS numeric CHECK (VALUE BETWEEN 0 AND 1);
CREATE DOMAIN code AS text COLLATE "C" CHECK (VALUE ~ '^[a-z]+$');

CREATE TABLE numbers (id int PRIMARY KEY, price numeric, exact numeric(12, 2), money money);
INSERT INTO numbers SELECT n, n / 8.0, n * 1.25, n::money FROM generate_series(1, 40) AS n;
INSERT INTO numbers VALUES (41, 'NaN', 0, 0), (42, 'Infinity', NULL, NULL), (43, 1.0, -0.5, -1), (44, 1e130, 3, 4);
CREATE TABLE floats (id bigint PRIMARY KEY, wide float8, narrow float4);
INSERT INTO floats SELECT n, n / 7.0, n / 3.0 FROM generate_series(1, 40) AS n;
INSERT INTO floats VALUES (41, 0, 0), (42, 'NaN', 'NaN'), (43, 'Infinity', '-Infinity'), (44, 0, 0);
CREATE TABLE texts (id uuid PRIMARY KEY, words text, padded char(8), short varchar(30), one "char", system name);
INSERT INTO texts
SELECT md5(n::text)::uuid, 'Word ' || n, 'p' || n, 'Été ' || n, 'x', 'name' || n FROM generate_series(1, 40) AS n;
INSERT INTO texts VALUES (md5('a')::uuid, '', '', '', '', ''), (md5('b')::uuid, NULL, NULL, NULL, NULL, NULL),
    (md5('c')::uuid, E'tab\t, newline\n, \\N', 'a', E'\u00e9', 'y', 'z');
CREATE TABLE caseless (word citext PRIMARY KEY, other citext, collated text COLLATE pg_c_utf8);
INSERT INTO caseless SELECT 'key ' || n, 'Other ' || n, 'Collated ' || n FROM generate_series(1, 20) AS n;
CREATE TABLE times (
    id int PRIMARY KEY, took interval, at timestamptz, local timestamp, zoned timetz, of_day time, day date
);
INSERT INTO times SELECT n, n * interval '1 month', timestamptz '2024-03-31 01:30:00+00' + n * interval '1 hour',
    timestamp '2024-03-31 01:30:00.000001', '12:00+02', '24:00', date '2024-02-29' + n FROM generate_series(1, 30) AS n;
INSERT INTO times VALUES (31, '0', 'infinity', '-infinity', '00:00-12', '00:00', 'infinity'),
    (32, 'infinity', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE documents (id int PRIMARY KEY, as_text json, parsed jsonb, path jsonpath);
INSERT INTO documents SELECT n, format('{"a": %s, "a": 1.0}', n)::json, format('{"a": %s.50}', n)::jsonb,
    '$.a' FROM generate_series(1, 20) AS n;
CREATE TABLE lists (id int PRIMARY KEY, whole int[], texts text[], exact numeric[], nested int[]);
INSERT INTO lists SELECT n, ARRAY[n, n + 1], ARRAY['a', NULL, '', 'NULL'], ARRAY[n / 2.0], ARRAY[[1, 2], [3, n]]
FROM generate_series(1, 20) AS n;
INSERT INTO lists VALUES (21, '{}', '{}', NULL, '{}');
CREATE TABLE made_up (id int PRIMARY KEY, mood mood, moods mood[], place place, places place[], share share, code code);
INSERT INTO made_up SELECT n, 'ok', '{sad,ok}', ROW(n, 'p' || n::text)::place, ARRAY[ROW(n, NULL)::place], 0.50, 'abc'
FROM generate_series(1, 20) AS n;
CREATE TABLE shapes (id int PRIMARY KEY, dot point, area box, bend path, round circle, edge polygon, line lseg);
INSERT INTO shapes SELECT n, point(n, 0), box(point(0, 0), point(n, n)), '[(0,0),(1,1)]', circle(point(0, 0), n),
    '((0,0),(1,1),(1,0))', '[(0,0),(1,1)]' FROM generate_series(1, 15) AS n;
CREATE TABLE wires (id int PRIMARY KEY, host inet, net cidr, mac macaddr, flags bit(8), more varbit, raw bytea);
INSERT INTO wires SELECT n, inet '10.0.0.0/8' + n, '10.0.0.0/8', '08:00:2b:01:02:03', B'00000001', B'101',
    decode(md5(n::text), 'hex') FROM generate_series(1, 15) AS n;
CREATE TABLE spans (id int PRIMARY KEY, whole int4range, exact numrange, during tstzrange, days datemultirange);
INSERT INTO spans SELECT n, int4range(n, n + 5), numrange(n, n + 1.50), tstzrange(NULL, '2024-01-01 00:00+00'),
    '{[2024-01-01,2024-01-03)}' FROM generate_series(1, 15) AS n;
INSERT INTO spans VALUES (16, 'empty', 'empty', '(,)', '{}');
CREATE TABLE searched (id int PRIMARY KEY, words tsvector, asked tsquery);
INSERT INTO searched SELECT n, 'fat:1A cat:2'::tsvector, 'fat & cat' FROM generate_series(1, 15) AS n;
CREATE TABLE named (id int PRIMARY KEY, relation regclass, type regtype, role regrole, number oid, position pg_lsn);
INSERT INTO named SELECT n, 'awkward.numbers', 'awkward.mood', 'awkward_reader', n, '0/16B3748' FROM generate_series(1, 15) AS n;
CREATE TABLE added (id int PRIMARY KEY, pairs hstore, embedding vector(3), half halfvec(3), sparse sparsevec(5));
INSERT INTO added SELECT n, hstore('a', n::text), format('[%s,0.1,0]', n)::vector, format('[%s,0.5,0]', n)::halfvec,
    format('{1:%s,5:2}/5', n)::sparsevec FROM generate_series(1, 20) AS n;

CREATE TABLE without_key (a int, b text, c numeric);
INSERT INTO without_key SELECT n % 5, 'b' || n % 3, 1.0 FROM generate_series(1, 40) AS n;
INSERT INTO without_key VALUES (NULL, NULL, NULL), (NULL, NULL, NULL);
CREATE TABLE "quoted ""table""
name" ("a key" text COLLATE "C", "second; key" int, "value ☃" text, PRIMARY KEY ("a key", "second; key"));
INSERT INTO "quoted ""table""
name" SELECT 'k''ey ' || n % 4, n, E'v\n' || n FROM generate_series(1, 20) AS n;
CREATE TABLE stored_outside (id int PRIMARY KEY, long text, longer bytea);
ALTER TABLE stored_outside ALTER COLUMN long SET STORAGE EXTERNAL;
INSERT INTO stored_outside
SELECT n, repeat(md5(n::text), 300), decode(repeat(md5(n::text), 200), 'hex') FROM generate_series(1, 6) AS n;
CREATE TABLE dropped_columns (gone int, id int PRIMARY KEY, gone_too text, kept text);
INSERT INTO dropped_columns SELECT n, n, 'x', 'kept ' || n FROM generate_series(1, 15) AS n;
ALTER TABLE dropped_columns DROP COLUMN gone, DROP COLUMN gone_too;
ALTER TABLE dropped_columns ADD COLUMN late numeric DEFAULT 1.10;

CREATE TABLE parent (id int PRIMARY KEY, name text NOT NULL, amount int CONSTRAINT amount_positive CHECK (amount > 0));
CREATE TABLE child (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    parent int CONSTRAINT child_parent REFERENCES parent,
    boss bigint CONSTRAINT child_boss REFERENCES child,
    net numeric NOT NULL,
    gross numeric GENERATED ALWAYS AS (net * 1.19) STORED,
    CONSTRAINT net_below CHECK (net < 1000)
);
INSERT INTO parent SELECT n, 'Parent ' || n, n FROM generate_series(1, 12) AS n;
INSERT INTO child (parent, boss, net) SELECT 1 + n % 12, nullif(n / 2, 0), n * 1.5 FROM generate_series(1, 30) AS n;
CREATE INDEX child_by_parent ON child (parent);
CREATE UNIQUE INDEX parent_by_name ON parent (lower(name));

CREATE TABLE measured (at date NOT NULL, place text NOT NULL, reading float8, PRIMARY KEY (at, place)) PARTITION BY RANGE (at);
CREATE TABLE measured_2023 PARTITION OF measured FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE measured_2024 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE measured_rest PARTITION OF measured DEFAULT;
INSERT INTO measured SELECT date '2022-12-01' + n * 20, 'p' || n, n / 9.0 FROM generate_series(1, 60) AS n;
CREATE TABLE spread (id int, label text) PARTITION BY HASH (id);
CREATE TABLE spread_0 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE spread_1 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO spread SELECT n, 'l' || n FROM generate_series(1, 30) AS n;

CREATE TABLE tenants_rows (id int PRIMARY KEY, tenant int NOT NULL, secret text);
INSERT INTO tenants_rows SELECT n, n % 3, 's' || n FROM generate_series(1, 30) AS n;
ALTER TABLE tenants_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants_rows OWNER TO awkward_owner;
CREATE POLICY own ON tenants_rows USING (tenant = 1);
CREATE POLICY never ON tenants_rows AS RESTRICTIVE FOR DELETE TO awkward_reader USING (tenant = 2);
CREATE VIEW invoked WITH (security_invoker = true) AS SELECT id, secret FROM tenants_rows;
CREATE VIEW defined AS SELECT id, name FROM parent;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS children FROM child;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER stamp BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER stamp_child AFTER INSERT ON child FOR EACH STATEMENT EXECUTE FUNCTION stamp();
CREATE SEQUENCE "other; schema".invoice INCREMENT 5;
SELECT setval('"other; schema".invoice', 105);
CREATE SEQUENCE ticket; SELECT setval('ticket', 17);
GRANT USAGE ON SCHEMA awkward TO awkward_reader;
GRANT SELECT ON tenants_rows, parent, numbers, invoked TO awkward_reader;
GRANT UPDATE (name) ON parent TO awkward_reader;
GRANT USAGE ON SEQUENCE ticket TO awkward_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA awkward GRANT SELECT ON TABLES TO awkward_reader;
COMMENT ON TABLE parent IS 'a parent';
COMMENT ON COLUMN child.net IS 'before tax';
SELECT lo_from_bytea(4711, decode(repeat(md5('lo'), 300), 'hex'));
SELECT lo_from_bytea(4712, '');
ALTER LARGE OBJECT 4711 OWNER TO awkward_owner;
