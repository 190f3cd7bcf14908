SELECT
    'pg_rewrite'::regclass AS classid,
    r.oid AS objid,
    0 AS objsubid,
    'pg_class'::regclass::oid AS holder_class,
    r.ev_class AS holder,
    NULL::oid AS original,
    json_build_object(
        'definition', pg_get_ruledef(r.oid),
        'state', CASE r.ev_enabled
            WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always'
        END
    ) AS facts
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    -- not: the rule that is a view's query
    AND NOT (c.relkind IN ('v', 'm') AND r.rulename = '_RETURN')
