-- Every role that something in scope, or something of the whole database, needs: owners, those who were granted
-- or have granted a privilege, those named by policies, default privileges and user mappings.
--
-- Privileges on members of extensions count: a dump repeats those that differ from what the extension gave.
WITH relations AS MATERIALIZED (
    SELECT c.oid, c.relowner, c.relacl
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    -- not: indexes and TOAST tables, which have their table's owner and no privileges
    WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
),
owners (role) AS (
    SELECT r.relowner
    FROM relations r
    -- not: owners of members of extensions; whoever creates the extension owns them
    WHERE NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
    UNION
    SELECT p.proowner
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE
        n.nspname = ANY ($1::text[])
        AND NOT EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        )
    UNION
    SELECT t.typowner
    FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE
        n.nspname = ANY ($1::text[])
        -- not: row types and arrays, owned by whoever owns the relation or element
        AND t.typrelid = 0
        AND t.typelem = 0
        AND NOT EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        )
    UNION
    SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = ANY ($1::text[])
    UNION
    SELECT e.evtowner
    FROM pg_event_trigger e
    WHERE NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e'
    )
    UNION
    SELECT s.srvowner FROM pg_foreign_server s
    UNION
    SELECT f.fdwowner
    FROM pg_foreign_data_wrapper f
    WHERE NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_foreign_data_wrapper'::regclass AND d.objid = f.oid AND d.deptype = 'e'
    )
    UNION
    SELECT m.umuser FROM pg_user_mappings m
    UNION
    SELECT a.defaclrole
    FROM pg_default_acl a
    LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
    WHERE n.nspname = ANY ($1::text[]) OR a.defaclnamespace = 0
    UNION
    SELECT u.role
    FROM pg_policy p
    JOIN relations r ON r.oid = p.polrelid
    CROSS JOIN LATERAL unnest(p.polroles) AS u (role)
),
privileges (acl) AS (
    SELECT r.relacl FROM relations r WHERE r.relacl IS NOT NULL
    UNION ALL
    SELECT a.attacl
    FROM pg_attribute a
    JOIN relations r ON r.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT p.proacl
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($1::text[]) AND p.proacl IS NOT NULL
    UNION ALL
    SELECT t.typacl
    FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = ANY ($1::text[]) AND t.typacl IS NOT NULL
    UNION ALL
    SELECT n.nspacl FROM pg_namespace n WHERE n.nspname = ANY ($1::text[]) AND n.nspacl IS NOT NULL
    UNION ALL
    SELECT a.defaclacl
    FROM pg_default_acl a
    LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
    WHERE n.nspname = ANY ($1::text[]) OR a.defaclnamespace = 0
    UNION ALL
    SELECT s.srvacl FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
    UNION ALL
    SELECT f.fdwacl FROM pg_foreign_data_wrapper f WHERE f.fdwacl IS NOT NULL
    UNION ALL
    SELECT l.lanacl FROM pg_language l WHERE l.lanacl IS NOT NULL
),
needed (role) AS (
    SELECT role FROM owners
    UNION
    SELECT entry.grantee FROM (SELECT DISTINCT acl FROM privileges) AS p, aclexplode(p.acl) AS entry
    UNION
    SELECT entry.grantor FROM (SELECT DISTINCT acl FROM privileges) AS p, aclexplode(p.acl) AS entry
)
SELECT r.rolname AS name
FROM needed
-- not: 0, which stands for PUBLIC
JOIN pg_roles r ON r.oid = needed.role
