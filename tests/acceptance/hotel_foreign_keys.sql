-- Every foreign key with its columns by name, and whether an index serves it.
SELECT
    one.relnamespace::regnamespace::text AS referencing_schema,
    one.relname AS referencing,
    (
        SELECT json_agg(attname ORDER BY at)
        FROM unnest(key.conkey) WITH ORDINALITY AS c (number, at)
        JOIN pg_attribute ON attrelid = key.conrelid AND attnum = c.number
    ) AS columns,
    other.relnamespace::regnamespace::text AS referenced_schema,
    other.relname AS referenced,
    (
        SELECT json_agg(attname ORDER BY at)
        FROM unnest(key.confkey) WITH ORDINALITY AS c (number, at)
        JOIN pg_attribute ON attrelid = key.confrelid AND attnum = c.number
    ) AS referenced_columns,
    EXISTS (
        SELECT
        FROM pg_index AS i
        JOIN pg_class AS index ON index.oid = i.indexrelid
        JOIN pg_am AS method ON method.oid = index.relam AND method.amname = 'btree'
        WHERE i.indrelid = key.conrelid
            AND i.indisvalid
            -- the key's columns, in any order, are the index's first ones
            AND (SELECT array_agg(c ORDER BY c) FROM unnest(key.conkey) AS c) = (
                SELECT array_agg(c ORDER BY c)
                FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (c, at)
                WHERE at <= cardinality(key.conkey)
            )
            -- of the whole table, or of all rows that reference something
            AND (
                i.indpred IS NULL
                OR cardinality(key.conkey) = 1 AND pg_get_expr(i.indpred, i.indrelid) = (
                    SELECT format('(%I IS NOT NULL)', attname)
                    FROM pg_attribute
                    WHERE attrelid = key.conrelid AND attnum = key.conkey[1]
                )
            )
    ) AS is_indexed,
    key.convalidated AS is_valid
FROM pg_constraint AS key
JOIN pg_class AS one ON one.oid = key.conrelid
JOIN pg_class AS other ON other.oid = key.confrelid
WHERE key.contype = 'f'
