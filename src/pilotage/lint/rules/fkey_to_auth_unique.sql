-- Foreign keys from elsewhere to a key in auth that is not the primary one.
SELECT
    'pg_constraint'::regclass AS classid,
    con.oid AS objid,
    0 AS objsubid,
    format(
        'Table %I.%I has a foreign key %I that references a unique constraint of %I.%I',
        n.nspname, c.relname, con.conname, rn.nspname, rc.relname
    ) AS detail,
    json_build_object(
        'schema', n.nspname, 'name', c.relname, 'type', 'table', 'foreign_key', con.conname
    ) AS metadata,
    ARRAY[n.nspname, c.relname, con.conname]::text[] AS key
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = con.confrelid
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
JOIN pg_index i ON i.indexrelid = con.conindid
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname <> 'auth'
    AND rn.nspname = 'auth'
    AND con.contype = 'f'
    -- not: the copies that partitions hold
    AND con.conparentid = 0
    AND NOT i.indisprimary
