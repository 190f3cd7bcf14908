SELECT
    'pg_am'::regclass AS classid,
    a.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'handler', a.amhandler::regproc::text,
        'type', CASE a.amtype WHEN 't' THEN 'table' WHEN 'i' THEN 'index' END
    ) AS facts
FROM pg_am a
-- not: those that initdb makes (FirstNormalObjectId in src/include/access/transam.h)
WHERE a.oid >= 16384
