-- Triggers, rules and event triggers.

-- trigger-disabled: ["trigger", "origin on zoo.watched", "state"]
ALTER TABLE zoo.watched DISABLE TRIGGER origin;

-- trigger-replica: ["trigger", "always on zoo.watched", "state"]
ALTER TABLE zoo.watched ENABLE REPLICA TRIGGER always;

-- trigger-of-partition: ["trigger", "whole on zoo.visit_2024_rest", "state"]
ALTER TABLE zoo.visit_2024_rest DISABLE TRIGGER whole;

-- trigger-when: ["trigger", "origin on zoo.watched", "definition"]
CREATE OR REPLACE TRIGGER origin BEFORE INSERT OR UPDATE OF x ON zoo.watched FOR EACH ROW WHEN (NEW.x > 1) EXECUTE FUNCTION zoo.log('x''\', E'\n');

-- trigger-columns: ["trigger", "origin on zoo.watched", "definition"]
CREATE OR REPLACE TRIGGER origin BEFORE INSERT OR UPDATE ON zoo.watched FOR EACH ROW WHEN (NEW.x > 0) EXECUTE FUNCTION zoo.log('x''\', E'\n');

-- trigger-comment: ["trigger", "origin on zoo.watched", "comment"]
COMMENT ON TRIGGER origin ON zoo.watched IS 'x';

-- trigger-gone: ["trigger", "later on zoo.watched", "exists"]
DROP TRIGGER later ON zoo.watched;

-- trigger-of-partitioned-gone: ["trigger", "whole_always on zoo.visit", "exists"]
DROP TRIGGER whole_always ON zoo.visit;

-- trigger-of-view-gone: ["trigger", "instead on zoo.by_key", "exists"]
DROP TRIGGER instead ON zoo.by_key;

-- trigger-of-foreign-table: ["trigger", "on_foreign on zoo.far", "state"]
ALTER FOREIGN TABLE zoo.far DISABLE TRIGGER on_foreign;

-- rule-disabled: ["rule", "plain on zoo.ruled", "state"]
ALTER TABLE zoo.ruled DISABLE RULE plain;

-- rule-definition: ["rule", "quiet on zoo.ruled", "definition"]
CREATE OR REPLACE RULE quiet AS ON DELETE TO zoo.ruled DO INSTEAD SELECT 1;

-- rule-of-view-gone: ["rule", "write_through on zoo.by_key", "exists"]
DROP RULE write_through ON zoo.by_key;

-- rule-comment: ["rule", "plain on zoo.ruled", "comment"]
COMMENT ON RULE plain ON zoo.ruled IS NULL;

-- event-trigger-disabled: ["event trigger", "zoo_drop", "state"]
ALTER EVENT TRIGGER zoo_drop DISABLE;

-- event-trigger-owner: ["event trigger", "zoo_end", "owner"]
ALTER EVENT TRIGGER zoo_end OWNER TO zoo_super;

-- event-trigger-tags: ["event trigger", "zoo_drop", "tags"]
DROP EVENT TRIGGER zoo_drop;
CREATE EVENT TRIGGER zoo_drop ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION zoo.log_event();
ALTER EVENT TRIGGER zoo_drop ENABLE REPLICA;
ALTER EVENT TRIGGER zoo_drop OWNER TO zoo_super;

-- event-trigger-gone: ["event trigger", "zoo_login", "exists"]
DROP EVENT TRIGGER zoo_login;

-- event-trigger-event: ["event trigger", "zoo_start", "event"]
UPDATE pg_event_trigger SET evtevent = 'ddl_command_end' WHERE evtname = 'zoo_start';

-- event-trigger-function: ["event trigger", "zoo_end", "function"]
UPDATE pg_event_trigger SET evtfoid = 'zoo.ignore_event'::regproc WHERE evtname = 'zoo_end';

-- event-trigger-comment: ["event trigger", "zoo_end", "comment"]
COMMENT ON EVENT TRIGGER zoo_end IS 'x';
