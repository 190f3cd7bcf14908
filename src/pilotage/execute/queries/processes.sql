-- What server processes of ours are doing: how far, in PostgreSQL's own words, and for what lock they wait.
-- $1: the processes.
SELECT
    activity.pid,
    coalesce(activity.application_name, '') AS application,
    coalesce(progress.phase, '') AS phase,
    coalesce(progress.done, 0) AS done,
    -- PostgreSQL has 0 where it does not know
    nullif(progress.total, 0) AS total,
    coalesce(progress.unit, 'rows') AS unit,
    coalesce(worked_on.name, '') AS relation,
    -- The first words say what kind of statement it is; the rest may hold a secret, as of a subscription.
    pg_catalog.left(activity.query, 60) AS query,
    extract(epoch FROM pg_catalog.clock_timestamp() - activity.query_start)::float8 AS seconds,
    coalesce(awaited.lock, '') AS lock,
    coalesce(holders.list, '[]'::json) AS holders
FROM pg_catalog.pg_stat_activity AS activity
LEFT JOIN LATERAL (
    -- Of an index: blocks while the table is read, then the rows that are put in.
    SELECT
        i.relid, i.phase, u.done, u.total, u.unit
    FROM pg_catalog.pg_stat_progress_create_index AS i
    CROSS JOIN LATERAL (
        SELECT
            CASE u.unit
                WHEN 'rows' THEN i.tuples_done WHEN 'blocks' THEN i.blocks_done ELSE i.partitions_done
            END,
            CASE u.unit
                WHEN 'rows' THEN i.tuples_total WHEN 'blocks' THEN i.blocks_total ELSE i.partitions_total
            END,
            u.unit
        FROM (
            SELECT CASE
                WHEN i.tuples_total > 0 THEN 'rows'
                WHEN i.blocks_total > 0 THEN 'blocks'
                WHEN i.partitions_total > 0 THEN 'partitions'
                ELSE 'rows'
            END
        ) AS u (unit)
    ) AS u (done, total, unit)
    WHERE i.pid = activity.pid
    UNION ALL
    -- COPY from a client: the size of what is to come is not known.
    SELECT c.relid, c.command, c.tuples_processed, 0, 'rows'
    FROM pg_catalog.pg_stat_progress_copy AS c
    WHERE c.pid = activity.pid
    UNION ALL
    -- Once the sample is taken, the blocks say nothing any more.
    SELECT
        a.relid, a.phase,
        CASE WHEN a.phase LIKE 'acquiring%' THEN a.sample_blks_scanned ELSE 0 END,
        CASE WHEN a.phase LIKE 'acquiring%' THEN a.sample_blks_total ELSE 0 END,
        'blocks'
    FROM pg_catalog.pg_stat_progress_analyze AS a
    WHERE a.pid = activity.pid
    LIMIT 1
) AS progress ON true
LEFT JOIN LATERAL (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = progress.relid
) AS worked_on ON true
LEFT JOIN LATERAL (
    SELECT CASE
        WHEN c.relname IS NOT NULL THEN pg_catalog.format('relation %I.%I', n.nspname, c.relname)
        ELSE l.locktype
    END AS lock
    FROM pg_catalog.pg_locks AS l
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE activity.wait_event_type = 'Lock' AND l.pid = activity.pid AND NOT l.granted
    LIMIT 1
) AS awaited ON true
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'pid', blocking.pid,
        'user', coalesce(holder.usename, ''),
        'application', coalesce(holder.application_name, ''),
        'state', coalesce(holder.state, ''),
        -- NULL where we may not see it
        'seconds', extract(epoch FROM pg_catalog.clock_timestamp() - holder.xact_start)::float8,
        'query', coalesce(pg_catalog.left(holder.query, 60), '')
    ) ORDER BY blocking.pid) AS list
    -- A process appears once for each of its locks that is in the way; 0 is a prepared transaction.
    FROM (
        SELECT DISTINCT b.pid FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(activity.pid)) AS b (pid)
    ) AS blocking
    LEFT JOIN pg_catalog.pg_stat_activity AS holder ON holder.pid = blocking.pid
    WHERE awaited.lock IS NOT NULL
) AS holders ON true
WHERE
    activity.pid = ANY ($1::int[])
    -- not: processes of another database that have got the number of one that is gone
    AND activity.datname = pg_catalog.current_database()
ORDER BY activity.pid
