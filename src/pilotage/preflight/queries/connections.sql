-- How many connections this role may have in this database, and how many there are. -1 is: no limit.
SELECT
    pg_catalog.current_setting('max_connections')::pg_catalog.int4 AS maximum,
    CASE
        WHEN r.rolsuper THEN 0
        ELSE pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4
            -- PostgreSQL 16 and later; for members of pg_use_reserved_connections
            + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4
    END AS reserved,
    r.rolsuper AS superuser,
    r.rolconnlimit AS of_role,
    d.datconnlimit AS of_database,
    (
        SELECT count(*) FROM pg_catalog.pg_stat_activity AS a
        WHERE a.backend_type = 'client backend'
    ) AS used,
    (
        SELECT count(*) FROM pg_catalog.pg_stat_activity AS a
        WHERE a.backend_type = 'client backend' AND a.usesysid = r.oid
    ) AS used_by_role,
    (
        SELECT count(*) FROM pg_catalog.pg_stat_activity AS a
        WHERE a.backend_type = 'client backend' AND a.datid = d.oid
    ) AS used_in_database
FROM pg_catalog.pg_roles AS r
CROSS JOIN pg_catalog.pg_database AS d
WHERE r.rolname = session_user AND d.datname = current_database()
