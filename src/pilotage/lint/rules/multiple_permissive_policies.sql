-- Roles and actions for which several permissive policies of one table hold. A role has the policies that name it,
-- those that name a role whose privileges it has, and those for PUBLIC.
WITH policies AS MATERIALIZED (
    SELECT
        p.oid,
        p.polname,
        p.polroles,
        c.oid AS relation,
        c.relname,
        n.nspname,
        x.action
    FROM pg_policy p
    JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN (VALUES ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) AS x (command, action)
        ON p.polcmd::text IN (x.command, '*')
    WHERE
        n.nspname = ANY ($1::text[])
        AND p.polpermissive
        -- not: tables whose policies do nothing
        AND c.relrowsecurity
),
roles AS (
    SELECT DISTINCT p.relation, u.role
    FROM policies p
    CROSS JOIN unnest(p.polroles) AS u (role)
    LEFT JOIN pg_roles r ON r.oid = u.role
    -- not: roles that no policy restrains
    WHERE u.role = 0 OR NOT (r.rolsuper OR r.rolbypassrls)
),
sets AS (
    SELECT
        p.relation,
        p.nspname,
        p.relname,
        p.action,
        r.role,
        count(*) AS policies,
        count(*) FILTER (WHERE 0 = ANY (p.polroles)) AS for_all,
        string_agg(quote_ident(p.polname), ', ' ORDER BY p.polname COLLATE "C") AS names,
        json_agg(p.polname ORDER BY p.polname COLLATE "C") AS array
    FROM policies p
    JOIN roles r ON r.relation = p.relation
    WHERE EXISTS (
        SELECT FROM unnest(p.polroles) AS u (role)
        WHERE u.role IN (0, r.role) OR (r.role <> 0 AND pg_has_role(r.role, u.role, 'USAGE'))
    )
    GROUP BY p.relation, p.nspname, p.relname, p.action, r.role
)
SELECT
    'pg_class'::regclass AS classid,
    s.relation AS objid,
    0 AS objsubid,
    format(
        'Table %I.%I has several permissive policies for role %s and action %s: %s', s.nspname, s.relname,
        coalesce(quote_ident(r.rolname), 'public'), s.action, s.names
    ) AS detail,
    json_build_object(
        'schema', s.nspname, 'name', s.relname, 'type', 'table',
        'role', coalesce(r.rolname, 'public'), 'action', s.action, 'policies', s.array
    ) AS metadata,
    ARRAY[s.nspname, s.relname, coalesce(r.rolname, 'public'), s.action]::text[] AS key
FROM sets s
LEFT JOIN pg_roles r ON r.oid = s.role
WHERE
    s.policies > 1
    -- not: roles that have no more policies than everybody, which is told for public
    AND (s.role = 0 OR s.policies > s.for_all)
