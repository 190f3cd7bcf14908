-- Sequences that are members of extensions and move as users use them (pg_extension_config_dump).
SELECT
    c.oid::int8 AS oid,
    e.extname AS extension,
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    coalesce(
        has_sequence_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), true
    ) AS readable
FROM pg_extension e
CROSS JOIN LATERAL unnest(e.extconfig) AS config (oid)
JOIN pg_class c ON c.oid = config.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S'
