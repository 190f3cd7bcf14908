-- What is the whole server's and not one database's: settings of roles, memberships, privileges on parameters
-- and tablespaces.
ALTER ROLE zoo_visitor SET statement_timeout = '9s';
ALTER ROLE zoo_visitor SET search_path = zoo, public;
GRANT zoo_visitor TO zoo_keeper WITH ADMIN OPTION;
GRANT SET ON PARAMETER log_min_messages TO zoo_keeper WITH GRANT OPTION;
GRANT ALTER SYSTEM ON PARAMETER work_mem TO zoo_owner;
GRANT CREATE ON TABLESPACE zoo_space TO zoo_visitor;
