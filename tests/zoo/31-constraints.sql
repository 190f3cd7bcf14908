-- Constraints: of each state that PostgreSQL 15 knows.
CREATE TABLE zoo.cage (
    id int CONSTRAINT cage_key PRIMARY KEY DEFERRABLE,
    wide int, room box, code text,
    during tsrange,
    CONSTRAINT code_once UNIQUE (code) INCLUDE (wide) WITH (fillfactor = 60) USING INDEX TABLESPACE zoo_space,
    CONSTRAINT once_deferred UNIQUE NULLS NOT DISTINCT (wide, code) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT apart EXCLUDE USING gist (room WITH &&) WHERE (wide > 0),
    CONSTRAINT apart_deferred EXCLUDE USING gist (during WITH &&) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO zoo.cage VALUES (1, -1, '(1,1),(0,0)', 'a', '[2024-01-01,2024-01-02)'), (2, 5, '(3,3),(2,2)', 'b', NULL);
-- The row that they would refuse is there already.
ALTER TABLE zoo.cage ADD CONSTRAINT wide_enough CHECK (wide > 0) NOT VALID;
CREATE UNIQUE INDEX cage_by_room ON zoo.cage (id, wide);
ALTER TABLE zoo.cage ADD CONSTRAINT cage_from_index UNIQUE USING INDEX cage_by_room;
COMMENT ON CONSTRAINT apart ON zoo.cage IS 'an exclusion constraint';
CREATE TABLE zoo.lives_in (
    animal bigint REFERENCES zoo.animal ON DELETE CASCADE,
    cage_code text CONSTRAINT to_code REFERENCES zoo.cage (code) ON UPDATE RESTRICT DEFERRABLE INITIALLY IMMEDIATE,
    house int, keeper int DEFAULT 50,
    CONSTRAINT keeper_or_default FOREIGN KEY (keeper) REFERENCES zoo.keeper ON DELETE SET DEFAULT,
    CONSTRAINT never_checked CHECK (house < 3),
    PRIMARY KEY (animal, cage_code)
);
INSERT INTO zoo.lives_in VALUES (1, 'a', 1, 50), (2, 'b', 2, 51);
ALTER TABLE zoo.lives_in ADD CONSTRAINT lives_in_house FOREIGN KEY (house) REFERENCES zoo.house NOT VALID;
COMMENT ON CONSTRAINT lives_in_house ON zoo.lives_in IS 'a foreign key';
CREATE TABLE zoo.part_of_key (
    a int, b int, c text DEFAULT 'x',
    FOREIGN KEY (a, b) REFERENCES zoo.cage (id, wide) ON DELETE SET NULL (b)
);
INSERT INTO zoo.part_of_key VALUES (2, 5), (NULL, 9);
