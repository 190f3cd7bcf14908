-- An extension with tables whose rows users write, as its script would leave it. Written into the catalogs by hand,
-- since servers of this version take no extension from a folder of ours.
CREATE SCHEMA lookup;
CREATE TABLE lookup.unit (code text PRIMARY KEY, factor numeric, built_in bool NOT NULL DEFAULT false);
CREATE TABLE lookup.price (id int GENERATED ALWAYS AS IDENTITY, unit text REFERENCES lookup.unit,
    cents bigint, euros numeric GENERATED ALWAYS AS (cents / 100.0) STORED);
CREATE TABLE lookup."odd name" ("a ""b" text, note text);
CREATE TABLE lookup.cache (key text);
CREATE SEQUENCE lookup.ticket;
INSERT INTO lookup.unit VALUES ('kg', 1, true), ('g', 0.001, true);
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion, extconfig, extcondition)
    SELECT 4000000, 'pilot_lookup', 10, 'lookup'::regnamespace, false, '1.0',
        ARRAY['lookup.unit', 'lookup.price', 'lookup."odd name"', 'lookup.ticket']::regclass[]::oid[],
        ARRAY['WHERE NOT unit.built_in', '', $$WHERE note <> 'it''s; built in'$$, ''];
ALTER EXTENSION pilot_lookup ADD TABLE lookup.unit;
ALTER EXTENSION pilot_lookup ADD TABLE lookup.price;
ALTER EXTENSION pilot_lookup ADD TABLE lookup."odd name";
ALTER EXTENSION pilot_lookup ADD TABLE lookup.cache;
ALTER EXTENSION pilot_lookup ADD SEQUENCE lookup.ticket;
ALTER EXTENSION pilot_lookup ADD SEQUENCE lookup.price_id_seq;
COMMENT ON EXTENSION pilot_lookup IS 'units and prices';
