-- The partitions, at any depth, of each partitioned table that is itself no partition.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS root,
    json_build_object('schema', pn.nspname, 'name', p.relname) AS table,
    p.relkind = 'r' AS stores_rows,
    t.level AS level
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_partition_tree(c.oid) AS t
JOIN pg_class p ON p.oid = t.relid
JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind = 'p'
    AND NOT c.relispartition
    -- not: the table itself, and partitions that are partitioned in turn
    AND p.relkind <> 'p'
