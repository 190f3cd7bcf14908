-- Views and materialized views in schemas of the HTTP interface that read auth.users, directly or through other
-- views, and that one of its roles may read.
WITH RECURSIVE reads AS (
    SELECT w.ev_class AS view, d.refobjid AS relation
    FROM pg_rewrite w
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
),
showing AS (
    SELECT r.view
    FROM reads r
    JOIN pg_class u ON u.oid = r.relation AND u.relname = 'users'
    JOIN pg_namespace a ON a.oid = u.relnamespace AND a.nspname = 'auth'
    UNION
    SELECT r.view FROM reads r JOIN showing s ON s.view = r.relation
)
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format('View %I.%I reads auth.users, and %s may read the view', n.nspname, c.relname, x.roles) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'view', 'exposed_to', x.array) AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        string_agg(r.role, ', ' ORDER BY r.role) AS roles,
        json_agg(r.role ORDER BY r.role) AS array
    FROM unnest($3::text[]) AS r (role)
    WHERE
        has_schema_privilege(r.role::name, n.oid, 'USAGE')
        AND has_any_column_privilege(r.role::name, c.oid, 'SELECT')
        -- not: views that ask for the user, where the user may not read the table
        AND (
            NOT EXISTS (
                SELECT FROM pg_options_to_table(c.reloptions) AS o
                WHERE c.relkind = 'v' AND o.option_name = 'security_invoker' AND o.option_value::boolean
            )
            OR has_any_column_privilege(r.role::name, 'auth.users', 'SELECT')
        )
) AS x
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = ANY ($2::text[])
    AND c.oid IN (SELECT s.view FROM showing s)
    AND x.roles IS NOT NULL
