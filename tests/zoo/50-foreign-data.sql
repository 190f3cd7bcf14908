-- Foreign data: wrapper, server, mappings of users, tables. Nothing is behind them.
CREATE FOREIGN DATA WRAPPER zoo_wrapper OPTIONS (debug 'tr''ue\');
ALTER FOREIGN DATA WRAPPER zoo_wrapper OWNER TO zoo_super;
COMMENT ON FOREIGN DATA WRAPPER zoo_wrapper IS 'a wrapper without a handler';
CREATE SERVER "far away" TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER zoo_wrapper OPTIONS (host 'h', "odd ""option" E'a\nb');
ALTER SERVER "far away" OWNER TO zoo_owner;
COMMENT ON SERVER "far away" IS 'a server';
CREATE USER MAPPING FOR zoo_visitor SERVER "far away" OPTIONS (user 'v', password 'not one');
CREATE USER MAPPING FOR PUBLIC SERVER "far away";
CREATE FOREIGN TABLE zoo.far (
    x int OPTIONS (name 'X') NOT NULL, y text COLLATE "C" DEFAULT 'y', z int GENERATED ALWAYS AS (x * 2) STORED,
    CONSTRAINT believed CHECK (x > 0)
) SERVER "far away" OPTIONS (t 'T');
ALTER FOREIGN TABLE zoo.far OWNER TO zoo_keeper;
ALTER FOREIGN TABLE zoo.far ALTER COLUMN y SET STATISTICS 10;
COMMENT ON FOREIGN TABLE zoo.far IS 'a foreign table';
CREATE FOREIGN TABLE zoo.visit_far PARTITION OF zoo.no_partitions FOR VALUES IN (7) SERVER "far away";
CREATE TRIGGER on_foreign BEFORE INSERT ON zoo.far FOR EACH ROW EXECUTE FUNCTION zoo.note();
