-- The database itself.

-- database-setting: ["database", "current_database()", "setting work_mem"]
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''6MB''', current_database()); END $$;

-- database-limit: ["database", "current_database()", "connection limit"]
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 78', current_database()); END $$;

-- database-comment: ["database", "current_database()", "comment"]
DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''x''', current_database()); END $$;

-- database-grant: ["database", "current_database()", "privileges of PUBLIC"]
DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$;

-- database-owner: ["database", "current_database()", "owner"]
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO zoo_owner', current_database()); END $$;

-- database-connections: ["database", "current_database()", "allows connections"]
UPDATE pg_database SET datallowconn = false WHERE datname = current_database();

-- database-collation: ["database", "current_database()", "LC_COLLATE"]
UPDATE pg_database SET datcollate = 'other' WHERE datname = current_database();

-- database-provider: ["database", "current_database()", "locale provider"]
UPDATE pg_database SET datlocprovider = 'b' WHERE datname = current_database();

-- database-encoding: ["database", "current_database()", "encoding"]
UPDATE pg_database SET encoding = pg_char_to_encoding('SQL_ASCII') WHERE datname = current_database();
