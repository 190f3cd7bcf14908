SELECT
    'pg_namespace'::regclass AS classid,
    n.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object('owner', pg_get_userbyid(n.nspowner)) AS facts
FROM pg_namespace n
WHERE n.nspname = ANY ($1::text[])
