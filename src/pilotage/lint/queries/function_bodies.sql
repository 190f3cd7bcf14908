-- Functions that did not come with the server, with what is looked up when they run.
SELECT
    p.oid::bigint AS oid,
    i.identity,
    n.nspname AS schema,
    p.proname AS name,
    format(
        '%s %I.%I(%s)', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, n.nspname, p.proname,
        pg_get_function_identity_arguments(p.oid)
    ) AS written,
    p.prokind = 'f' AS is_function,
    l.lanname AS language,
    p.prosecdef AS definer,
    p.proconfig IS NOT NULL AS configured,
    EXISTS (SELECT FROM unnest(p.proconfig) AS s (setting) WHERE s.setting LIKE 'search_path=%') AS has_path,
    p.proretset AS returns_set,
    p.provolatile = 'v' AS volatile,
    p.proisstrict AS strict,
    -- not: bodies that were parsed when the function was made
    CASE WHEN l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL THEN p.prosrc END AS body,
    e.extname AS extension,
    -- what a parsed body names
    EXISTS (
        SELECT FROM pg_depend d
        WHERE
            d.classid = 'pg_proc'::regclass
            AND d.objid = p.oid
            AND d.refclassid IN ('pg_proc'::regclass, 'pg_class'::regclass)
    ) AS depends,
    (
        SELECT coalesce(json_agg(DISTINCT u.type::bigint), '[]')
        FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) AS u (type)
    ) AS types,
    coalesce(t.tables, '[]') AS tables
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_depend d
    ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.objsubid = 0 AND d.deptype = 'e'
LEFT JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
-- one scan of the triggers, which have no index on their functions
LEFT JOIN (
    SELECT g.tgfoid, json_agg(DISTINCT g.tgrelid::bigint) AS tables
    FROM pg_trigger g
    GROUP BY g.tgfoid
) AS t ON t.tgfoid = p.oid
CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS i
WHERE
    n.nspname NOT IN ('pg_catalog', 'information_schema')
    -- not: what was dropped after the snapshot was taken
    AND i.identity IS NOT NULL
