-- Whose policies hold for users who signed in anonymously: "public", authenticated and what it has the privileges of;
-- nobody's where Supabase's table of users knows of no anonymous ones.
SELECT a.name
FROM (
    SELECT 'public' AS name
    UNION ALL
    SELECT g.rolname::text
    FROM pg_roles g
    JOIN pg_roles r ON r.rolname = 'authenticated'
    WHERE pg_has_role(r.oid, g.oid, 'USAGE')
) AS a
WHERE
    EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'authenticated')
    AND EXISTS (
        SELECT FROM pg_attribute t
        JOIN pg_class c ON c.oid = t.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'auth' AND c.relname = 'users' AND t.attname = 'is_anonymous' AND NOT t.attisdropped
    )
