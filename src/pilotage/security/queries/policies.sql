-- Policies of tables in scope ($1), and to which of the roles ($2) each applies (check_role_for_policy() in
-- src/backend/rewrite/rowsecurity.c: PUBLIC, the role itself, or one from which it inherits).
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS table,
    p.polname AS name,
    CASE p.polcmd
        WHEN '*' THEN 'all'
        WHEN 'r' THEN 'select'
        WHEN 'a' THEN 'insert'
        WHEN 'w' THEN 'update'
        WHEN 'd' THEN 'delete'
    END AS command,
    p.polpermissive AS permissive,
    pg_get_expr(p.polqual, p.polrelid) AS using,
    pg_get_expr(p.polwithcheck, p.polrelid) AS with_check,
    ARRAY(
        SELECT r.rolname::text
        FROM pg_roles r
        WHERE
            r.rolname = ANY ($2::text[])
            AND EXISTS (
                SELECT FROM unnest(p.polroles) AS named (role)
                -- 0 stands for PUBLIC
                WHERE named.role = 0 OR pg_has_role(r.oid, named.role, 'USAGE')
            )
    ) AS applies_to
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[])
ORDER BY n.nspname, c.relname, p.polname
