-- What each role ($2) may do in each schema in scope ($1).
SELECT
    i.type || ' ' || i.identity AS object,
    coalesce(json_object_agg(may.role, may.privileges) FILTER (WHERE may.privileges <> ''), '{}') AS privileges
FROM pg_namespace n
CROSS JOIN LATERAL (
    SELECT
        asked.role,
        concat_ws(
            ', ',
            CASE WHEN has_schema_privilege(asked.role, n.oid, 'CREATE') THEN 'CREATE' END,
            CASE WHEN has_schema_privilege(asked.role, n.oid, 'USAGE') THEN 'USAGE' END
        ) AS privileges
    FROM unnest($2::text[]) AS asked (role)
) AS may
CROSS JOIN LATERAL pg_identify_object('pg_namespace'::regclass, n.oid, 0) AS i
WHERE n.nspname = ANY ($1::text[])
GROUP BY i.type, i.identity
