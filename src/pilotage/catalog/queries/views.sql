-- Views and materialized views; what they read is another query, and so are rows.
SELECT
    c.oid::int8 AS oid,
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS kind,
    pg_get_userbyid(c.relowner) AS owner,
    coalesce(to_json(c.reloptions), '[]') AS options,
    c.relispopulated AS populated,
    CASE c.relkind WHEN 'm' THEN coalesce(pg_table_size(c.oid), 0) ELSE 0 END AS bytes,
    pg_get_viewdef(c.oid) AS definition,
    coalesce(has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), true) AS readable
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('v', 'm')
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
