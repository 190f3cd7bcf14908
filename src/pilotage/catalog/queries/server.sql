-- The server and the database that we are connected to.
SELECT
    current_setting('server_version') AS version,
    current_setting('server_version_num')::int AS version_num,
    d.datname AS database,
    pg_encoding_to_char(d.encoding) AS encoding,
    d.datcollate AS collation,
    pg_database_size(d.oid) AS database_bytes,
    (SELECT count(*) FROM pg_largeobject_metadata) AS large_objects
FROM pg_database d
WHERE d.datname = current_database()
