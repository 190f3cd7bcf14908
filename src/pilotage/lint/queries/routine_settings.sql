-- Functions and procedures of one name, with what they set while they run.
SELECT
    pg_get_function_identity_arguments(p.oid) AS arguments,
    i.identity,
    coalesce((SELECT string_agg(s, ', ' ORDER BY s COLLATE "C") FROM unnest(p.proconfig) AS s), '') AS settings
FROM pg_proc p
CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
WHERE
    p.pronamespace = $1::regnamespace
    AND p.proname = $2
