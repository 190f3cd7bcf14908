-- By what collations sort, given by schema and name: two that say the same sort alike. Null where a server does not
-- say it: before PostgreSQL 15, of a database's own collation; of libraries that have no versions.
SELECT
    (given.number - 1)::int AS number,
    CASE
        -- by bytes, whoever provides them; C.UTF-8 by characters, which is the same
        WHEN known.locale ~ '^(C|POSIX|C\.UTF-?8)$' THEN 'bytes'
        WHEN known.version IS NOT NULL
            THEN concat_ws(' ', known.provider, known.locale, known.version, known.rules)
    END AS sorts_by
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (schema, name, number)
JOIN pg_namespace n ON n.nspname = given.schema
JOIN pg_collation c
    ON c.collnamespace = n.oid AND c.collname = given.name
    AND c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))
CROSS JOIN LATERAL (
    SELECT
        c.collprovider::text AS provider,
        coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate) AS locale,
        to_jsonb(c) ->> 'collicurules' AS rules,
        pg_collation_actual_version(c.oid) AS version
    WHERE c.collprovider <> 'd'
    UNION ALL
    -- the database's own
    SELECT
        d.datlocprovider::text,
        coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', d.datcollate),
        to_jsonb(d) ->> 'daticurules',
        pg_database_collation_actual_version(d.oid)
    FROM pg_database d
    WHERE c.collprovider = 'd' AND d.datname = current_database()
) AS known
