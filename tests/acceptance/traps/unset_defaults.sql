-- Partitions and heirs without the default that their parent has: pg_dump writes DEFAULT NULL for that.
CREATE TABLE p (id int, a numeric(10, 2) DEFAULT 1.5, b varchar(9) DEFAULT 'b', c text DEFAULT 'c',
    d int DEFAULT 7) PARTITION BY LIST (id);
CREATE TABLE p1 (id int, a numeric(10, 2), b varchar(9), c text, d int);
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1);
INSERT INTO p (id) VALUES (1);
INSERT INTO p1 (id) VALUES (1);
CREATE TABLE base (a char(3) DEFAULT 'a', b bit(3) DEFAULT '101');
CREATE TABLE heir () INHERITS (base);
ALTER TABLE heir ALTER a DROP DEFAULT, ALTER b DROP DEFAULT;
INSERT INTO heir DEFAULT VALUES;
