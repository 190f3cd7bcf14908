-- Columns that not every version has are read through JSON, where a missing one is NULL. The version of the
-- library that sorts is no fact: it is the server's.
SELECT
    'pg_collation'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(c.collowner),
        'provider', CASE c.collprovider
            WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN 'default'
        END,
        'deterministic', c.collisdeterministic::text,
        'LC_COLLATE', c.collcollate::text,
        'LC_CTYPE', c.collctype::text,
        -- colllocale since PostgreSQL 17
        'locale', coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'),
        'rules', to_jsonb(c) ->> 'collicurules'
    ) AS facts
FROM pg_collation c
JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE n.nspname = ANY ($1::text[])
