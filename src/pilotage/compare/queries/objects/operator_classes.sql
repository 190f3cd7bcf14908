SELECT
    'pg_opclass'::regclass AS classid,
    o.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(o.opcowner),
        'family', f.opfnamespace::regnamespace::text || '.' || quote_ident(f.opfname),
        'for type', format_type(o.opcintype, NULL),
        'default', o.opcdefault::text,
        'storage type', format_type(nullif(o.opckeytype, 0), NULL)
    ) AS facts
FROM pg_opclass o
JOIN pg_opfamily f ON f.oid = o.opcfamily
JOIN pg_namespace n ON n.oid = o.opcnamespace
WHERE n.nspname = ANY ($1::text[])
