-- Tables with several permissive policies, and the roles that those may restrain.
WITH tables AS MATERIALIZED (
    SELECT
        c.oid,
        c.relname,
        c.relowner,
        c.relforcerowsecurity,
        n.nspname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE
        n.nspname = ANY ($1::text[])
        AND c.relrowsecurity
        AND (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive) > 1
),
actions AS (
    SELECT x.action, x.of_columns
    FROM (VALUES ('SELECT', true), ('INSERT', true), ('UPDATE', true), ('DELETE', false)) AS x (action, of_columns)
),
roles AS MATERIALIZED (
    SELECT
        r.oid,
        r.rolname,
        (
            SELECT coalesce(json_agg(g.rolname ORDER BY g.rolname COLLATE "C"), '[]')
            FROM pg_roles g
            WHERE
                g.oid <> r.oid
                AND g.oid IN (SELECT m.roleid FROM pg_auth_members m)
                AND pg_has_role(r.oid, g.oid, 'USAGE')
        ) AS inherits
    FROM pg_roles r
    WHERE
        -- not: roles that no policy restrains
        NOT (r.rolsuper OR r.rolbypassrls)
        -- not: the server's own roles (OIDs below FirstNormalObjectId of transam.h) that nobody is, or only who is not
        -- restrained
        AND (
            r.oid >= 16384
            OR EXISTS (
                SELECT FROM pg_auth_members m
                JOIN pg_roles x ON x.oid = m.member
                WHERE m.roleid = r.oid AND NOT (x.rolsuper OR x.rolbypassrls)
            )
        )
),
reaches AS (
    SELECT
        t.oid,
        r.rolname,
        r.inherits,
        EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND r.oid = ANY (p.polroles)) AS named,
        CASE
            -- not: who owns the table, unless row level security is forced
            WHEN NOT t.relforcerowsecurity AND pg_has_role(r.oid, t.relowner, 'USAGE') THEN ARRAY[]::text[]
            ELSE ARRAY(
                SELECT a.action
                FROM actions a
                WHERE
                    has_table_privilege(r.oid, t.oid, a.action)
                    OR CASE WHEN a.of_columns THEN has_any_column_privilege(r.oid, t.oid, a.action) ELSE false END
            )
        END AS actions
    FROM tables t
    CROSS JOIN roles r
)
SELECT
    json_build_object('schema', t.nspname, 'name', t.relname) AS table,
    (
        SELECT coalesce(json_agg(json_build_object(
            'name', r.rolname, 'inherits', r.inherits, 'actions', r.actions, 'named', r.named
        ) ORDER BY r.rolname COLLATE "C"), '[]')
        FROM reaches r
        WHERE r.oid = t.oid AND (r.named OR r.actions <> '{}')
    ) AS roles,
    ARRAY(
        SELECT a.action
        FROM actions a
        WHERE
            has_table_privilege('public', t.oid, a.action)
            OR CASE WHEN a.of_columns THEN has_any_column_privilege('public', t.oid, a.action) ELSE false END
    ) AS granted_to_public
FROM tables t
