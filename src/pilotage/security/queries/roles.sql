-- Roles that something in scope ($1) names, or that the user names ($2), and the members of those. $3 is the
-- kind of membership that lets our session SET ROLE.
WITH acls AS (
    SELECT c.relacl AS acl
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::text[])
    UNION
    SELECT a.attacl
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::text[])
    UNION
    SELECT p.proacl
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($1::text[])
    UNION
    SELECT n.nspacl FROM pg_namespace n WHERE n.nspname = ANY ($1::text[])
    UNION
    SELECT d.defaclacl
    FROM pg_default_acl d
    LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    WHERE n.oid IS NULL OR n.nspname = ANY ($1::text[])
),
owners AS (
    SELECT c.relowner AS oid
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::text[])
    UNION
    SELECT p.proowner
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($1::text[])
),
named AS (
    SELECT u.role AS oid
    FROM pg_policy p
    JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL unnest(p.polroles) AS u (role)
    WHERE n.nspname = ANY ($1::text[])
    UNION
    SELECT e.grantee FROM acls CROSS JOIN LATERAL aclexplode(acls.acl) AS e
    UNION
    SELECT owners.oid FROM owners
    UNION
    SELECT r.oid FROM pg_roles r WHERE r.rolname = ANY ($2::text[])
)
SELECT
    r.rolname AS name,
    r.rolsuper AS superuser,
    r.oid IN (SELECT named.oid FROM named) AS named,
    pg_has_role(session_user, r.oid, $3) AS settable,
    r.oid IN (SELECT owners.oid FROM owners) AS owner,
    (
        -- What is said of the role in this database goes before what is said of the role, and that before what
        -- is said of the database.
        SELECT coalesce(json_object_agg(chosen.name, chosen.value), '{}')
        FROM (
            SELECT DISTINCT ON (1)
                split_part(entry.text, '=', 1) AS name,
                substr(entry.text, strpos(entry.text, '=') + 1) AS value
            FROM pg_db_role_setting s
            CROSS JOIN LATERAL unnest(s.setconfig) AS entry (text)
            WHERE
                s.setrole IN (0, r.oid)
                AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
                AND split_part(entry.text, '=', 1) ~ '^search_path$|\.'
            ORDER BY 1, s.setrole <> 0 AND s.setdatabase <> 0 DESC, s.setrole <> 0 DESC
        ) AS chosen
    ) AS settings
FROM pg_roles r
WHERE
    -- not: the predefined ones, which no database decides about
    r.rolname !~ '^pg_'
    AND (
        r.oid IN (SELECT named.oid FROM named)
        OR (
            NOT r.rolsuper
            AND EXISTS (SELECT FROM named m WHERE m.oid <> 0 AND pg_has_role(r.oid, m.oid, 'MEMBER'))
        )
    )
ORDER BY r.rolname COLLATE "C"
