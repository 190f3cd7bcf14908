-- Tables as such: options, states, partitions, inheritance.

-- table-new: ["table", "zoo.brand_new", "exists"]
CREATE TABLE zoo.brand_new (id int);

-- table-gone: ["table", "aviary.here_again", "exists"]
DROP TABLE aviary.here_again;

-- table-owner: ["table", "zoo.no_key", "owner"]
ALTER TABLE zoo.no_key OWNER TO zoo_keeper;

-- table-unlogged: ["table", "zoo.rule_log", "persistence"]
ALTER TABLE zoo.rule_log SET UNLOGGED;

-- table-fillfactor: ["table", "zoo.species", "options"]
ALTER TABLE zoo.species SET (fillfactor = 71);

-- table-toast-option: ["table", "zoo.species", "TOAST options"]
ALTER TABLE zoo.species RESET (toast.autovacuum_vacuum_threshold);

-- table-access-method: ["table", "zoo.elsewhere", "access method"]
ALTER TABLE zoo.elsewhere SET ACCESS METHOD heap;

-- partitioned-access-method: ["table", "zoo.divided", "access method"]
ALTER TABLE zoo.divided SET ACCESS METHOD DEFAULT;

-- table-tablespace: ["table", "zoo.elsewhere", "tablespace"]
ALTER TABLE zoo.elsewhere SET TABLESPACE pg_default;

-- table-comment: ["table", "zoo.species", "comment"]
COMMENT ON TABLE zoo.species IS 'all of them';

-- table-not-of-type: ["table", "zoo.typed", "of type"]
ALTER TABLE zoo.typed NOT OF;

-- row-security-disabled: ["table", "zoo.cage", "row level security"]
ALTER TABLE zoo.cage DISABLE ROW LEVEL SECURITY;

-- row-security-not-forced: ["table", "zoo.house", "row level security for the owner"]
ALTER TABLE zoo.house NO FORCE ROW LEVEL SECURITY;

-- row-security-of-partition: ["table", "zoo.visit_rest", "row level security"]
ALTER TABLE zoo.visit_rest DISABLE ROW LEVEL SECURITY;

-- row-security-of-partitioned: ["table", "zoo.visit", "row level security"]
ALTER TABLE zoo.visit DISABLE ROW LEVEL SECURITY;

-- replica-identity-default: ["table", "zoo.no_key", "replica identity"]
ALTER TABLE zoo.no_key REPLICA IDENTITY DEFAULT;

-- replica-identity-of-partition: ["table", "zoo.visit_rest", "replica identity"]
ALTER TABLE zoo.visit_rest REPLICA IDENTITY NOTHING;

-- replica-identity-index: ["table", "zoo.typed", "replica identity"]
ALTER TABLE zoo.typed REPLICA IDENTITY USING INDEX typed_pkey;

-- partition-bound: ["foreign table", "zoo.visit_far", "partition bound"]
ALTER TABLE zoo.no_partitions DETACH PARTITION zoo.visit_far;
ALTER TABLE zoo.no_partitions ATTACH PARTITION zoo.visit_far FOR VALUES IN (8);

-- partition-detached: ["foreign table", "zoo.visit_far", "partition of"]
ALTER TABLE zoo.no_partitions DETACH PARTITION zoo.visit_far;

-- inherits-more: ["table", "zoo.winged", "inherits"]
ALTER TABLE zoo.winged INHERIT zoo.no_columns;

-- inherits-less: ["table", "zoo.bird", "inherits"]
ALTER TABLE zoo.bird NO INHERIT zoo.winged;

-- columns-order: ["table", "zoo.trigger_log", "order of columns"]
ALTER TABLE zoo.trigger_log DROP COLUMN trigger;
ALTER TABLE zoo.trigger_log ADD COLUMN trigger text;

-- partition-key: ["table", "zoo.divided", "partition key"]
UPDATE pg_partitioned_table SET partstrat = 'l' WHERE partrelid = 'zoo.divided'::regclass;
