-- Functions and procedures, and of aggregates what pg_proc holds; the rest is in aggregates.sql.
SELECT
    'pg_proc'::regclass AS classid,
    p.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(p.proowner),
        'language', CASE WHEN p.prokind <> 'a' THEN l.lanname END,
        'window', CASE WHEN p.prokind = 'w' THEN 'true' END,
        'arguments', pg_get_function_arguments(p.oid),
        'returns', pg_get_function_result(p.oid),
        'body', CASE WHEN p.prokind <> 'a' AND p.prosqlbody IS NULL THEN p.prosrc END,
        'definition', pg_get_function_sqlbody(p.oid),
        'library', encode(convert_to(p.probin, 'UTF8'), 'escape'),
        'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
        'parallel', CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
        'security', CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END,
        'strict', p.proisstrict::text,
        'leakproof', p.proleakproof::text,
        'cost', p.procost::text,
        'rows', CASE WHEN p.proretset THEN p.prorows::text END,
        'support', nullif(p.prosupport::oid, 0)::regproc::text,
        'transforms', (
            SELECT string_agg(format_type(type, NULL), ', ' ORDER BY position)
            FROM unnest(p.protrftypes) WITH ORDINALITY AS u (type, position)
        ),
        'settings', (SELECT string_agg(s, ', ' ORDER BY s COLLATE "C") FROM unnest(p.proconfig) AS s)
    ) AS facts
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE
    n.nspname = ANY ($1::text[])
    -- not: constructors of range types, which PostgreSQL makes with the type
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE
            d.classid = 'pg_proc'::regclass
            AND d.objid = p.oid
            AND d.refclassid = 'pg_type'::regclass
            AND d.deptype = 'i'
    )
