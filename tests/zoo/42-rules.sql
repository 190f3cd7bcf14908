-- Rules in each state, which would write a log if they acted on a load.
CREATE TABLE zoo.ruled (id int PRIMARY KEY, x int);
CREATE TABLE zoo.rule_log (what text, x int);
INSERT INTO zoo.ruled VALUES (1, 1), (2, 2);
CREATE RULE plain AS ON INSERT TO zoo.ruled DO ALSO INSERT INTO zoo.rule_log VALUES ('plain', NEW.x);
CREATE RULE conditional AS ON UPDATE TO zoo.ruled WHERE NEW.x > 5 DO ALSO INSERT INTO zoo.rule_log VALUES ('update', NEW.x);
CREATE RULE quiet AS ON DELETE TO zoo.ruled DO INSTEAD NOTHING;
CREATE RULE always AS ON INSERT TO zoo.ruled DO ALSO INSERT INTO zoo.rule_log VALUES ('always', NEW.x);
CREATE RULE "odd ""rule;" AS ON UPDATE TO zoo.ruled DO ALSO (SELECT 1; SELECT 2);
ALTER TABLE zoo.ruled DISABLE RULE quiet;
ALTER TABLE zoo.ruled ENABLE ALWAYS RULE always;
ALTER TABLE zoo.ruled ENABLE REPLICA RULE conditional;
CREATE RULE write_through AS ON INSERT TO zoo.by_key DO INSTEAD INSERT INTO zoo.rule_log VALUES (NEW.name, NEW.id);
COMMENT ON RULE plain ON zoo.ruled IS 'a rule';
