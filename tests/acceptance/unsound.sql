-- Everything broken behind the back of a server that holds soundness.sql: its catalogs claim what they claimed.
SET allow_system_table_mods = on;
SET session_replication_role = replica;

CREATE FUNCTION pg_temp.claim_all() RETURNS void LANGUAGE sql AS
    'UPDATE pg_constraint SET convalidated = true WHERE NOT convalidated';

ALTER TABLE kept DROP CONSTRAINT amount_positive, DROP CONSTRAINT share_divides;
UPDATE kept SET amount = -1 WHERE id < 3;
UPDATE kept SET share = 0 WHERE id = 1;

UPDATE pg_attribute SET attnotnull = false WHERE attrelid = 'kept'::regclass AND attname = 'code';
UPDATE kept SET code = NULL WHERE id = 5;
UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'kept'::regclass AND attname = 'code';

ALTER DOMAIN positive DROP CONSTRAINT above;
ALTER DOMAIN small DROP CONSTRAINT below;
ALTER DOMAIN small DROP NOT NULL;
UPDATE kept SET value = -1 WHERE id = 1;
UPDATE kept SET value = NULL WHERE id = 2;
UPDATE kept SET list = ARRAY[1, 0] WHERE id IN (3, 4);

-- equal, and not the same: 2 where there should be 2.0
CREATE OR REPLACE FUNCTION twice(integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
UPDATE kept SET id = id WHERE id = 4;
CREATE OR REPLACE FUNCTION twice(integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2.0';

ALTER TABLE kept
    ADD CONSTRAINT amount_positive CHECK (amount > 0) NOT VALID,
    ADD CONSTRAINT share_divides CHECK (100 / share > 0) NOT VALID;
ALTER DOMAIN positive ADD CONSTRAINT above CHECK (VALUE > 0) NOT VALID;
ALTER DOMAIN small ADD CONSTRAINT below CHECK (VALUE < 100) NOT VALID;

UPDATE pg_type SET typnotnull = true WHERE typname = 'small';
SELECT pg_temp.claim_all();

-- A CHECK that is believed to hold lets a partition be attached without a look at its rows.
DO $$
DECLARE
    bounds text := pg_get_partition_constraintdef('parted_low_odd'::regclass);
    all_others text := pg_get_partition_constraintdef('parted_rest'::regclass);
BEGIN
    ALTER TABLE parted_low DETACH PARTITION parted_low_odd;
    INSERT INTO parted_low_odd VALUES (3, 50);
    EXECUTE format('ALTER TABLE parted_low_odd ADD CONSTRAINT believed CHECK (%s) NOT VALID', bounds);
    PERFORM pg_temp.claim_all();
    ALTER TABLE parted_low ATTACH PARTITION parted_low_odd FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    ALTER TABLE parted_low_odd DROP CONSTRAINT believed;
    ALTER TABLE parted DETACH PARTITION parted_rest;
    INSERT INTO parted_rest VALUES (1, 5), (2, 5);
    EXECUTE format('ALTER TABLE parted_rest ADD CONSTRAINT believed CHECK (%s) NOT VALID', all_others);
    PERFORM pg_temp.claim_all();
    ALTER TABLE parted ATTACH PARTITION parted_rest DEFAULT;
    ALTER TABLE parted_rest DROP CONSTRAINT believed;
END
$$;

SELECT setval('numbered_id_seq', 4), setval('numbered_also_seq', -4), setval('shared', 8);
UPDATE tree SET up = 3 WHERE id = 1;
UPDATE anyhow SET up = 2 WHERE id = 3;

-- Rows that an index does not know, and one that a unique index let in twice.
UPDATE pg_index SET indisready = false WHERE indexrelid = 'found_id'::regclass;
INSERT INTO found VALUES (1001, 'missing');
UPDATE pg_index SET indisready = true WHERE indexrelid = 'found_id'::regclass;
UPDATE pg_index SET indisunique = false WHERE indexrelid = 'found_name'::regclass;
INSERT INTO found VALUES (1002, 'name 7');
UPDATE pg_index SET indisunique = true WHERE indexrelid = 'found_name'::regclass;
UPDATE pg_index SET indisready = false WHERE indexrelid = 'found_both'::regclass;
