-- Indexes.

-- index-method: ["index", "zoo.animal_hash", "definition"]
DROP INDEX zoo.animal_hash;
CREATE INDEX animal_hash ON zoo.animal (name);

-- index-predicate: ["index", "zoo.animal_name", "definition"]
DROP INDEX zoo.animal_name;
CREATE UNIQUE INDEX animal_name ON zoo.animal (lower(name), (weight > 1)) NULLS NOT DISTINCT;
ALTER INDEX zoo.animal_name ALTER COLUMN 2 SET STATISTICS 321;

-- index-option: ["index", "zoo.animal_species", "definition"]
ALTER INDEX zoo.animal_species SET (fillfactor = 81);

-- index-option-of-constraint: ["index", "zoo.code_once", "options"]
ALTER INDEX zoo.code_once SET (fillfactor = 61);

-- index-tablespace: ["index", "zoo.elsewhere_y", "tablespace"]
ALTER INDEX zoo.elsewhere_y SET TABLESPACE pg_default;

-- index-clustered: ["index", "zoo.keeper_pkey", "table is clustered on it"]
ALTER TABLE zoo.keeper SET WITHOUT CLUSTER;

-- index-invalid: ["index", "zoo.house_name", "valid"]
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'zoo.house_name'::regclass;

-- index-unattached: ["index", "zoo.visit_rest_paid", "attached to"]
DROP INDEX zoo.visit_paid;
CREATE INDEX visit_paid ON ONLY zoo.visit (paid);
CREATE INDEX visit_rest_paid ON zoo.visit_rest (paid);

-- index-statistics: ["index", "zoo.animal_name", "statistics targets"]
ALTER INDEX zoo.animal_name ALTER COLUMN 2 SET STATISTICS 5;

-- index-comment: ["index", "zoo.animal_species", "comment"]
COMMENT ON INDEX zoo.animal_species IS 'x';

-- index-gone: ["index", "zoo.animal_born", "exists"]
DROP INDEX zoo.animal_born;

-- index-of-partitioned-gone: ["index", "zoo.visit_region", "exists"]
DROP INDEX zoo.visit_region;
