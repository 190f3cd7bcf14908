-- What the rows of a partition must be, by its own bounds and those of the partitions that it is a part of. Of the
-- first 1,000 after an OID: the function locks each partition until the transaction ends, or a savepoint is
-- rolled back, and the server's lock table is small. NULL for a default partition without others, which takes all.
SELECT
    part.oid::int8 AS oid,
    json_build_object('schema', part.nspname, 'name', part.relname) AS relation,
    pg_get_partition_constraintdef(part.oid) AS expression
FROM (
    SELECT c.oid, c.relname, n.nspname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE
        c.relispartition
        -- not: partitions that are partitioned themselves, which store nothing, and foreign tables
        AND c.relkind = 'r'
        AND n.nspname = ANY ($1::text[])
        AND c.oid > $2::oid
    ORDER BY c.oid
    LIMIT 1000
) AS part
ORDER BY part.oid
