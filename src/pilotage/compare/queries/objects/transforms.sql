SELECT
    'pg_transform'::regclass AS classid,
    t.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'from SQL', nullif(t.trffromsql::oid, 0)::regprocedure::text,
        'to SQL', nullif(t.trftosql::oid, 0)::regprocedure::text
    ) AS facts
FROM pg_transform t
