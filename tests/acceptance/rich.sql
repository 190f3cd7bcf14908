-- One of everything that a schema may hold, small, with names that nobody would choose. Roles are those that every
-- server has.
SET check_function_bodies = off;
CREATE SCHEMA app;
CREATE SCHEMA "we""ird; \! touch pwned";
CREATE EXTENSION vector SCHEMA public;
CREATE EXTENSION pg_trgm SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'it''s \ "fine"');
CREATE TYPE app.pair AS (a int, b text);
CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
CREATE COLLATION app.bytes FROM "C";
CREATE TEXT SEARCH CONFIGURATION app.plain (COPY = simple);
CREATE SEQUENCE app.tickets START 100;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.touched := 'never: \! touch pwned';
    RETURN NEW;
END
$$;
CREATE FUNCTION app.bodies() RETURNS text LANGUAGE sql AS $f$
\! touch pwned
SELECT $pilotage$ :'HOME' $pilotage$ || ':x'
$f$;
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no TRUNCATE''; END';
CREATE FUNCTION app.part(a int[], "DBNAME" int) RETURNS int[] LANGUAGE sql RETURN a[1: "DBNAME"];
CREATE FUNCTION app.atomic(a int DEFAULT 1, VARIADIC b text[] DEFAULT '{}') RETURNS int LANGUAGE sql
    BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a > 1 THEN a ELSE 2 END; END;
CREATE PROCEDURE app.proceed(IN a int, INOUT b int) LANGUAGE plpgsql AS 'BEGIN b := a; END';
CREATE AGGREGATE app.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');
CREATE AGGREGATE app.howmany(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE OPERATOR app.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE CAST (app.pair AS text) WITH INOUT;
CREATE FUNCTION app.hear() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';

CREATE TABLE app.country (code char(2) PRIMARY KEY, name text COLLATE app.bytes NOT NULL UNIQUE, moods app.mood[]);
INSERT INTO app.country VALUES ('co', 'Colombia', '{sad}'), ('es', E'Espa\\na\n''', NULL);
CREATE TABLE app.city (
    id serial PRIMARY KEY,
    country char(2) NOT NULL REFERENCES app.country,
    size app.positive,
    doubled int GENERATED ALWAYS AS (size * 2) STORED,
    parts int[] DEFAULT ARRAY[1, 2],
    place vector(2),
    touched text DEFAULT 'x',
    CONSTRAINT "small: :'x'" CHECK ((parts[1: size])[1] IS NULL OR size < 100000)
);
INSERT INTO app.city (country, size, place) SELECT 'co', n, '[1,2]' FROM generate_series(1, 40) AS n;
CREATE INDEX ON app.city (country);
CREATE INDEX city_place ON app.city USING hnsw (place vector_l2_ops);
CREATE INDEX ON app.country USING gin ((name COLLATE pg_catalog."default") app.gin_trgm_ops);
CREATE STATISTICS app.city_stats ON country, size FROM app.city;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON app.city FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER "no truncate" BEFORE TRUNCATE ON app.city EXECUTE FUNCTION app.refuse();
ALTER TABLE app.city ENABLE ALWAYS TRIGGER "no truncate";
CREATE TABLE app.person (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    boss int REFERENCES app.person,
    city int REFERENCES app.city ON DELETE CASCADE,
    ticket bigint DEFAULT nextval('app.tickets'),
    data jsonb
);
INSERT INTO app.person (boss, city, data) SELECT CASE WHEN n > 1 THEN n / 2 END, n, '{}' FROM generate_series(1, 30) AS n;
ALTER TABLE app.person ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own: \! rows" ON app.person FOR SELECT TO pg_read_all_data USING (id = 1);
CREATE POLICY strict ON app.person AS RESTRICTIVE USING (city > 0) WITH CHECK (app.atomic(id) > 0);
CREATE RULE quiet AS ON DELETE TO app.person WHERE old.id < 0 DO INSTEAD NOTHING;
CREATE TABLE public.event (id int, day date, city int REFERENCES app.city, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE public.event_24 PARTITION OF public.event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE public.event_rest PARTITION OF public.event DEFAULT PARTITION BY HASH (id);
CREATE TABLE public.event_rest_0 PARTITION OF public.event_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE INDEX ON public.event (city);
INSERT INTO public.event SELECT n, '2024-12-01'::date + n, 1 + n % 40 FROM generate_series(1, 60) AS n;
CREATE TRIGGER heard AFTER INSERT ON public.event FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TABLE "we""ird; \! touch pwned"."\! touch pwned
x:'y'" ("select" int PRIMARY KEY, "a""b" text, "ref\" int REFERENCES app.person);
INSERT INTO "we""ird; \! touch pwned"."\! touch pwned
x:'y'" VALUES (1, '$pilotage$', 1);
COMMENT ON TABLE "we""ird; \! touch pwned"."\! touch pwned
x:'y'" IS E'line one\n\\! touch pwned\n*/ :x';
CREATE TABLE app.one (id int PRIMARY KEY, two int);
CREATE TABLE app.two (id int PRIMARY KEY, one int REFERENCES app.one);
ALTER TABLE app.one ADD CONSTRAINT one_two FOREIGN KEY (two) REFERENCES app.two;
INSERT INTO app.one VALUES (1, NULL); INSERT INTO app.two VALUES (1, 1); UPDATE app.one SET two = 1;
CREATE VIEW app.people WITH (security_invoker = true) AS SELECT id, data FROM app.person;
CREATE VIEW app.grouped AS SELECT city.id, city.touched, count(*) FROM app.city JOIN app.person ON person.city = city.id GROUP BY city.id;
CREATE MATERIALIZED VIEW app.counted AS SELECT country, count(*) FROM app.city GROUP BY country;
CREATE UNIQUE INDEX ON app.counted (country);
CREATE MATERIALIZED VIEW app.empty AS SELECT 1 AS a WITH NO DATA;
COMMENT ON EXTENSION vector IS 'another word';
COMMENT ON SCHEMA public IS 'served';
COMMENT ON COLUMN app.city.place IS 'where';
GRANT SELECT ON app.city TO pg_read_all_data WITH GRANT OPTION;
GRANT UPDATE (touched) ON app.city TO pg_write_all_data;
GRANT USAGE ON SCHEMA public TO pg_monitor;
GRANT CREATE ON SCHEMA public TO pg_read_all_data;
REVOKE ALL ON FUNCTION app.bodies() FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;
CREATE PUBLICATION everything FOR TABLE app.country, TABLES IN SCHEMA public;
CREATE EVENT TRIGGER heard ON ddl_command_start EXECUTE FUNCTION app.hear();
