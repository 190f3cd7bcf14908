-- Extensions; their members come with them and are not compared, but for the privileges that were changed.
SELECT
    'pg_extension'::regclass AS classid,
    e.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'schema', e.extnamespace::regnamespace::text,
        'version', e.extversion,
        'configuration tables', (
            SELECT string_agg(
                u.relation::oid::regclass::text || coalesce(' ' || nullif(u.condition, ''), ''),
                ', ' ORDER BY u.relation::oid::regclass::text COLLATE "C"
            )
            FROM unnest(e.extconfig, e.extcondition) AS u (relation, condition)
        )
    ) AS facts
FROM pg_extension e
