-- Tables with policies and without row level security.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format(
        'Table %I.%I has policies, but row level security is not enabled: %s', n.nspname, c.relname, p.names
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'policies', p.array) AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key,
    json_build_object(
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
    ) AS fix
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN (
    SELECT
        q.polrelid,
        string_agg(quote_ident(q.polname), ', ' ORDER BY q.polname COLLATE "C") AS names,
        json_agg(q.polname ORDER BY q.polname COLLATE "C") AS array
    FROM pg_policy q
    GROUP BY q.polrelid
) AS p ON p.polrelid = c.oid
WHERE
    n.nspname = ANY ($1::text[])
    AND NOT c.relrowsecurity
