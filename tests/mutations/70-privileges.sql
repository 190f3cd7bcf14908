-- Privileges, default privileges, and roles that have those of others.

-- grant-select: ["table", "zoo.no_key", "privileges of zoo_visitor"]
GRANT SELECT ON zoo.no_key TO zoo_visitor;

-- grant-to-public: ["table", "zoo.house", "privileges of PUBLIC"]
GRANT SELECT ON zoo.house TO PUBLIC;

-- revoke-from-owner: ["table", "zoo.house", "privileges of the owner"]
REVOKE UPDATE ON zoo.house FROM postgres;

-- grant-option: ["view", "zoo.plain_view", "privileges of zoo_visitor"]
GRANT SELECT ON zoo.plain_view TO zoo_visitor WITH GRANT OPTION;

-- grantor: ["table", "zoo.animal", "privileges of zoo_visitor"]
UPDATE pg_class SET relacl = replace(relacl::text, 'zoo_visitor=r/zoo_keeper', 'zoo_visitor=r/postgres')::aclitem[] WHERE oid = 'zoo.animal'::regclass;

-- grant-maintain: ["table", "zoo.animal", "MAINTAIN of zoo_visitor"]
GRANT MAINTAIN ON zoo.animal TO zoo_visitor;

-- grant-on-partition: ["table", "zoo.visit_rest", "privileges of PUBLIC"]
REVOKE SELECT ON zoo.visit_rest FROM PUBLIC;

-- server-function-grant: ["database", "current_database()", "changed privileges of PUBLIC on function pg_catalog.pg_sleep(double precision)"]
GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO PUBLIC;

-- default-privileges-tables: ["default acl", "for role zoo_owner in schema zoo on tables", "privileges of zoo_visitor"]
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner IN SCHEMA zoo GRANT INSERT ON TABLES TO zoo_visitor;

-- default-privileges-new: ["default acl", "for role zoo_keeper on tables", "exists"]
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_keeper GRANT SELECT ON TABLES TO PUBLIC;

-- default-privileges-public: ["default acl", "for role zoo_owner on functions", "exists"]
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;

-- default-privileges-large-objects: ["default acl", "for role zoo_owner on large objects", "privileges of zoo_visitor"]
ALTER DEFAULT PRIVILEGES FOR ROLE zoo_owner GRANT UPDATE ON LARGE OBJECTS TO zoo_visitor;

-- parameter-grant: ["parameter ACL", "work_mem", "privileges of zoo_owner"]
GRANT SET ON PARAMETER work_mem TO zoo_owner;

-- parameter-new: ["parameter ACL", "log_statement", "exists"]
GRANT SET ON PARAMETER log_statement TO zoo_visitor;

-- role-membership: ["role", "zoo_keeper", "has the privileges of"]
GRANT zoo_owner TO zoo_keeper;

-- role-predefined: ["role", "zoo_keeper", "has the privileges of"]
GRANT pg_read_all_data TO zoo_keeper;

-- role-bypasses: ["role", "zoo_visitor", "bypasses row level security"]
ALTER ROLE zoo_visitor BYPASSRLS;

-- role-superuser: ["role", "zoo_owner", "superuser"]
ALTER ROLE zoo_owner SUPERUSER;

-- role-setting: ["role", "zoo_visitor", "setting statement_timeout"]
ALTER ROLE zoo_visitor SET statement_timeout = '1s';

-- role-setting-here: ["role", "zoo_visitor", "setting statement_timeout in this database"]
DO $$ BEGIN EXECUTE format('ALTER ROLE zoo_visitor IN DATABASE %I SET statement_timeout = 5', current_database()); END $$;
