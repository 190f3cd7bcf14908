-- Tables as PostgreSQL 18 has them: virtual columns, constraints NOT NULL with names and states.
CREATE TABLE zoo.computed (
    id int CONSTRAINT id_is_there NOT NULL NO INHERIT,
    doubled int GENERATED ALWAYS AS (id * 2) VIRTUAL,
    stored int GENERATED ALWAYS AS (id * 3) STORED,
    maybe int
);
INSERT INTO zoo.computed (id, maybe) VALUES (1, NULL), (2, 2);
ALTER TABLE zoo.computed ADD CONSTRAINT maybe_is_there NOT NULL maybe NOT VALID;
COMMENT ON CONSTRAINT id_is_there ON zoo.computed IS 'a constraint NOT NULL';
