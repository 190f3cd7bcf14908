-- Publications of each sort, and what identifies a row to subscribers.
SET client_min_messages = error;
ALTER TABLE zoo.no_key REPLICA IDENTITY FULL;
ALTER TABLE zoo.rule_log REPLICA IDENTITY NOTHING;
CREATE UNIQUE INDEX typed_identity ON zoo.typed (y);
ALTER TABLE zoo.typed REPLICA IDENTITY USING INDEX typed_identity;
ALTER TABLE zoo.visit_rest REPLICA IDENTITY FULL;
ALTER TABLE zoo.ruled REPLICA IDENTITY USING INDEX ruled_pkey;
CREATE PUBLICATION zoo_all FOR ALL TABLES WITH (publish = 'insert, truncate');
CREATE PUBLICATION zoo_none;
CREATE PUBLICATION zoo_some FOR TABLE zoo.house (id, name) WHERE (id > 5), ONLY zoo.creature, zoo.visit
    WITH (publish_via_partition_root = true, publish = 'insert');
CREATE PUBLICATION zoo_schemas FOR TABLES IN SCHEMA aviary, TABLE zoo.animal;
CREATE PUBLICATION "odd ""publication;" FOR TABLE zoo.no_key WITH (publish = '');
ALTER PUBLICATION zoo_none OWNER TO zoo_super;
COMMENT ON PUBLICATION zoo_all IS 'a publication';
