-- MAINTAIN, the privilege that PostgreSQL 17 added to those of tables; all others are in privileges.sql.
WITH granted AS (
    SELECT
        'pg_class'::regclass AS classid,
        c.oid AS objid,
        c.relowner AS owner,
        coalesce(c.relacl, acldefault('r', c.relowner)) AS acl
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    UNION ALL
    SELECT 'pg_default_acl'::regclass, d.oid, d.defaclrole, d.defaclacl
    FROM pg_default_acl d
    WHERE d.defaclobjtype = 'r'
)
SELECT
    m.classid,
    m.objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_object_agg(
        'MAINTAIN of ' || m.grantee, 'granted' || CASE WHEN m.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    ) AS facts
FROM (
    SELECT
        g.classid,
        g.objid,
        CASE
            WHEN e.grantee = 0 THEN 'PUBLIC'
            WHEN e.grantee = g.owner THEN 'the owner'
            ELSE quote_ident(pg_get_userbyid(e.grantee))
        END AS grantee,
        bool_or(e.is_grantable) AS is_grantable
    FROM granted g
    CROSS JOIN LATERAL aclexplode(g.acl) AS e
    WHERE e.privilege_type = 'MAINTAIN'
    GROUP BY 1, 2, 3
) AS m
GROUP BY m.classid, m.objid
