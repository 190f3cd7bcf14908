-- Event triggers: of the whole database, so listed whatever the scope.
SELECT
    e.evtname AS name,
    e.evtevent AS event,
    CASE e.evtenabled
        WHEN 'O' THEN 'origin'
        WHEN 'D' THEN 'disabled'
        WHEN 'R' THEN 'replica'
        WHEN 'A' THEN 'always'
    END AS firing,
    json_build_object('schema', n.nspname, 'name', p.proname) AS function
FROM pg_event_trigger e
JOIN pg_proc p ON p.oid = e.evtfoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE
    -- not: members of extensions
    NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e'
    )
