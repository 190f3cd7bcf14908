-- Which users are mapped; what to is in user_mapping_options.sql, which not every role may read.
SELECT
    'pg_user_mapping'::regclass AS classid,
    m.umid AS objid,
    0 AS objsubid,
    'pg_foreign_server'::regclass::oid AS holder_class,
    m.srvid AS holder,
    NULL::oid AS original,
    '{}'::json AS facts
FROM pg_user_mappings m
