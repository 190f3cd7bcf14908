-- Which types in scope ($1) each role ($2) may use in what it creates.
SELECT
    i.type || ' ' || i.identity AS object,
    coalesce(
        json_object_agg(asked.role, 'USAGE') FILTER (WHERE has_type_privilege(asked.role, t.oid, 'USAGE')), '{}'
    ) AS privileges
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
CROSS JOIN unnest($2::text[]) AS asked (role)
CROSS JOIN LATERAL pg_identify_object('pg_type'::regclass, t.oid, 0) AS i
WHERE
    n.nspname = ANY ($1::text[])
    -- not: array types, multirange types and row types, which follow others
    AND t.typtype <> 'm'
    AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid)
    AND (t.typtype <> 'c' OR c.relkind = 'c')
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
GROUP BY i.type, i.identity
