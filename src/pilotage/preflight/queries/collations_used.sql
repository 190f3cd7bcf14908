-- Collations that columns, indexes and domains in the schemas of $1 use, and those that are defined there.
-- Columns of pg_collation were renamed more than once, so they are looked up by name.
SELECT DISTINCT
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
    -- not: default, which is the database's; not: C, POSIX and what every server has built in
    c.collprovider IN ('c', 'i') AND c.collname NOT IN ('C', 'POSIX')
    AND (
        n.nspname = ANY ($1::pg_catalog.text[])
        OR EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            JOIN pg_catalog.pg_class AS r ON r.oid = a.attrelid
            JOIN pg_catalog.pg_namespace AS s ON s.oid = r.relnamespace
            WHERE a.attcollation = c.oid AND NOT a.attisdropped AND s.nspname = ANY ($1::pg_catalog.text[])
        )
        OR EXISTS (
            SELECT FROM pg_catalog.pg_type AS t
            JOIN pg_catalog.pg_namespace AS s ON s.oid = t.typnamespace
            WHERE t.typcollation = c.oid AND t.typtype = 'd' AND s.nspname = ANY ($1::pg_catalog.text[])
        )
    )
ORDER BY schema, name
