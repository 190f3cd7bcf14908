-- How many tables and sequences in scope the role may not read: the server does not show what their statistics hold,
-- nor how far a sequence is.
SELECT
    count(*) FILTER (WHERE c.relkind <> 'S' AND NOT has_table_privilege(c.oid, 'SELECT')) AS tables,
    count(*) FILTER (
        WHERE CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE, SELECT') END
    ) AS sequences
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'm', 'S')
    -- not: those of extensions, which no rule looks at
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
