-- The collations of this database that its encoding allows.
SELECT
    n.nspname::text AS schema,
    c.collname::text AS name,
    c.collprovider::text AS provider,
    coalesce(
        pg_catalog.to_jsonb(c) ->> 'colllocale',
        pg_catalog.to_jsonb(c) ->> 'colliculocale',
        c.collcollate::text,
        ''
    ) AS locale,
    coalesce(pg_catalog.pg_collation_actual_version(c.oid), '') AS version
FROM pg_catalog.pg_collation AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE
    c.collencoding IN (
        -1, (SELECT d.encoding FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
    )
ORDER BY schema, name
