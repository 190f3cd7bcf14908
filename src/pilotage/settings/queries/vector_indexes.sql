-- Indexes of pgvector in the schemas of $1, with what decides how much memory a build of each takes.
SELECT
    json_build_object('schema', n.nspname, 'name', ic.relname) AS name,
    am.amname AS method,
    t.typname AS type,
    -- number of dimensions; of bit, of bits
    greatest(a.atttypmod, 0) AS dimensions,
    coalesce(
        (SELECT o.option_value::pg_catalog.int4 FROM pg_catalog.pg_options_to_table(ic.reloptions) AS o
         WHERE o.option_name = 'm'), 16
    ) AS m,
    coalesce(
        (SELECT o.option_value::pg_catalog.int4 FROM pg_catalog.pg_options_to_table(ic.reloptions) AS o
         WHERE o.option_name = 'lists'), 100
    ) AS lists,
    -- entries, as the server counted them when it built the index or vacuumed or analyzed the table; -1: never
    ic.reltuples::pg_catalog.float8 AS entries,
    i.indpred IS NOT NULL AS partial,
    pg_catalog.pg_relation_size(ic.oid) AS bytes,
    coalesce(s.null_frac, 0)::pg_catalog.float8 AS nulls
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
JOIN pg_catalog.pg_am AS am ON am.oid = ic.relam
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
-- An index has a column of its own for its first key, also where that is an expression.
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = ic.oid AND a.attnum = 1
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attribute AS k ON k.attrelid = c.oid AND k.attnum = i.indkey[0] AND k.attnum > 0
LEFT JOIN pg_catalog.pg_stats AS s
    ON s.schemaname = n.nspname
    AND s.tablename = CASE WHEN k.attnum IS NULL THEN ic.relname ELSE c.relname END
    AND s.attname = coalesce(k.attname, a.attname)
    AND NOT s.inherited
WHERE
    n.nspname = ANY ($1::pg_catalog.text[])
    AND am.amname IN ('hnsw', 'ivfflat')
    -- not: indexes of partitioned tables, which hold nothing
    AND ic.relkind = 'i'
ORDER BY n.nspname, ic.relname
