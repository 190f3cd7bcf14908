-- Indexes that no query may use.
SELECT
    'pg_class'::regclass AS classid,
    i.indexrelid AS objid,
    0 AS objsubid,
    format('Index %I.%I of table %I.%I is not valid', n.nspname, ic.relname, n.nspname, c.relname) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'index_name', ic.relname) AS metadata,
    ARRAY[n.nspname, c.relname, ic.relname]::text[] AS key
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'p', 'm')
    AND NOT (i.indisvalid AND i.indisready AND i.indislive)
    -- not: what is being built, where the role may see that
    AND NOT EXISTS (
        SELECT FROM pg_stat_progress_create_index b
        WHERE b.datid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
            AND b.index_relid = i.indexrelid
    )
