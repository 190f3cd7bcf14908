-- Tables and materialized views with autovacuum_enabled = false.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format('%s %I.%I is not vacuumed automatically', upper(left(k.kind, 1)) || substr(k.kind, 2), n.nspname, c.relname) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', k.kind) AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind) AS k
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'm')
    -- not: temporary tables, which autovacuum never sees
    AND c.relpersistence <> 't'
    -- the option's text is as it was written: false, off, 0
    AND EXISTS (
        SELECT FROM pg_options_to_table(c.reloptions) AS o
        WHERE o.option_name = 'autovacuum_enabled' AND NOT o.option_value::boolean
    )
