-- Triggers that users made.
--
-- Those of a partitioned table are cloned to its partitions and listed once, but a clone can be enabled or
-- disabled by itself, and pg_dump keeps that: a clone that fires otherwise than its parent is listed too.
SELECT
    t.tgname AS name,
    json_build_object('schema', n.nspname, 'name', c.relname) AS table,
    CASE t.tgenabled
        WHEN 'O' THEN 'origin'
        WHEN 'D' THEN 'disabled'
        WHEN 'R' THEN 'replica'
        WHEN 'A' THEN 'always'
    END AS firing,
    pg_get_triggerdef(t.oid) AS definition
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger parent ON parent.oid = t.tgparentid
LEFT JOIN pg_constraint con ON con.oid = t.tgconstraint
WHERE
    n.nspname = ANY ($1::text[])
    -- not: clones that fire as their parents do
    AND (t.tgparentid = 0 OR t.tgenabled <> parent.tgenabled)
    -- not: internal triggers; up to PostgreSQL 14 clones are marked internal too
    AND (NOT t.tgisinternal OR t.tgparentid <> 0)
    -- not: the triggers by which foreign keys and deferrable unique constraints are enforced
    AND (con.contype IS NULL OR con.contype = 't')
    -- not: triggers of tables that are members of extensions; those that only depend on an extension stay
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
