-- Wrappers, servers, user mappings and foreign tables.

-- wrapper-option: ["foreign-data wrapper", "zoo_wrapper", "option debug"]
ALTER FOREIGN DATA WRAPPER zoo_wrapper OPTIONS (SET debug 'no');

-- wrapper-owner: ["foreign-data wrapper", "zoo_wrapper", "owner"]
ALTER FOREIGN DATA WRAPPER zoo_wrapper OWNER TO postgres;

-- wrapper-handler: ["foreign-data wrapper", "zoo_wrapper", "handler"]
ALTER FOREIGN DATA WRAPPER zoo_wrapper HANDLER public.postgres_fdw_handler;

-- wrapper-grant: ["foreign-data wrapper", "zoo_wrapper", "privileges of zoo_owner"]
REVOKE GRANT OPTION FOR USAGE ON FOREIGN DATA WRAPPER zoo_wrapper FROM zoo_owner;

-- server-version: ["server", "\"far away\"", "version"]
ALTER SERVER "far away" VERSION '2';

-- server-option: ["server", "\"far away\"", "option host"]
ALTER SERVER "far away" OPTIONS (SET host 'elsewhere');

-- server-owner: ["server", "\"far away\"", "owner"]
ALTER SERVER "far away" OWNER TO zoo_super;

-- server-grant: ["server", "\"far away\"", "privileges of zoo_keeper"]
GRANT USAGE ON FOREIGN SERVER "far away" TO zoo_keeper;

-- user-mapping-password: ["user mapping", "zoo_visitor on server far away", "option password"]
ALTER USER MAPPING FOR zoo_visitor SERVER "far away" OPTIONS (SET password 'changed');

-- user-mapping-user: ["user mapping", "zoo_visitor on server far away", "option user"]
ALTER USER MAPPING FOR zoo_visitor SERVER "far away" OPTIONS (SET user 'w');

-- user-mapping-gone: ["user mapping", "public on server far away", "exists"]
DROP USER MAPPING FOR PUBLIC SERVER "far away";

-- foreign-table-option: ["foreign table", "zoo.far", "option t"]
ALTER FOREIGN TABLE zoo.far OPTIONS (SET t 'U');

-- foreign-table-owner: ["foreign table", "zoo.far", "owner"]
ALTER FOREIGN TABLE zoo.far OWNER TO zoo_owner;

-- foreign-column-option: ["foreign table column", "zoo.far.x", "foreign options"]
ALTER FOREIGN TABLE zoo.far ALTER COLUMN x OPTIONS (SET name 'Y');

-- foreign-column-statistics: ["foreign table column", "zoo.far.y", "statistics target"]
ALTER FOREIGN TABLE zoo.far ALTER COLUMN y SET STATISTICS 11;
