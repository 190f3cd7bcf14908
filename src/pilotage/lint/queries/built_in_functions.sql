-- The server's own functions of the names asked for.
SELECT
    p.oid::bigint AS oid,
    'pg_catalog' AS schema,
    p.proname AS name,
    p.pronargs - p.pronargdefaults AS fewest,
    CASE WHEN p.provariadic = 0 THEN p.pronargs END AS most,
    CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
    p.proleakproof AS leakproof,
    p.proretset AS returns_set,
    true AS built_in,
    false AS of_extension
FROM pg_proc p
WHERE
    p.pronamespace = 'pg_catalog'::regnamespace
    AND p.proname = ANY ($1::text[])
