-- The table of Supabase's storage that tells which buckets are public, where there is one.
SELECT c.relname AS name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = 'storage'
    AND c.relname = 'buckets'
    AND c.relkind IN ('r', 'p')
    -- not: what looks otherwise, and tables of an older storage without public buckets
    AND 3 = (
        SELECT count(*)
        FROM pg_attribute a
        WHERE
            a.attrelid = c.oid
            AND NOT a.attisdropped
            AND (
                a.attname IN ('id', 'name')
                OR (a.attname = 'public' AND a.atttypid = 'bool'::regtype)
            )
    )
