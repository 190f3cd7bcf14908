-- What ALTER DEFAULT PRIVILEGES has set; who is given what is in additions/privileges.sql.
SELECT
    'pg_default_acl'::regclass AS classid,
    d.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    '{}'::json AS facts
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
WHERE n.nspname = ANY ($1::text[]) OR d.defaclnamespace = 0
