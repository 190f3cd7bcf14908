-- Partitions to three levels, by range, list and hash, unlike each other.
CREATE TABLE zoo.visit (
    id int NOT NULL, region text NOT NULL, day date NOT NULL, paid numeric DEFAULT 0 CHECK (paid >= 0),
    gone int, note text DEFAULT 'none',
    PRIMARY KEY (id, day, region)
) PARTITION BY RANGE (day);
ALTER TABLE zoo.visit DROP COLUMN gone;
CREATE TABLE zoo.visit_2024 PARTITION OF zoo.visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    PARTITION BY LIST (region);
CREATE TABLE zoo.visit_2024_eu PARTITION OF zoo.visit_2024 (note DEFAULT 'eu', CONSTRAINT paid_more CHECK (paid >= 0))
    FOR VALUES IN ('eu', 'uk') PARTITION BY HASH (id);
CREATE TABLE zoo.visit_2024_eu_0 PARTITION OF zoo.visit_2024_eu FOR VALUES WITH (MODULUS 2, REMAINDER 0)
    WITH (fillfactor = 50) TABLESPACE zoo_space;
CREATE UNLOGGED TABLE zoo.visit_2024_eu_1 PARTITION OF zoo.visit_2024_eu FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE zoo.visit_2024_rest PARTITION OF zoo.visit_2024 DEFAULT;
-- Attached later: its columns stand in another order, and one of them was dropped.
CREATE TABLE aviary.visit_old (dropped int, note text, paid numeric, day date NOT NULL, region text NOT NULL, id int NOT NULL);
ALTER TABLE aviary.visit_old DROP COLUMN dropped;
ALTER TABLE aviary.visit_old ADD CONSTRAINT visit_paid_check CHECK (paid >= 0);
ALTER TABLE zoo.visit ATTACH PARTITION aviary.visit_old FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE zoo.visit_rest PARTITION OF zoo.visit DEFAULT;
ALTER TABLE zoo.visit_rest OWNER TO zoo_keeper;
INSERT INTO zoo.visit (id, region, day, paid)
    SELECT n, (ARRAY['eu', 'uk', 'asia'])[n % 3 + 1], date '2023-06-01' + n * 40, n FROM generate_series(1, 24) AS n;
CREATE INDEX visit_region ON zoo.visit (region);
-- An index that stands on the parent alone is invalid until every partition has its part.
CREATE INDEX visit_paid ON ONLY zoo.visit (paid);
CREATE INDEX visit_rest_paid ON zoo.visit_rest (paid);
ALTER INDEX zoo.visit_paid ATTACH PARTITION zoo.visit_rest_paid;
CREATE TABLE zoo.purchase (
    id int PRIMARY KEY, visit int, day date, region text, species int REFERENCES zoo.species,
    FOREIGN KEY (visit, day, region) REFERENCES zoo.visit (id, day, region) MATCH FULL
);
INSERT INTO zoo.purchase SELECT id, id, day, region, 100 FROM zoo.visit WHERE id < 5;
CREATE TABLE zoo.no_partitions (a int) PARTITION BY LIST ((a + 1));
COMMENT ON TABLE zoo.visit_2024 IS 'a partition';
