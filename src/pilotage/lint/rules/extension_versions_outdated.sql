-- Extensions that ALTER EXTENSION UPDATE would change.
SELECT
    'pg_extension'::regclass AS classid,
    e.oid AS objid,
    0 AS objsubid,
    format(
        'Extension %I is of version %s, and version %s is available', e.extname, e.extversion, v.default_version
    ) AS detail,
    json_build_object(
        'name', e.extname, 'schema', n.nspname, 'type', 'extension', 'extension_name', e.extname,
        'installed_version', e.extversion, 'default_version', v.default_version
    ) AS metadata,
    ARRAY[e.extname, e.extversion]::text[] AS key
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
JOIN pg_available_extensions v ON v.name = e.extname
WHERE v.default_version <> e.extversion
