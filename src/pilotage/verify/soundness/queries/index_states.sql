-- Every index of tables and materialized views, and what the server would do with it. That one is valid is
-- compared with the source elsewhere.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    json_build_object('schema', n.nspname, 'name', t.relname) AS table,
    am.amname AS method,
    c.relkind = 'I' AS partitioned,
    i.indisvalid AS valid,
    i.indisready AS ready,
    i.indislive AS live,
    -- NULL where it was dropped meanwhile
    coalesce(pg_relation_size(c.oid), 0) AS bytes
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_am am ON am.oid = c.relam
WHERE
    n.nspname = ANY ($1::text[])
    -- not: indexes of members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
ORDER BY n.nspname, c.relname
