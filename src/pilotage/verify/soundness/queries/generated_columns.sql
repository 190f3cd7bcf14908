-- Stored generated columns and their expressions. Virtual ones (PostgreSQL 18) are computed when they are read.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
    a.attname AS column,
    format_type(a.atttypid, a.atttypmod) AS type,
    pg_get_expr(def.adbin, def.adrelid) AS expression,
    -- as in check_constraints; only what is declared immutable may be called here
    EXISTS (
        SELECT FROM regexp_matches(def.adbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS called (ids)
        WHERE called.ids[1]::oid >= 16384
    ) AS varies
FROM pg_attribute a
JOIN pg_attrdef def ON def.adrelid = a.attrelid AND def.adnum = a.attnum
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    a.attgenerated = 's'
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
