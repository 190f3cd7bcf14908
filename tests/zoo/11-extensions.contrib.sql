-- Extensions that come with PostgreSQL: in a schema of ours, in one of their own, commented.
CREATE SCHEMA extensions;
CREATE EXTENSION pg_trgm SCHEMA zoo;
CREATE EXTENSION hstore SCHEMA extensions;
CREATE EXTENSION citext SCHEMA extensions;
CREATE EXTENSION btree_gist SCHEMA extensions;
CREATE EXTENSION bloom;
CREATE EXTENSION cube SCHEMA extensions;
CREATE EXTENSION earthdistance SCHEMA extensions;
CREATE EXTENSION unaccent SCHEMA extensions;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION file_fdw;
COMMENT ON EXTENSION hstore IS 'pairs of keys and values; commented by the zoo';
