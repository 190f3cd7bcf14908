-- Which functions and procedures in scope ($1) each role ($2) may call.
SELECT
    i.type || ' ' || i.identity AS object,
    coalesce(
        json_object_agg(asked.role, 'EXECUTE') FILTER (WHERE has_function_privilege(asked.role, p.oid, 'EXECUTE')), '{}'
    ) AS privileges
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN unnest($2::text[]) AS asked (role)
CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
WHERE
    n.nspname = ANY ($1::text[])
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
GROUP BY i.type, i.identity
