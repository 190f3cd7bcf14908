-- Row level security policies, whether or not row security is enabled on their tables.
SELECT
    p.polname AS name,
    json_build_object('schema', n.nspname, 'name', c.relname) AS table,
    CASE p.polcmd
        WHEN '*' THEN 'all'
        WHEN 'r' THEN 'select'
        WHEN 'a' THEN 'insert'
        WHEN 'w' THEN 'update'
        WHEN 'd' THEN 'delete'
    END AS command,
    p.polpermissive AS permissive,
    (
        -- 0 stands for PUBLIC; "C" sorts the same on every server
        SELECT json_agg(named.role ORDER BY named.role COLLATE "C")
        FROM (
            SELECT CASE WHEN u.role = 0 THEN 'public' ELSE pg_get_userbyid(u.role)::text END AS role
            FROM unnest(p.polroles) AS u (role)
        ) AS named
    ) AS roles,
    pg_get_expr(p.polqual, p.polrelid) AS using,
    pg_get_expr(p.polwithcheck, p.polrelid) AS with_check
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    -- not: policies of tables that are members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
