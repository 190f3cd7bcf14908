-- Settings that roles may change; who may is in additions/privileges.sql.
SELECT
    'pg_parameter_acl'::regclass AS classid,
    p.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    '{}'::json AS facts
FROM pg_parameter_acl p
