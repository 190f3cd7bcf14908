SELECT
    'pg_policy'::regclass AS classid,
    p.oid AS objid,
    0 AS objsubid,
    'pg_class'::regclass::oid AS holder_class,
    p.polrelid AS holder,
    NULL::oid AS original,
    json_build_object(
        'kind', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
        'command', CASE p.polcmd
            WHEN '*' THEN 'all' WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
            WHEN 'd' THEN 'delete'
        END,
        'roles', (
            SELECT string_agg(names.name, ', ' ORDER BY names.name COLLATE "C")
            FROM unnest(p.polroles) AS role
            CROSS JOIN LATERAL (
                SELECT CASE WHEN role = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END
            ) AS names (name)
        ),
        'using', pg_get_expr(p.polqual, p.polrelid),
        'with check', pg_get_expr(p.polwithcheck, p.polrelid)
    ) AS facts
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[])
