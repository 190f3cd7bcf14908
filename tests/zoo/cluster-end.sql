-- Takes back what 80-cluster-settings.optional.sql changed for the whole server.
ALTER ROLE zoo_visitor RESET ALL;
REVOKE zoo_visitor FROM zoo_keeper;
REVOKE ALL ON PARAMETER log_min_messages FROM zoo_keeper;
REVOKE ALL ON PARAMETER work_mem FROM zoo_owner;
REVOKE CREATE ON TABLESPACE zoo_space FROM zoo_visitor;
