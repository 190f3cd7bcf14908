SELECT
    'pg_language'::regclass AS classid,
    l.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(l.lanowner),
        'trusted', l.lanpltrusted::text,
        'handler', nullif(l.lanplcallfoid, 0)::regproc::text,
        'inline handler', nullif(l.laninline, 0)::regproc::text,
        'validator', nullif(l.lanvalidator, 0)::regproc::text
    ) AS facts
FROM pg_language l
-- not: internal, c and sql
WHERE l.lanispl
