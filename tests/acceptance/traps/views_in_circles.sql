-- Views that read themselves, each other in a circle, and through functions.
CREATE TABLE part (id int PRIMARY KEY, above int REFERENCES part);
INSERT INTO part VALUES (1, NULL), (2, 1), (3, 2);
CREATE RECURSIVE VIEW chain (id, depth) AS
    SELECT id, 0 FROM part WHERE above IS NULL
    UNION ALL SELECT part.id, chain.depth + 1 FROM part JOIN chain ON part.above = chain.id;
CREATE VIEW itself AS SELECT 1 AS a, 'x'::varchar(3) AS b;
CREATE OR REPLACE VIEW itself WITH (security_barrier) AS SELECT a, b FROM itself;
CREATE VIEW one AS SELECT 1 AS a;
CREATE VIEW two WITH (security_invoker = true) AS SELECT a FROM one;
CREATE VIEW three AS SELECT a FROM two;
CREATE OR REPLACE VIEW one AS SELECT a FROM three;
COMMENT ON VIEW one IS 'nobody can read it';
COMMENT ON COLUMN one.a IS 'a';
GRANT SELECT ON two TO PUBLIC;
ALTER VIEW three ALTER COLUMN a SET DEFAULT 7;
CREATE VIEW through AS SELECT 1 AS a;
CREATE FUNCTION reads_through() RETURNS SETOF through LANGUAGE sql BEGIN ATOMIC SELECT a FROM through; END;
CREATE OR REPLACE VIEW through AS SELECT a FROM reads_through();
CREATE FUNCTION no_insert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER instead INSTEAD OF INSERT ON one FOR EACH ROW EXECUTE FUNCTION no_insert();
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM chain;
