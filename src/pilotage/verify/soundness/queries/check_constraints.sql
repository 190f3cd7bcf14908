-- The CHECK constraints of tables that store rows, those that partitions and heirs have from their parents
-- included: each is held against its own table's rows alone, so NO INHERIT makes no difference.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
    con.conname AS name,
    pg_get_expr(con.conbin, con.conrelid) AS expression,
    con.convalidated AS validated,
    -- constraints can be NOT ENFORCED since PostgreSQL 18, and this column exists since then
    coalesce((to_jsonb(con) ->> 'conenforced')::boolean, true) AS enforced,
    -- whether the expression may have another result at another time or in another session, by the functions
    -- that it names; a user's function may have been replaced, whatever it is declared to be
    (
        con.conbin::text ~ 'SQLVALUEFUNCTION|COERCEVIAIO'
        OR EXISTS (
            SELECT FROM regexp_matches(con.conbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS called (ids)
            JOIN pg_proc p ON p.oid = called.ids[1]::oid
            WHERE p.provolatile <> 'i' OR p.oid >= 16384
        )
    ) AS varies
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    con.contype = 'c'
    -- not: partitioned tables, which store nothing, and foreign tables, whose rows another server has
    AND c.relkind = 'r'
    AND n.nspname = ANY ($1::text[])
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
ORDER BY n.nspname, c.relname, con.conname
