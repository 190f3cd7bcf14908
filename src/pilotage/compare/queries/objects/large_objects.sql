-- Whose they are; contents are not facts of the catalog.
SELECT
    'pg_largeobject'::regclass AS classid,
    l.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object('owner', pg_get_userbyid(l.lomowner)) AS facts
FROM pg_largeobject_metadata l
