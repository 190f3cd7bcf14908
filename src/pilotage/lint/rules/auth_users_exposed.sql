-- Views and materialized views in schemas of the HTTP interface through which one of its roles reads auth.users, directly
-- or through other views.
WITH RECURSIVE reads AS MATERIALIZED (
    SELECT DISTINCT
        w.ev_class AS view,
        d.refobjid AS relation,
        -- the option's text is as it was written: true, on, 1
        EXISTS (
            SELECT FROM pg_options_to_table(v.reloptions) AS o
            WHERE v.relkind = 'v' AND o.option_name = 'security_invoker' AND o.option_value::boolean
        ) AS as_user
    FROM pg_rewrite w
    JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
),
users AS MATERIALIZED (
    SELECT c.oid, c.relrowsecurity
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'auth' AND c.relname = 'users'
),
reaching AS (
    SELECT r.view
    FROM reads r
    JOIN users u ON u.oid = r.relation
    UNION
    SELECT r.view FROM reads r JOIN reaching s ON s.view = r.relation
),
showing AS (
    -- a view that reads with its owner's rights, whatever the views below it do
    SELECT s.view, x.role
    FROM reaching s
    CROSS JOIN unnest($3::text[]) AS x (role)
    WHERE NOT EXISTS (SELECT FROM reads r WHERE r.view = s.view AND r.as_user)
    UNION
    -- one that asks for the user, who may read the users' table or a view that shows it, which no policy restrains
    SELECT r.view, x.role
    FROM reads r
    JOIN users u ON u.oid = r.relation
    CROSS JOIN unnest($3::text[]) AS x (role)
    WHERE
        r.as_user
        AND NOT u.relrowsecurity
        AND has_any_column_privilege(x.role::name, u.oid, 'SELECT')
    UNION
    SELECT r.view, s.role
    FROM reads r
    JOIN showing s ON s.view = r.relation
    WHERE r.as_user AND has_any_column_privilege(s.role::name, s.view, 'SELECT')
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
        string_agg(s.role, ', ' ORDER BY s.role) AS roles,
        json_agg(s.role ORDER BY s.role) AS array
    FROM showing s
    WHERE
        s.view = c.oid
        AND has_schema_privilege(s.role::name, n.oid, 'USAGE')
        AND has_any_column_privilege(s.role::name, c.oid, 'SELECT')
) AS x
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = ANY ($2::text[])
    AND c.relkind IN ('v', 'm')
    AND x.roles IS NOT NULL
