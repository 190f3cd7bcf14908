-- Tables that are members of extensions and whose rows users write (pg_extension_config_dump), with the condition
-- that tells those rows from what the extension itself puts there.
SELECT
    c.oid::int8 AS oid,
    e.extname AS extension,
    trim(coalesce(config.condition, '')) AS condition,
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    'table' AS kind,
    pg_get_userbyid(c.relowner) AS owner,
    CASE c.relpersistence WHEN 'p' THEN 'permanent' ELSE 'unlogged' END AS persistence,
    NULL AS partition_of,
    '{}'::text[] AS inherits,
    c.relrowsecurity AS row_security,
    c.relforcerowsecurity AS force_row_security,
    coalesce(pg_table_size(c.oid), 0) AS bytes,
    coalesce(has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), true) AS readable,
    coalesce(row_security_active(c.oid), false) AS rows_hidden,
    (
        SELECT coalesce(json_agg(DISTINCT jsonb_build_object('schema', fn.nspname, 'name', f.relname)), '[]')
        FROM pg_constraint k
        JOIN pg_class f ON f.oid = k.confrelid
        JOIN pg_namespace fn ON fn.oid = f.relnamespace
        WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> k.conrelid
    ) AS references
FROM pg_extension e
CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS config (oid, condition)
JOIN pg_class c ON c.oid = config.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
-- not: sequences, which extension_sequences lists; not: partitioned tables, whose rows are their partitions'; not:
-- views and foreign tables, which store none
WHERE c.relkind = 'r'
