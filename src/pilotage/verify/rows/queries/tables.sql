-- How large the tables are that store rows, and the columns of the key that tells their rows apart: in scope, and
-- extensions' tables whose rows users write.
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::int8 AS blocks,
    coalesce(pg_table_size(c.oid), 0) AS bytes,
    -- of the file at the snapshot's moment: a table that was rewritten or emptied since has another
    c.relfilenode::int8 AS filenode,
    c.reltoastrelid <> 0 AND coalesce(pg_relation_size(c.reltoastrelid), 0) > 0 AS has_long_values,
    coalesce((
        SELECT array_agg(a.attname::text ORDER BY k.place)
        FROM (
            SELECT i.indrelid, i.indkey, i.indnkeyatts
            FROM pg_index i
            JOIN pg_class ic ON ic.oid = i.indexrelid
            JOIN pg_am m ON m.oid = ic.relam
            WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND m.amname = 'btree'
                -- not: partial indexes, and those of expressions
                AND i.indpred IS NULL AND i.indexprs IS NULL
                -- not: indexes of columns that may be NULL
                AND NOT EXISTS (
                    SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
                    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                    WHERE k.place <= i.indnkeyatts AND NOT a.attnotnull
                )
            ORDER BY i.indisprimary DESC, i.indnkeyatts, ic.relname COLLATE "C"
            LIMIT 1
        ) AS best
        CROSS JOIN LATERAL unnest(best.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = best.indrelid AND a.attnum = k.attnum
        WHERE k.place <= best.indnkeyatts
    ), '{}') AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    (
        n.nspname = ANY ($1::text[])
        -- tables of extensions whose rows users write, wherever they are
        OR EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig))
    )
    -- not: partitioned tables, whose rows are their partitions'; not: foreign tables, whose rows are elsewhere
    AND c.relkind = 'r'
