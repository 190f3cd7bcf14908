-- Tables in schemas of the HTTP interface, without row level security, on which one of its roles holds a privilege.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format(
        'Table %I.%I has no row level security, and %s may access it', n.nspname, c.relname, a.roles
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key,
    -- not: without policies, where it would take every row from everybody
    CASE WHEN EXISTS (SELECT FROM pg_policy q WHERE q.polrelid = c.oid) THEN json_build_object(
        'statements', json_build_array(format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', n.nspname, c.relname)),
        'reverse', json_build_array(format('ALTER TABLE %I.%I DISABLE ROW LEVEL SECURITY', n.nspname, c.relname)),
        'together', true,
        -- a suggestion: nothing could prove that it changes nothing
        'proof', json_build_object(
            'proved', false,
            'reason',
            'it is meant to change what is seen: who does not own the table sees and writes only what its policies let '
            'through'
        )
    ) END AS fix
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(r.role, ', ' ORDER BY r.role) AS roles
    FROM unnest($3::text[]) AS r (role)
    WHERE
        has_schema_privilege(r.role::name, n.oid, 'USAGE')
        AND (
            has_any_column_privilege(r.role::name, c.oid, 'SELECT, INSERT, UPDATE')
            OR has_table_privilege(r.role::name, c.oid, 'DELETE, TRUNCATE')
        )
) AS a
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = ANY ($2::text[])
    AND c.relkind IN ('r', 'p')
    AND NOT c.relrowsecurity
    AND a.roles IS NOT NULL
