-- Extended statistics: what is to be gathered, not what ANALYZE found.
SELECT
    'pg_statistic_ext'::regclass AS classid,
    s.oid AS objid,
    0 AS objsubid,
    'pg_class'::regclass::oid AS holder_class,
    s.stxrelid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(s.stxowner),
        'definition', pg_get_statisticsobjdef(s.oid),
        -- no target is -1 until PostgreSQL 16 and NULL after
        'statistics target', nullif(s.stxstattarget, -1)::text
    ) AS facts
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE n.nspname = ANY ($1::text[])
