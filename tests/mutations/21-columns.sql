-- Columns.

-- column-new: ["table column", "zoo.rule_log.more", "exists"]
ALTER TABLE zoo.rule_log ADD COLUMN more int;

-- column-type: ["table column", "zoo.trigger_log.on_table", "type"]
ALTER TABLE zoo.trigger_log ALTER COLUMN on_table TYPE varchar(99);

-- column-collation: ["table column", "zoo.trigger_log.on_table", "collation"]
ALTER TABLE zoo.trigger_log ALTER COLUMN on_table TYPE text COLLATE "C";

-- column-not-null: ["table column", "zoo.keeper.name", "not null"]
ALTER TABLE zoo.keeper ALTER COLUMN name DROP NOT NULL;

-- column-default: ["table column", "zoo.animal.born", "default"]
ALTER TABLE zoo.animal ALTER COLUMN born SET DEFAULT '2020-01-01';

-- column-default-gone: ["table column", "zoo.visit_2024_eu_0.note", "default"]
ALTER TABLE zoo.visit_2024_eu_0 ALTER COLUMN note DROP DEFAULT;

-- column-virtual-expression: ["table column", "zoo.computed.doubled", "generation expression"]
ALTER TABLE zoo.computed ALTER COLUMN doubled SET EXPRESSION AS (id * 4);

-- column-not-generated: ["table column", "zoo.computed.stored", "generated"]
ALTER TABLE zoo.computed ALTER COLUMN stored DROP EXPRESSION;

-- column-identity: ["table column", "zoo.keeper.id", "identity"]
ALTER TABLE zoo.keeper ALTER COLUMN id SET GENERATED ALWAYS;

-- column-storage: ["table column", "zoo.species.photo", "storage"]
ALTER TABLE zoo.species ALTER COLUMN photo SET STORAGE MAIN;

-- column-compression: ["table column", "zoo.species.latin", "compression"]
ALTER TABLE zoo.species ALTER COLUMN latin SET COMPRESSION default;

-- column-statistics: ["table column", "zoo.species.name", "statistics target"]
ALTER TABLE zoo.species ALTER COLUMN name SET STATISTICS -1;

-- column-options: ["table column", "zoo.species.mood", "options"]
ALTER TABLE zoo.species ALTER COLUMN mood SET (n_distinct = 5);

-- column-comment: ["table column", "zoo.species.name", "comment"]
COMMENT ON COLUMN zoo.species.name IS 'in Latin';

-- column-grant: ["table column", "zoo.animal.name", "privileges of zoo_visitor"]
GRANT INSERT (name) ON zoo.animal TO zoo_visitor;

-- column-grant-option: ["table column", "zoo.animal.name", "privileges of \"zoo_\"\"odd'; \\! role\n-- x\""]
REVOKE GRANT OPTION FOR SELECT (name) ON zoo.animal FROM "zoo_""odd'; \! role
-- x";

-- view-column-comment: ["view column", "zoo.plain_view.name", "comment"]
COMMENT ON COLUMN zoo.plain_view.name IS NULL;

-- column-declared: ["table column", "zoo.bird.name", "declared here too"]
UPDATE pg_attribute SET attislocal = false WHERE attrelid = 'zoo.bird'::regclass AND attname = 'name';
