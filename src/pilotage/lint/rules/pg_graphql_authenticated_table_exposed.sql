-- Tables and views that authenticated may read, where pg_graphql is installed.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format(
        '%s %I.%I can be read by authenticated, and pg_graphql is installed',
        upper(left(k.kind, 1)) || substr(k.kind, 2), n.nspname, c.relname
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', k.kind) AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        CASE c.relkind
            WHEN 'v' THEN 'view'
            WHEN 'm' THEN 'materialized view'
            WHEN 'f' THEN 'foreign table'
            ELSE 'table'
        END AS kind
) AS k
CROSS JOIN unnest($3::text[]) AS r (role)
WHERE
    n.nspname = ANY ($1::text[])
    AND EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'pg_graphql')
    -- not: partitioned tables, which pg_graphql does not show; it does their partitions
    AND c.relkind IN ('r', 'v', 'm', 'f')
    AND r.role = 'authenticated'
    AND has_schema_privilege(r.role::name, n.oid, 'USAGE')
    -- a column is enough
    AND has_any_column_privilege(r.role::name, c.oid, 'SELECT')
