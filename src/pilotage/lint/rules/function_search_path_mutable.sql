-- Functions whose names are looked up in the schemas of the caller.
SELECT
    'pg_proc'::regclass AS classid,
    p.oid AS objid,
    0 AS objsubid,
    format(
        '%s %I.%I(%s) has no search_path of its own%s',
        CASE p.prokind WHEN 'p' THEN 'Procedure' ELSE 'Function' END,
        n.nspname, p.proname, pg_get_function_identity_arguments(p.oid),
        CASE WHEN p.prosecdef THEN ', and runs with the rights of its owner' ELSE '' END
    ) AS detail,
    json_build_object(
        'schema', n.nspname, 'name', p.proname, 'type', 'function', 'security_definer', p.prosecdef
    ) AS metadata,
    -- as Supabase's linter: what is written anew is told anew
    ARRAY[n.nspname, p.proname, md5(p.prosrc)]::text[] AS key
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE
    n.nspname = ANY ($1::text[])
    -- not: aggregates and window functions, which have no body
    AND p.prokind IN ('f', 'p')
    -- not: functions in C, which look up nothing by SQL's rules
    AND l.lanname NOT IN ('internal', 'c')
    -- not: bodies that were parsed when the function was made (BEGIN ATOMIC), and hold no names any more
    AND p.prosqlbody IS NULL
    AND NOT EXISTS (
        SELECT FROM unnest(p.proconfig) AS s (setting) WHERE s.setting LIKE 'search_path=%'
    )
