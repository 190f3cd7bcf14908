-- What is set on the database as a whole: a comment, settings, privileges, for a role in this database too.
SELECT format('COMMENT ON DATABASE %I IS %L', current_database(), E'the zoo''s\n\\database') \gexec
SELECT format('ALTER DATABASE %I SET work_mem = %L', current_database(), '5MB') \gexec
SELECT format('ALTER DATABASE %I SET search_path = zoo, public', current_database()) \gexec
SELECT format('ALTER DATABASE %I CONNECTION LIMIT 77', current_database()) \gexec
SELECT format('ALTER ROLE zoo_visitor IN DATABASE %I SET statement_timeout = %L', current_database(), '7s') \gexec
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CREATE ON DATABASE %I TO zoo_keeper WITH GRANT OPTION', current_database()) \gexec
