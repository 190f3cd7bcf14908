-- Partitions whose columns are in another order, were dropped in between, or compute other things.
CREATE TABLE part_parent (
    id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5),
    gone text, day date NOT NULL, amount numeric(10, 2) DEFAULT 1.5,
    twice numeric GENERATED ALWAYS AS (amount * 2) STORED, note text COLLATE "C",
    PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
ALTER TABLE part_parent DROP COLUMN gone;
CREATE TABLE swapped (
    note text COLLATE "C", trash int, twice numeric GENERATED ALWAYS AS (amount * 3) STORED,
    trash2 text, amount numeric(10, 2) DEFAULT 99, day date NOT NULL, id bigint NOT NULL);
ALTER TABLE swapped DROP COLUMN trash, DROP COLUMN trash2;
ALTER TABLE part_parent ATTACH PARTITION swapped FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE plain PARTITION OF part_parent FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE deep (LIKE part_parent INCLUDING GENERATED INCLUDING DEFAULTS);
ALTER TABLE deep ADD COLUMN trash int;
ALTER TABLE deep DROP COLUMN trash;
CREATE TABLE deep_parent (junk int, note text COLLATE "C", id bigint NOT NULL, day date NOT NULL,
    twice numeric GENERATED ALWAYS AS (amount + 1) STORED, amount numeric(10, 2) DEFAULT 3) PARTITION BY LIST (note);
ALTER TABLE deep_parent DROP COLUMN junk;
ALTER TABLE part_parent DROP CONSTRAINT part_parent_pkey;
ALTER TABLE deep_parent ATTACH PARTITION deep DEFAULT;
ALTER TABLE part_parent ATTACH PARTITION deep_parent FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE ONLY deep ALTER amount SET DEFAULT 7, ALTER note SET STORAGE EXTERNAL, ALTER note SET STATISTICS 7;
ALTER TABLE deep ADD CHECK (amount > 0);
INSERT INTO part_parent (day, amount, note)
    SELECT date '2024-06-01' + n * 30, n + 1, 'n' || n FROM generate_series(0, 29) AS n;
COMMENT ON COLUMN swapped.twice IS 'three times';
CREATE INDEX ON part_parent (twice);
CREATE INDEX own ON swapped (note);
