-- What the rows of a partition must be, by its own bounds and those of the partitions that it is a part of.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
    bounds.expression
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT pg_get_partition_constraintdef(c.oid) AS expression) AS bounds
WHERE
    c.relispartition
    -- not: partitions that are partitioned themselves, which store nothing, and foreign tables
    AND c.relkind = 'r'
    AND n.nspname = ANY ($1::text[])
    -- not: a default partition without any others, which takes every row
    AND bounds.expression IS NOT NULL
ORDER BY n.nspname, c.relname
