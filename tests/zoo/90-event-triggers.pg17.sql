-- The event that PostgreSQL 17 brought; its trigger does nothing, since it acts on every session.
CREATE EVENT TRIGGER zoo_login ON login EXECUTE FUNCTION zoo.ignore_event();
DELETE FROM zoo.event_log;
