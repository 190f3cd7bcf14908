-- What each role ($2) would get on an object that each of them created: everywhere, and on top of that in a schema in
-- scope ($1) for which something else is said (get_user_default_acl() in src/backend/catalog/aclchk.c).
WITH kinds (code, acl_code, word) AS (
    VALUES
        ('r'::"char", 'r'::"char", 'table'),
        ('S'::"char", 's'::"char", 'sequence'),
        ('f'::"char", 'f'::"char", 'function'),
        ('T'::"char", 'T'::"char", 'type'),
        ('n'::"char", 'n'::"char", 'schema')
),
lists AS (
    SELECT
        creator.oid AS creator_oid,
        creator.rolname::text AS creator,
        kinds.word,
        ''::text AS schema,
        coalesce(d.defaclacl, acldefault(kinds.acl_code, creator.oid)) AS acl,
        d.oid IS NOT NULL AS said
    FROM pg_roles creator
    CROSS JOIN kinds
    LEFT JOIN pg_default_acl d
        ON d.defaclrole = creator.oid AND d.defaclnamespace = 0 AND d.defaclobjtype = kinds.code
    WHERE creator.rolname = ANY ($2::text[])
    UNION ALL
    SELECT d.defaclrole, creator.rolname::text, kinds.word, n.nspname::text, d.defaclacl, true
    FROM pg_default_acl d
    JOIN pg_namespace n ON n.oid = d.defaclnamespace
    JOIN pg_roles creator ON creator.oid = d.defaclrole
    JOIN kinds ON kinds.code = d.defaclobjtype
    WHERE n.nspname = ANY ($1::text[]) AND creator.rolname = ANY ($2::text[])
)
SELECT
    l.creator,
    l.word AS kind,
    l.schema,
    l.said,
    json_object_agg(got.role, got.privileges) AS privileges
FROM lists l
CROSS JOIN LATERAL (
    SELECT asked.role, string_agg(DISTINCT e.privilege_type, ', ' ORDER BY e.privilege_type) AS privileges
    FROM unnest($2::text[]) AS asked (role)
    LEFT JOIN pg_roles r ON r.rolname = asked.role
    CROSS JOIN LATERAL aclexplode(l.acl) AS e
    WHERE
        -- 0 stands for PUBLIC
        (e.grantee = 0 OR pg_has_role(r.oid, e.grantee, 'USAGE'))
        -- not: what only PostgreSQL 17 and later have
        AND e.privilege_type <> 'MAINTAIN'
    GROUP BY asked.role
) AS got
GROUP BY l.creator, l.word, l.schema, l.said
