-- The columns of views that read themselves, by the view's OID: such a view must stand before it is defined.
SELECT
    a.attrelid::int8 AS view,
    a.attnum AS position,
    a.attname AS name,
    format_type(a.atttypid, a.atttypmod) AS type,
    -- only where it is not its type's own, as pg_dump has it
    CASE WHEN a.attcollation <> t.typcollation
        THEN json_build_object('schema', ln.nspname, 'name', l.collname)
    END AS collation
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind = 'v'
    -- not: system columns
    AND a.attnum > 0
    -- not: views that do not read themselves; the rule of each belongs to its own view
    AND EXISTS (
        SELECT FROM pg_rewrite r
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        WHERE r.ev_class = c.oid AND r.rulename = '_RETURN'
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.deptype <> 'i'
            -- not: OLD and NEW, which were part of every view's rule until PostgreSQL 15
            AND (d.refobjsubid > 0 OR current_setting('server_version_num')::int4 >= 160000)
    )
