-- Materialized views in schemas of the HTTP interface that one of its roles may read.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format('Materialized view %I.%I can be read by %s', n.nspname, c.relname, a.roles) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'materialized view') AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(r.role, ', ' ORDER BY r.role) AS roles
    FROM unnest($3::text[]) AS r (role)
    WHERE
        has_schema_privilege(r.role::name, n.oid, 'USAGE')
        AND has_any_column_privilege(r.role::name, c.oid, 'SELECT')
) AS a
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = ANY ($2::text[])
    AND c.relkind = 'm'
    AND a.roles IS NOT NULL
