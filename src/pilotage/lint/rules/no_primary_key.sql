-- Tables without a primary key.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format('Table %I.%I has no primary key', n.nspname, c.relname) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'p')
    -- not: partitions, whose table is told
    AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.conrelid = c.oid AND p.contype = 'p')
