-- Indexes that no query may use.
SELECT
    'pg_class'::regclass AS classid,
    i.indexrelid AS objid,
    0 AS objsubid,
    format('Index %I.%I of table %I.%I is not valid', n.nspname, ic.relname, n.nspname, c.relname) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'index', ic.relname) AS metadata,
    ARRAY[n.nspname, c.relname, ic.relname]::text[] AS key
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'p', 'm')
    AND NOT (i.indisvalid AND i.indisready AND i.indislive)
