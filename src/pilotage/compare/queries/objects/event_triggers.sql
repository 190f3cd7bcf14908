SELECT
    'pg_event_trigger'::regclass AS classid,
    e.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(e.evtowner),
        'event', e.evtevent::text,
        'function', e.evtfoid::regproc::text,
        'tags', (SELECT string_agg(t, ', ' ORDER BY t COLLATE "C") FROM unnest(e.evttags) AS t),
        'state', CASE e.evtenabled
            WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always'
        END
    ) AS facts
FROM pg_event_trigger e
