-- Tables whose rows are hard to repair one by one. Equal at both ends, before the target is spoiled.
CREATE TABLE regions (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    region int REFERENCES regions ON DELETE CASCADE,
    "full ""name" text,
    credit numeric,
    doubled numeric GENERATED ALWAYS AS (credit * 2) STORED
);
CREATE TABLE orders (
    customer bigint REFERENCES customers ON DELETE CASCADE,
    number numeric,
    note text,
    PRIMARY KEY (customer, number)
);
-- A tree, whose references cannot wait by themselves.
CREATE TABLE staff (
    id int PRIMARY KEY, boss int REFERENCES staff ON DELETE RESTRICT, code text UNIQUE, home int
);
CREATE TABLE offices (id int PRIMARY KEY, head int NOT NULL REFERENCES staff);
ALTER TABLE staff ADD FOREIGN KEY (home) REFERENCES offices ON DELETE SET NULL;
COMMENT ON CONSTRAINT staff_home_fkey ON staff IS 'where the desk is';
-- No key at all, and a row more than once.
CREATE TABLE log (at timestamptz, what text, weight float8, pilotage_number int);
CREATE SCHEMA "Hostile; DROP";
CREATE TABLE "Hostile; DROP"."ta\ble %s" ("a'b" int PRIMARY KEY, ":colon" text, "x%sy" bytea);
-- Rules and triggers of every firing state, and policies that are forced.
CREATE TABLE guarded (id int PRIMARY KEY, note text);
CREATE FUNCTION interfere() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN IF tg_op = ''DELETE'' THEN RETURN NULL; END IF; NEW.note := ''interfered''; RETURN NEW; END';
CREATE FUNCTION note_event() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO log (what) VALUES (''event''); END';
CREATE TABLE measures (day date, value numeric, PRIMARY KEY (day)) PARTITION BY RANGE (day);
CREATE TABLE measures_2025 PARTITION OF measures FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE measures_2026 PARTITION OF measures FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE checked_on (day date REFERENCES measures, who text);

INSERT INTO regions SELECT n, 'region ' || n FROM generate_series(1, 20) AS n;
INSERT INTO customers (region, "full ""name", credit) SELECT n % 20 + 1, 'customer ' || n, n / 4.0
    FROM generate_series(1, 100) AS n;
INSERT INTO orders SELECT n, 1.0, 'first' FROM generate_series(1, 100) AS n;
INSERT INTO staff SELECT n, nullif(n / 2, 0), 'code ' || n FROM generate_series(1, 30) AS n;
INSERT INTO offices SELECT n, n * 2 FROM generate_series(1, 5) AS n;
UPDATE staff SET home = id % 5 + 1;
INSERT INTO log SELECT '2026-01-01', 'same', 0, 1 FROM generate_series(1, 5);
INSERT INTO log VALUES (NULL, E'tab\tnew\nline \\. \\N', 'NaN', NULL), (NULL, NULL, NULL, NULL);
INSERT INTO "Hostile; DROP"."ta\ble %s" VALUES (1, E'back\\slash ''quote'' :var \\.', '\x00ff'), (2, NULL, NULL);
INSERT INTO guarded SELECT n, 'note' FROM generate_series(1, 10) AS n;
INSERT INTO measures SELECT '2025-12-20'::date + n, n FROM generate_series(1, 30) AS n;
INSERT INTO checked_on VALUES ('2025-12-25', 'me'), ('2026-01-05', 'you');

CREATE TRIGGER interfere_always BEFORE INSERT OR UPDATE OR DELETE ON guarded
    FOR EACH ROW EXECUTE FUNCTION interfere();
ALTER TABLE guarded ENABLE ALWAYS TRIGGER interfere_always;
CREATE TRIGGER interfere_replica BEFORE INSERT OR UPDATE OR DELETE ON guarded
    FOR EACH ROW EXECUTE FUNCTION interfere();
ALTER TABLE guarded ENABLE REPLICA TRIGGER interfere_replica;
CREATE TRIGGER interfere_off BEFORE INSERT OR UPDATE OR DELETE ON guarded
    FOR EACH ROW EXECUTE FUNCTION interfere();
ALTER TABLE guarded DISABLE TRIGGER interfere_off;
CREATE RULE nothing AS ON DELETE TO guarded DO INSTEAD NOTHING;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY none ON guarded USING (false);
CREATE EVENT TRIGGER note_events ON ddl_command_end EXECUTE FUNCTION note_event();
CREATE EVENT TRIGGER note_always ON ddl_command_start EXECUTE FUNCTION note_event();
ALTER EVENT TRIGGER note_always ENABLE ALWAYS;
DELETE FROM log WHERE what = 'event';
