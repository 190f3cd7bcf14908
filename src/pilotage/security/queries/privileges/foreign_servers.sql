-- Which foreign servers and foreign-data wrappers each role ($2) may use.
-- $1 is not asked: they belong to no schema.
SELECT
    i.type || ' ' || i.identity AS object,
    coalesce(json_object_agg(asked.role, 'USAGE') FILTER (WHERE asked.permitted), '{}') AS privileges
FROM (
    SELECT
        'pg_foreign_server'::regclass AS class,
        s.oid,
        r.role,
        has_server_privilege(r.role, s.oid, 'USAGE') AS permitted
    FROM pg_foreign_server s
    CROSS JOIN unnest($2::text[]) AS r (role)
    UNION ALL
    SELECT
        'pg_foreign_data_wrapper'::regclass,
        w.oid,
        r.role,
        has_foreign_data_wrapper_privilege(r.role, w.oid, 'USAGE')
    FROM pg_foreign_data_wrapper w
    CROSS JOIN unnest($2::text[]) AS r (role)
) AS asked
CROSS JOIN LATERAL pg_identify_object(asked.class, asked.oid, 0) AS i
WHERE
    -- not: members of extensions
    NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = asked.class AND d.objid = asked.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
GROUP BY i.type, i.identity
