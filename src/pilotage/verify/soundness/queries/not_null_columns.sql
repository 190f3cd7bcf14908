-- The columns of tables that store rows which are NOT NULL, whatever says so: since PostgreSQL 18 a constraint,
-- which may be NOT VALID.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
    a.attname AS column,
    coalesce(con.validated, true) AS validated
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (
    SELECT conrelid, conkey[1] AS attnum, bool_and(convalidated) AS validated
    FROM pg_constraint
    WHERE contype = 'n' AND conrelid <> 0
    GROUP BY conrelid, conkey[1]
) con ON con.conrelid = a.attrelid AND con.attnum = a.attnum
WHERE
    a.attnotnull
    AND a.attnum > 0
    AND NOT a.attisdropped
    -- not: partitioned tables, which store nothing, and foreign tables, whose rows another server has
    AND c.relkind = 'r'
    AND n.nspname = ANY ($1::text[])
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
ORDER BY n.nspname, c.relname, a.attnum
