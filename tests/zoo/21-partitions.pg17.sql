-- Partitioned tables with an access method, an identity and an exclusion constraint of their own.
CREATE TABLE zoo.divided (
    id int GENERATED ALWAYS AS IDENTITY, x int, room int4range, EXCLUDE USING gist (room WITH =)
) PARTITION BY HASH (room) USING zoo_heap;
ALTER TABLE zoo.divided OWNER TO zoo_owner;
CREATE TABLE zoo.divided_0 PARTITION OF zoo.divided FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO zoo.divided (x, room) VALUES (1, '[1,2)'), (2, '[3,4)');
