-- Indexes of tables and materialized views, those that belong to constraints included, with what is needed to
-- tell whether one serves a foreign key.
SELECT
    json_build_object('schema', n.nspname, 'name', ic.relname) AS name,
    json_build_object('schema', n.nspname, 'name', c.relname) AS table,
    am.amname AS method,
    i.indisunique AS unique,
    i.indisprimary AS primary,
    i.indisvalid AS valid,
    CASE WHEN ic.relkind = 'I' THEN 0 ELSE coalesce(pg_table_size(ic.oid), 0) END AS bytes,
    pg_get_indexdef(i.indexrelid) AS definition,
    i.indisvalid AND i.indisready AND i.indislive AS usable,
    keys.columns AS key_columns,
    pg_get_expr(i.indpred, i.indrelid) AS predicate
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am am ON am.oid = ic.relam
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        -- NULL for an expression, and for a column under a collation that is not the column's own, by which
        -- the index cannot answer the foreign key's comparison
        json_agg(
            CASE WHEN i.indcollation[k.position - 1] = a.attcollation THEN a.attname END ORDER BY k.position
        ) AS columns
    FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, position)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
    -- not: columns that an index only carries (INCLUDE)
    WHERE k.position <= i.indnkeyatts
) AS keys
WHERE
    n.nspname = ANY ($1::text[])
    -- not: indexes of TOAST tables
    AND c.relkind IN ('r', 'p', 'm')
    -- not: indexes of relations that are members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
