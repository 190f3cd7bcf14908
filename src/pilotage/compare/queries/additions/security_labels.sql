SELECT
    l.classoid AS classid,
    l.objoid AS objid,
    l.objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_object_agg('security label of ' || l.provider, l.label) AS facts
FROM pg_seclabel l
GROUP BY l.classoid, l.objoid, l.objsubid
UNION ALL
SELECT
    l.classoid,
    l.objoid,
    0,
    NULL,
    NULL,
    NULL,
    json_object_agg('security label of ' || l.provider, l.label)
FROM pg_shseclabel l
GROUP BY l.classoid, l.objoid
