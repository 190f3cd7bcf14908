-- Row level security policies, with the functions that they call.
WITH calls AS MATERIALIZED (
    SELECT
        d.objid AS policy,
        json_agg(json_build_object(
            'oid', f.oid::bigint,
            'schema', n.nspname,
            'name', f.proname,
            'fewest', f.pronargs - f.pronargdefaults,
            'most', CASE WHEN f.provariadic = 0 THEN f.pronargs END,
            'volatility',
            CASE f.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
            'leakproof', f.proleakproof,
            'returns_set', f.proretset,
            -- what is left out of a call is evaluated with it
            'calling_defaults', coalesce(pg_get_expr(f.proargdefaults, 0) LIKE '%(%', false),
            -- what came with the server leaves no dependency
            'built_in', n.nspname = 'pg_catalog',
            'of_extension', EXISTS (
                SELECT FROM pg_depend m
                WHERE m.classid = 'pg_proc'::regclass AND m.objid = f.oid AND m.deptype = 'e'
            )
        )) AS functions
    FROM (
        -- once for each clause that calls it
        SELECT DISTINCT p.objid, p.refobjid
        FROM pg_depend p
        WHERE p.classid = 'pg_policy'::regclass AND p.refclassid = 'pg_proc'::regclass
    ) AS d
    JOIN pg_proc f ON f.oid = d.refobjid
    JOIN pg_namespace n ON n.oid = f.pronamespace
    GROUP BY d.objid
)
SELECT
    o.identity,
    n.nspname AS schema,
    c.relname AS relation,
    format('%I.%I', n.nspname, c.relname) AS table,
    p.polname AS name,
    c.relrowsecurity AS enabled,
    CASE p.polcmd
        WHEN '*' THEN 'ALL'
        WHEN 'r' THEN 'SELECT'
        WHEN 'a' THEN 'INSERT'
        WHEN 'w' THEN 'UPDATE'
        WHEN 'd' THEN 'DELETE'
    END AS command,
    p.polpermissive AS permissive,
    (
        -- 0 stands for PUBLIC
        SELECT coalesce(json_agg(named.role ORDER BY named.role COLLATE "C"), '[]')
        FROM (
            SELECT CASE WHEN u.role = 0 THEN 'public' ELSE r.rolname::text END AS role
            FROM unnest(p.polroles) AS u (role)
            LEFT JOIN pg_roles r ON r.oid = u.role
            WHERE u.role = 0 OR r.oid IS NOT NULL
        ) AS named
    ) AS roles,
    (
        SELECT coalesce(json_agg(u.role::bigint ORDER BY u.role), '[]')
        FROM unnest(p.polroles) AS u (role)
        WHERE u.role <> 0 AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = u.role)
    ) AS unknown_roles,
    pg_get_expr(p.polqual, p.polrelid) AS using,
    pg_get_expr(p.polwithcheck, p.polrelid) AS with_check,
    obj_description(p.oid, 'pg_policy') AS comment,
    coalesce(calls.functions, '[]') AS functions,
    (
        -- what came with the server leaves no dependency; the stored tree names each function by its OID
        SELECT coalesce(json_agg(DISTINCT m.found[1]::bigint), '[]')
        FROM regexp_matches(concat(p.polqual::text, p.polwithcheck::text), ':funcid (\d+)', 'g') AS m (found)
    ) AS called,
    EXISTS (
        SELECT
        FROM regexp_matches(
            concat(p.polqual::text, p.polwithcheck::text), ':(funcid|opfuncid) (\d+)', 'g'
        ) AS m (found)
        JOIN pg_proc f ON f.oid = m.found[2]::oid
        WHERE
            f.provolatile = 'v'
            AND (m.found[1] = 'opfuncid' OR EXISTS (SELECT FROM pg_cast k WHERE k.castfunc = f.oid))
    ) AS varies_unnamed
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN calls ON calls.policy = p.oid
CROSS JOIN LATERAL pg_identify_object('pg_policy'::regclass, p.oid, 0) AS o
WHERE
    n.nspname = ANY ($1::text[])
    -- not: what was dropped after the snapshot was taken
    AND o.identity IS NOT NULL
    -- not: policies of tables that are members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
