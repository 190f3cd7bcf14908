-- Texts that PostgreSQL prints otherwise after a reload: the casts move into the array.
CREATE TABLE t (a varchar(9) CHECK (a IN ('x', 'y')), b varchar, c char(2), d text);
INSERT INTO t VALUES ('x', 'x', 'x', 'x');
CREATE VIEW v AS SELECT * FROM t WHERE b IN ('x', 'y') AND c NOT IN ('u', 'v') AND b = ANY (ARRAY['x', a]);
CREATE MATERIALIZED VIEW m AS SELECT a FROM t WHERE b IN ('x', 'y');
CREATE INDEX partial ON t (d) WHERE b IN ('x', 'y');
CREATE FUNCTION f(a varchar) RETURNS bool LANGUAGE sql BEGIN ATOMIC SELECT a IN ('x', 'y'); END;
CREATE POLICY p ON t USING (b IN ('x', 'y')) WITH CHECK (a IN ('x', 'y'));
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (new.a IN ('x', 'y')) EXECUTE FUNCTION nothing();
CREATE RULE r AS ON DELETE TO t WHERE old.b IN ('x', 'y') DO ALSO SELECT 1;
CREATE DOMAIN d AS varchar CHECK (value IN ('x', 'y'));
CREATE TABLE g (a varchar, is_x bool GENERATED ALWAYS AS (a IN ('x', 'y')) STORED,
    has bool DEFAULT ('x'::varchar IN ('x', 'y')));
INSERT INTO g VALUES ('x');
CREATE TABLE part (a varchar) PARTITION BY LIST ((a IN ('x', 'y')));
CREATE TABLE part_true PARTITION OF part FOR VALUES IN (true);
INSERT INTO part VALUES ('x');
