-- Event triggers in their four states, last since they act on statements: what they see, they write into a log.
CREATE TABLE zoo.event_log (trigger text, tag text);
CREATE FUNCTION zoo.log_event() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO zoo.event_log VALUES (tg_event, tg_tag);
END
$$;
CREATE FUNCTION zoo.ignore_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER zoo_end ON ddl_command_end EXECUTE FUNCTION zoo.log_event();
CREATE EVENT TRIGGER zoo_drop ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW') EXECUTE FUNCTION zoo.log_event();
CREATE EVENT TRIGGER "odd ""event trigger;" ON table_rewrite EXECUTE FUNCTION zoo.log_event();
CREATE EVENT TRIGGER zoo_start ON ddl_command_start EXECUTE FUNCTION zoo.log_event();
ALTER EVENT TRIGGER zoo_start DISABLE;
ALTER EVENT TRIGGER zoo_end ENABLE ALWAYS;
ALTER EVENT TRIGGER zoo_drop ENABLE REPLICA;
ALTER EVENT TRIGGER zoo_drop OWNER TO zoo_super;
COMMENT ON EVENT TRIGGER zoo_end IS 'an event trigger';
DELETE FROM zoo.event_log;
