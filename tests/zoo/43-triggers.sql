-- Triggers in their four states, on partitions unlike their parent's, and of every kind. They write a log.
CREATE TABLE zoo.trigger_log (trigger text, on_table text);
CREATE FUNCTION zoo.log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO zoo.trigger_log VALUES (TG_NAME, TG_RELID::regclass);
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TABLE zoo.watched (id int PRIMARY KEY, x int);
INSERT INTO zoo.watched VALUES (1, 10), (2, 20);
CREATE TRIGGER origin BEFORE INSERT OR UPDATE OF x ON zoo.watched FOR EACH ROW WHEN (NEW.x > 0) EXECUTE FUNCTION zoo.log('x''\', E'\n');
CREATE TRIGGER disabled AFTER INSERT OR DELETE ON zoo.watched FOR EACH ROW EXECUTE FUNCTION zoo.log();
CREATE TRIGGER replica AFTER TRUNCATE ON zoo.watched FOR EACH STATEMENT EXECUTE FUNCTION zoo.log();
CREATE TRIGGER always AFTER INSERT ON zoo.watched REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION zoo.log();
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON zoo.watched FROM zoo.house DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION zoo.log();
CREATE TRIGGER "odd ""trigger;
\! true" BEFORE DELETE ON zoo.watched FOR EACH ROW EXECUTE FUNCTION zoo.note();
ALTER TABLE zoo.watched DISABLE TRIGGER disabled, ENABLE REPLICA TRIGGER replica, ENABLE ALWAYS TRIGGER always;
COMMENT ON TRIGGER origin ON zoo.watched IS 'a trigger';
CREATE TRIGGER whole BEFORE INSERT ON zoo.visit FOR EACH ROW EXECUTE FUNCTION zoo.note();
CREATE TRIGGER whole_always AFTER UPDATE ON zoo.visit FOR EACH ROW EXECUTE FUNCTION zoo.log();
ALTER TABLE zoo.visit ENABLE ALWAYS TRIGGER whole_always;
ALTER TABLE zoo.visit_rest DISABLE TRIGGER whole;
ALTER TABLE aviary.visit_old ENABLE REPLICA TRIGGER whole;
ALTER TABLE zoo.visit_2024_rest ENABLE TRIGGER whole_always;
CREATE TRIGGER of_one_partition BEFORE UPDATE ON zoo.visit_2024_rest FOR EACH ROW EXECUTE FUNCTION zoo.note();
CREATE TRIGGER instead INSTEAD OF INSERT ON zoo.by_key FOR EACH ROW EXECUTE FUNCTION zoo.log();
