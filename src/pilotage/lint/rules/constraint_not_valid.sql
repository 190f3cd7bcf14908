-- Constraints that hold for new rows only.
SELECT
    'pg_constraint'::regclass AS classid,
    con.oid AS objid,
    0 AS objsubid,
    format('Constraint %I of %I.%I was never validated', con.conname, n.nspname, c.relname) AS detail,
    json_build_object(
        'schema', n.nspname, 'name', c.relname, 'type', 'table', 'constraint', con.conname
    ) AS metadata,
    ARRAY[n.nspname, c.relname, con.conname]::text[] AS key
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND NOT con.convalidated
    -- not: the copies that partitions hold
    AND con.conparentid = 0
    -- not: constraints that are not enforced at all, since PostgreSQL 18, which cannot be validated
    AND coalesce((to_jsonb(con) ->> 'conenforced')::boolean, true)
