-- Relations in the schemas of $1 whose contents are read, and whether this role may read all of them.
SELECT
    CASE c.relkind
        WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
        WHEN 'S' THEN 'sequence' ELSE 'materialized view'
    END AS kind,
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS schema_open,
    CASE c.relkind
        WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
        ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT')
    END AS granted,
    pg_catalog.row_security_active(c.oid) AS rows_hidden
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::pg_catalog.text[])
    -- not: views and foreign tables, whose rows stay where they are; not: materialized views WITH NO DATA
    AND (c.relkind IN ('r', 'p', 'S') OR c.relkind = 'm' AND c.relispopulated)
    -- not: members of extensions, of which only the rows of configuration tables are looked at elsewhere
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE
            d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
ORDER BY n.nspname, c.relname
