-- Functions whose bodies, being strings, call what nobody lists as their dependency.
SET check_function_bodies = off;
CREATE SCHEMA a;
CREATE SCHEMA z;
CREATE TABLE a.measured (
    id int PRIMARY KEY, x int,
    twice int GENERATED ALWAYS AS (x * 2) STORED);
CREATE TABLE z.known (x int PRIMARY KEY);
INSERT INTO z.known SELECT generate_series(1, 10);
CREATE FUNCTION a.outer_sql(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT z.inner_plpgsql($1)';
CREATE FUNCTION z.inner_plpgsql(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN RETURN z.innermost($1) + 1; END';
CREATE FUNCTION z.innermost(int) RETURNS int LANGUAGE sql IMMUTABLE AS
    'SELECT count(*)::int + $1 FROM z.known';
ALTER TABLE a.measured ADD CONSTRAINT sane CHECK (a.outer_sql(x) > 0);
ALTER TABLE a.measured ADD COLUMN made int GENERATED ALWAYS AS (a.outer_sql(x)) STORED;
INSERT INTO a.measured SELECT n, n FROM generate_series(1, 10) AS n;
CREATE INDEX ON a.measured (a.outer_sql(x));
CREATE INDEX part ON a.measured (id) WHERE a.outer_sql(x) > 12;
CREATE DOMAIN a.sane AS int CHECK (a.outer_sql(value) > 0);
CREATE TABLE a.of_domain (v a.sane);
INSERT INTO a.of_domain VALUES (1);
CREATE MATERIALIZED VIEW a.seen AS SELECT a.outer_sql(x) AS o FROM a.measured;
CREATE FUNCTION z.own_path() RETURNS bigint LANGUAGE sql SET search_path = z AS 'SELECT count(*) FROM known';
CREATE MATERIALIZED VIEW a.by_path AS SELECT z.own_path() AS n;
CREATE MATERIALIZED VIEW a.by_view AS SELECT n + 1 AS n FROM a.by_path;
CREATE FUNCTION a.reads_view() RETURNS bigint LANGUAGE sql AS 'SELECT max(n) FROM a.by_view';
CREATE FUNCTION z.key_of(int) RETURNS int LANGUAGE sql SET search_path = z, pg_temp IMMUTABLE AS
    'SELECT innermost($1)';
CREATE INDEX by_key ON a.measured (z.key_of(x));
