-- Event triggers that would stop the migration's own statements, and every session after it.
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t VALUES (1, 'one');
CREATE VIEW v AS SELECT id FROM t;
CREATE PUBLICATION p FOR TABLE t;
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no % here', tg_tag;
END
$$;
CREATE EVENT TRIGGER no_rewrite ON table_rewrite EXECUTE FUNCTION refuse();
CREATE EVENT TRIGGER sleeping ON ddl_command_end EXECUTE FUNCTION refuse();
ALTER EVENT TRIGGER sleeping DISABLE;
CREATE EVENT TRIGGER no_drop ON sql_drop EXECUTE FUNCTION refuse();
ALTER EVENT TRIGGER no_drop ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER no_drop IS 'nothing goes';
CREATE EVENT TRIGGER no_start ON ddl_command_start EXECUTE FUNCTION refuse();
