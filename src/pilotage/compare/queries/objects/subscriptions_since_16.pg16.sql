-- What PostgreSQL 16 added.
SELECT
    'pg_subscription'::regclass AS classid,
    s.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'origin', s.suborigin,
        'password required', s.subpasswordrequired::text,
        'run as owner', s.subrunasowner::text
    ) AS facts
FROM pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
