-- The database itself. Columns that not every version has are read through JSON.
SELECT
    'pg_database'::regclass AS classid,
    d.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(d.datdba),
        'encoding', pg_encoding_to_char(d.encoding)::text,
        'locale provider', CASE d.datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END,
        'LC_COLLATE', d.datcollate::text,
        'LC_CTYPE', d.datctype::text,
        'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
        'ICU rules', to_jsonb(d) ->> 'daticurules',
        'connection limit', d.datconnlimit::text,
        'allows connections', d.datallowconn::text
    ) AS facts
FROM pg_database d
WHERE d.datname = current_database()
