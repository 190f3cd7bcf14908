-- The partitioned tables that are themselves no partitions, each with its partitions at any depth.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS root,
    json_build_object('schema', pn.nspname, 'name', p.relname) AS table,
    CASE WHEN an.oid IS NOT NULL THEN json_build_object('schema', an.nspname, 'name', a.relname) END AS parent,
    p.relkind = 'r' AS stores_rows,
    p.relkind = 'p' AS partitioned,
    t.level AS level
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_partition_tree(c.oid) AS t
JOIN pg_class p ON p.oid = t.relid
JOIN pg_namespace pn ON pn.oid = p.relnamespace
LEFT JOIN pg_class a ON a.oid = t.parentrelid
LEFT JOIN pg_namespace an ON an.oid = a.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind = 'p'
    AND NOT c.relispartition
