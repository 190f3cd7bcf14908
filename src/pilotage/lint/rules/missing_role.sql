-- Triggers whose definition has a condition, or whose function takes on a role; what they name is looked at elsewhere.
SELECT
    o.identity,
    n.nspname AS schema,
    c.relname AS relation,
    t.tgname AS name,
    CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END AS definition,
    (
        SELECT coalesce(json_agg(regexp_replace(s.setting, '^[^=]*=', '')), '[]')
        FROM unnest(p.proconfig) AS s (setting)
        WHERE s.setting LIKE 'role=%'
    ) AS takes_on
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc p ON p.oid = t.tgfoid
CROSS JOIN LATERAL pg_identify_object('pg_trigger'::regclass, t.oid, 0) AS o
WHERE
    n.nspname = ANY ($1::text[])
    -- not: the triggers by which keys are enforced
    AND NOT t.tgisinternal
    -- not: those that partitions have from their table
    AND t.tgparentid = 0
    AND (t.tgqual IS NOT NULL OR p.proconfig IS NOT NULL)
    -- not: what was dropped after the snapshot was taken
    AND o.identity IS NOT NULL
