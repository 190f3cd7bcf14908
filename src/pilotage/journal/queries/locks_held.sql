-- The server processes that hold one of our advisory locks, by its two integers, on this database.
SELECT pid
FROM pg_catalog.pg_locks
WHERE
    locktype = 'advisory'
    AND granted
    AND classid = $1
    AND objid = $2
    -- a lock of two integers, not of one
    AND objsubid = 2
    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
