-- Extensions whose objects are in the schema public.
SELECT
    'pg_extension'::regclass AS classid,
    e.oid AS objid,
    0 AS objsubid,
    format('Extension %I has its objects in the schema public', e.extname) AS detail,
    json_build_object('schema', n.nspname, 'name', e.extname, 'type', 'extension') AS metadata,
    ARRAY[e.extname]::text[] AS key
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE
    n.nspname = 'public'
    AND n.nspname = ANY ($1::text[])
