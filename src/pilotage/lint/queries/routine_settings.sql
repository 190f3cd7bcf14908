-- Functions and procedures of one name, with what they set while they run.
SELECT
    pg_get_function_identity_arguments(p.oid) AS arguments,
    i.identity,
    coalesce((SELECT string_agg(s, ', ' ORDER BY s COLLATE "C") FROM unnest(p.proconfig) AS s), '') AS settings
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
WHERE
    n.nspname = $1::text
    AND p.proname = $2::text
