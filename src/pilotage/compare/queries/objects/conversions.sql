SELECT
    'pg_conversion'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(c.conowner),
        'from', pg_encoding_to_char(c.conforencoding)::text,
        'to', pg_encoding_to_char(c.contoencoding)::text,
        'function', c.conproc::regproc::text,
        'default', c.condefault::text
    ) AS facts
FROM pg_conversion c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname = ANY ($1::text[])
