-- Functions with their owner's rights, in schemas of the HTTP interface, that the role may call.
SELECT
    'pg_proc'::regclass AS classid,
    p.oid AS objid,
    0 AS objsubid,
    format(
        'Function %I.%I(%s) runs with the rights of %I, and authenticated may call it',
        n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), pg_get_userbyid(p.proowner)
    ) AS detail,
    json_build_object(
        'schema', n.nspname,
        'name', p.proname,
        'type', 'function',
        'arguments', pg_get_function_identity_arguments(p.oid),
        'language', l.lanname,
        'security_definer', true
    ) AS metadata,
    ARRAY[n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)]::text[] AS key
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
CROSS JOIN unnest($3::text[]) AS r (role)
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = ANY ($2::text[])
    AND p.prosecdef
    -- not: trigger functions, which cannot be called
    AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    AND r.role = 'authenticated'
    AND has_schema_privilege(r.role::name, n.oid, 'USAGE')
    AND has_function_privilege(r.role::name, p.oid, 'EXECUTE')
