-- Definitions of the views in scope ($1), to see what they call.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    pg_get_viewdef(c.oid) AS definition
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
-- not: materialized views, whose rows are there already
WHERE n.nspname = ANY ($1::text[]) AND c.relkind = 'v'
