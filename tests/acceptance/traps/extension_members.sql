-- Privileges on what an extension brought, and what was added to an extension by hand.
CREATE SCHEMA ext;
CREATE EXTENSION hstore SCHEMA ext;
CREATE EXTENSION pg_stat_statements SCHEMA ext;
REVOKE EXECUTE ON FUNCTION ext.hstore_in(cstring) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ext.pg_stat_statements_reset(oid, oid, bigint, boolean) TO PUBLIC;
REVOKE SELECT ON ext.pg_stat_statements FROM PUBLIC;
GRANT USAGE ON SCHEMA ext TO PUBLIC;
CREATE TABLE tagged (id int PRIMARY KEY, tags ext.hstore);
INSERT INTO tagged VALUES (1, 'a=>1');
CREATE INDEX ON tagged USING gin (tags);
COMMENT ON EXTENSION hstore IS 'tags of ours';
