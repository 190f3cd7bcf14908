-- Who holds one of our advisory locks, by its two integers, on this database, and since when.
SELECT
    held.pid,
    coalesce(activity.usename::text, 'somebody') AS role,
    coalesce(activity.application_name, '') AS application,
    coalesce(pg_catalog.host(activity.client_addr), 'the server''s own machine') AS host,
    coalesce(
        pg_catalog.to_char(activity.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), ''
    ) AS since
FROM pg_catalog.pg_locks AS held
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid
WHERE
    held.locktype = 'advisory'
    AND held.granted
    AND held.classid = $1
    AND held.objid = $2
    -- a lock of two integers, not of one
    AND held.objsubid = 2
    AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
