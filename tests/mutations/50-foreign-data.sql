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

-- wrapper-validator: ["foreign-data wrapper", "zoo_wrapper", "validator"]
UPDATE pg_foreign_data_wrapper SET fdwvalidator = 'public.postgres_fdw_validator'::regproc WHERE fdwname = 'zoo_wrapper';

-- wrapper-new: ["foreign-data wrapper", "zoo_more", "exists"]
CREATE FOREIGN DATA WRAPPER zoo_more;

-- wrapper-comment: ["foreign-data wrapper", "zoo_wrapper", "comment"]
COMMENT ON FOREIGN DATA WRAPPER zoo_wrapper IS 'x';

-- server-type: ["server", "\"far away\"", "type"]
UPDATE pg_foreign_server SET srvtype = 'y' WHERE srvname = 'far away';

-- server-wrapper: ["server", "files", "foreign-data wrapper"]
UPDATE pg_foreign_server SET srvfdw = (SELECT oid FROM pg_foreign_data_wrapper WHERE fdwname = 'zoo_wrapper') WHERE srvname = 'files';

-- server-new: ["server", "zoo_more", "exists"]
CREATE SERVER zoo_more FOREIGN DATA WRAPPER zoo_wrapper;

-- server-comment: ["server", "\"far away\"", "comment"]
COMMENT ON SERVER "far away" IS 'x';

-- foreign-table-server: ["foreign table", "zoo.far", "server"]
UPDATE pg_foreign_table SET ftserver = (SELECT oid FROM pg_foreign_server WHERE srvname = 'files') WHERE ftrelid = 'zoo.far'::regclass;

-- foreign-table-grant: ["foreign table", "zoo.far", "privileges of PUBLIC"]
GRANT SELECT ON zoo.far TO PUBLIC;

-- foreign-table-comment: ["foreign table", "zoo.far", "comment"]
COMMENT ON FOREIGN TABLE zoo.far IS 'x';

-- foreign-table-gone: ["foreign table", "zoo.remote", "exists"]
DROP FOREIGN TABLE zoo.remote;

-- foreign-column-default: ["foreign table column", "zoo.far.y", "default"]
ALTER FOREIGN TABLE zoo.far ALTER COLUMN y SET DEFAULT 'z';

-- foreign-column-not-null: ["foreign table column", "zoo.far.x", "not null"]
ALTER FOREIGN TABLE zoo.far ALTER COLUMN x DROP NOT NULL;
