-- Triggers with their states. The copies on partitions can have states of their own, but no other definition.
SELECT
    'pg_trigger'::regclass AS classid,
    t.oid AS objid,
    0 AS objsubid,
    'pg_class'::regclass::oid AS holder_class,
    t.tgrelid AS holder,
    nullif(t.tgparentid, 0) AS original,
    json_build_object(
        'definition', CASE WHEN t.tgparentid = 0 THEN pg_get_triggerdef(t.oid) END,
        'state', CASE t.tgenabled
            WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always'
        END
    ) AS facts
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    -- not: those by which the server enforces keys and exclusion constraints
    AND NOT EXISTS (SELECT FROM pg_constraint con WHERE con.oid = t.tgconstraint AND con.contype <> 't')
