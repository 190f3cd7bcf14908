-- Indexes that were never scanned, with the age of the statistics that say so.
SELECT
    'pg_class'::regclass AS classid,
    i.indexrelid AS objid,
    0 AS objsubid,
    format(
        'Index %I.%I of table %I.%I, %s, has not been used %s',
        n.nspname, ic.relname, n.nspname, c.relname, pg_size_pretty(pg_relation_size(ic.oid)),
        CASE
            WHEN d.stats_reset IS NULL THEN 'since statistics began, which the server does not know the time of'
            ELSE format(
                'since %s, %s days ago',
                to_char(d.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
                extract(day FROM now() - d.stats_reset)
            )
        END
    ) AS detail,
    json_build_object(
        'schema', n.nspname,
        'name', c.relname,
        'type', 'table',
        'index_name', ic.relname,
        'bytes', pg_relation_size(ic.oid),
        'statistics_since', to_char(d.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    ) AS metadata,
    ARRAY[n.nspname, c.relname, ic.relname]::text[] AS key
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
CROSS JOIN (SELECT b.stats_reset FROM pg_stat_database b WHERE b.datname = current_database()) AS d
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'm')
    AND s.idx_scan = 0
    -- not: indexes that keep rows apart, whoever reads them
    AND NOT i.indisunique
    AND NOT i.indisexclusion
    -- not: what replication or CLUSTER needs
    AND NOT i.indisreplident
    AND NOT i.indisclustered
    -- not: what cannot be used; invalid_index tells these
    AND i.indisvalid
    -- not: the parts of a partitioned table's index, which can only be dropped with it
    AND NOT ic.relispartition
