-- Tables with policies and without row level security.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format(
        'Table %I.%I has policies, but row level security is not enabled: %s', n.nspname, c.relname, p.names
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'policies', p.array) AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key
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
