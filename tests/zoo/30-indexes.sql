-- Indexes of each access method of PostgreSQL's own, with every clause that an index may have.
CREATE INDEX animal_species ON zoo.animal (species DESC NULLS LAST, name COLLATE "C" text_pattern_ops)
    INCLUDE (weight) WITH (fillfactor = 80, deduplicate_items = off);
CREATE UNIQUE INDEX animal_name ON zoo.animal (lower(name), (weight > 1)) NULLS NOT DISTINCT WHERE name IS NOT NULL;
CREATE INDEX animal_hash ON zoo.animal USING hash (name);
CREATE INDEX species_spans ON zoo.species USING gist (spans, many_spans);
CREATE INDEX species_words ON zoo.species USING gin (words) WITH (fastupdate = off);
CREATE INDEX species_facts ON zoo.species USING gin (facts jsonb_path_ops);
CREATE INDEX species_tree ON zoo.species USING spgist (latin);
CREATE INDEX animal_born ON zoo.animal USING brin (born) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX animal_ids ON zoo.animal USING brin (id int8_minmax_multi_ops (values_per_range = 16));
CREATE INDEX animal_ours ON zoo.animal USING zoo_hash (species);
CREATE INDEX animal_reversed ON zoo.animal (species zoo.reversed);
ALTER INDEX zoo.animal_name ALTER COLUMN 2 SET STATISTICS 321;
COMMENT ON INDEX zoo.animal_species IS 'an index';
CREATE INDEX "odd ""index;
\! true" ON aviary."select" (lower("a""b")) WHERE "Ünïcode ☃" <> E'\\';
CREATE INDEX house_name ON zoo.house (name);
ALTER TABLE zoo.house CLUSTER ON house_name;
ALTER TABLE zoo.keeper CLUSTER ON keeper_pkey;
-- An index that could not be built stays behind, and is invalid: two rows are alike. pg_dump leaves it out.
\set ON_ERROR_STOP off
\o /dev/null
SET client_min_messages = fatal;
CREATE UNIQUE INDEX CONCURRENTLY no_key_invalid ON zoo.no_key (a);
RESET client_min_messages;
\o
\set ON_ERROR_STOP on
