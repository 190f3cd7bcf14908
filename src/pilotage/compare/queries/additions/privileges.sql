-- Who may do what, grantee by grantee: what is granted, or PostgreSQL's default where nothing was. With what
-- roles.sql says of memberships, this is what every role can really do.
-- MAINTAIN, which only some versions have, is in maintain.pg17.sql.
WITH granted AS MATERIALIZED (
    SELECT
        'pg_class'::regclass AS classid,
        c.oid AS objid,
        0 AS objsubid,
        CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::"char" AS kind,
        c.relowner AS owner,
        c.relacl AS acl
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, a.attnum, 'c', c.relowner, a.attacl
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE
        n.nspname = ANY ($1::text[])
        -- not: columns on which nothing is granted, by default or otherwise
        AND a.attacl IS NOT NULL
        AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 0, 'f', p.proowner, p.proacl
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($1::text[])
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, 'T', t.typowner, t.typacl
    FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_class c ON c.oid = t.typrelid
    LEFT JOIN pg_type element ON element.typarray = t.oid
    WHERE
        n.nspname = ANY ($1::text[])
        -- not: array types, multirange types and row types, as in objects/types.sql
        AND element.oid IS NULL
        AND t.typtype <> 'm'
        AND (t.typtype <> 'c' OR c.relkind = 'c')
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, 0, 'n', n.nspowner, n.nspacl
    FROM pg_namespace n
    WHERE n.nspname = ANY ($1::text[])
    UNION ALL
    SELECT 'pg_language'::regclass, l.oid, 0, 'l', l.lanowner, l.lanacl FROM pg_language l WHERE l.lanispl
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, 0, 'F', w.fdwowner, w.fdwacl FROM pg_foreign_data_wrapper w
    UNION ALL
    SELECT 'pg_foreign_server'::regclass, s.oid, 0, 'S', s.srvowner, s.srvacl FROM pg_foreign_server s
    UNION ALL
    SELECT 'pg_largeobject'::regclass, l.oid, 0, 'L', l.lomowner, l.lomacl FROM pg_largeobject_metadata l
    UNION ALL
    SELECT 'pg_database'::regclass, d.oid, 0, 'd', d.datdba, d.datacl
    FROM pg_database d
    WHERE d.datname = current_database()
    UNION ALL
    -- the owner of parameters is the role that initdb made
    SELECT 'pg_parameter_acl'::regclass, p.oid, 0, 'p', 10, p.paracl FROM pg_parameter_acl p
    UNION ALL
    SELECT
        'pg_default_acl'::regclass,
        d.oid,
        0,
        CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END,
        d.defaclrole,
        d.defaclacl
    FROM pg_default_acl d
),
-- What is granted by default stands for a list that was never changed; objects with the same list share it.
lists AS MATERIALIZED (
    SELECT row_number() OVER () AS list, g.kind, g.owner, g.acl
    FROM (
        SELECT DISTINCT granted.kind, granted.owner, coalesce(granted.acl, acldefault(granted.kind, granted.owner)) AS acl
        FROM granted
    ) AS g
),
entries AS (
    SELECT
        l.list,
        CASE
            WHEN e.grantee = 0 THEN 'PUBLIC'
            WHEN e.grantee = l.owner THEN 'the owner'
            ELSE quote_ident(pg_get_userbyid(e.grantee))
        END AS grantee,
        string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type COLLATE "C")
        || CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
        || CASE WHEN e.grantor <> l.owner THEN ' GRANTED BY ' || quote_ident(pg_get_userbyid(e.grantor)) ELSE '' END
        AS privileges
    FROM lists l
    CROSS JOIN LATERAL aclexplode(l.acl) AS e
    WHERE e.privilege_type <> 'MAINTAIN'
    GROUP BY l.list, l.owner, e.grantee, e.grantor, e.is_grantable
),
grantees AS (
    SELECT e.list, e.grantee, string_agg(e.privileges, '; ' ORDER BY e.privileges COLLATE "C") AS privileges
    FROM entries e
    GROUP BY e.list, e.grantee
),
described AS (
    SELECT g.list, json_object_agg('privileges of ' || g.grantee, g.privileges) AS facts
    FROM grantees g
    GROUP BY g.list
)
SELECT
    g.classid,
    g.objid,
    g.objsubid::int4 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    d.facts
FROM granted g
JOIN lists l
    ON l.kind = g.kind AND l.owner = g.owner AND l.acl = coalesce(g.acl, acldefault(g.kind, g.owner))
-- not: lists from which everything was revoked, which leaves nothing to say
JOIN described d ON d.list = l.list
