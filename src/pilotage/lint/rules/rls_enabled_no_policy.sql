-- Tables with row level security and without policies.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format('Table %I.%I has row level security enabled, but no policies', n.nspname, c.relname) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'p')
    AND c.relrowsecurity
    -- not: partitions, which are mostly read through their table, whose policies hold then
    AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
