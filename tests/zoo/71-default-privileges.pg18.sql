-- Default privileges on large objects, which PostgreSQL 18 brought.
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner GRANT SELECT ON LARGE OBJECTS TO zoo_visitor;
