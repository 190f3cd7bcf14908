-- Which locks our processes wait for, and who is in the way. Names are written as SQL reads them.
-- $1: our process, or 0; $2: the name under which a program of ours connects, or ''.
SELECT coalesce(json_agg(json_build_object(
    'pid', waiting.pid,
    'lock', CASE
        WHEN awaited.relname IS NOT NULL
            THEN pg_catalog.format('%s %I.%I', 'relation', awaited.nspname, awaited.relname)
        ELSE awaited.locktype
    END,
    'holders', holders.list
)), '[]')::text
FROM pg_catalog.pg_stat_activity AS waiting
-- not: who has got the lock since, and is still shown as waiting
JOIN LATERAL (
    SELECT l.locktype, n.nspname, c.relname
    FROM pg_catalog.pg_locks AS l
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE l.pid = waiting.pid AND NOT l.granted
    LIMIT 1
) AS awaited ON true
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'pid', blocking.pid,
        'user', coalesce(holder.usename, ''),
        'application', coalesce(holder.application_name, ''),
        'state', coalesce(holder.state, ''),
        -- NULL where we may not see it
        'seconds', extract(epoch FROM pg_catalog.clock_timestamp() - holder.xact_start)::float8,
        -- Its first words say what it is; the rest is not ours to show.
        'query', coalesce(pg_catalog.left(holder.query, 60), '')
    ) ORDER BY blocking.pid), '[]') AS list
    -- A process appears once for each of its locks that is in the way; 0 is a prepared transaction.
    FROM (SELECT DISTINCT pid FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(waiting.pid)) AS b (pid)) AS blocking
    LEFT JOIN pg_catalog.pg_stat_activity AS holder ON holder.pid = blocking.pid
) AS holders
WHERE
    (waiting.pid = $1 OR waiting.application_name = $2)
    AND waiting.datname = pg_catalog.current_database()
    AND waiting.wait_event_type = 'Lock'
