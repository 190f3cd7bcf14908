-- Indexes of tables and materialized views, those that belong to constraints included, with what is needed to
-- tell whether one serves a foreign key.
SELECT
    json_build_object('schema', n.nspname, 'name', ic.relname) AS name,
    json_build_object('schema', n.nspname, 'name', c.relname) AS table,
    am.amname AS method,
    i.indisunique AS unique,
    i.indisprimary AS primary,
    i.indisvalid AS valid,
    keys.names AS columns,
    coalesce(
        (
            SELECT json_agg(reads.attname ORDER BY reads.attnum)
            FROM (
                SELECT a.attname, a.attnum
                FROM pg_depend d
                JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                WHERE
                    d.classid = 'pg_class'::regclass
                    AND d.objid = i.indexrelid
                    AND d.refclassid = 'pg_class'::regclass
                    AND d.refobjid = i.indrelid
                    -- not: the table as a whole
                    AND d.refobjsubid > 0
                GROUP BY a.attname, a.attnum
                -- An index depends on a column once for standing there as such (unless a constraint owns the
                -- index, and the columns with it), and once more for each of expressions and predicate.
                HAVING count(*) > CASE WHEN a.attnum = ANY (i.indkey) AND con.conindid IS NULL THEN 1 ELSE 0 END
            ) AS reads
        ),
        '[]'
    ) AS expression_columns,
    i.indpred IS NOT NULL AS partial,
    i.indisexclusion AS exclusion,
    i.indimmediate AS immediate,
    -- the column exists since PostgreSQL 15
    NOT coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_distinct,
    CASE WHEN ic.relkind = 'I' THEN 0 ELSE coalesce(pg_table_size(ic.oid), 0) END AS bytes,
    pg_get_indexdef(i.indexrelid) AS definition,
    i.indisvalid AND i.indisready AND i.indislive AS usable,
    keys.columns AS key_columns,
    pg_get_expr(i.indpred, i.indrelid) AS predicate
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am am ON am.oid = ic.relam
LEFT JOIN pg_constraint con
    ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x')
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        -- NULL for an expression, and for a column under a collation that is not the column's own, by which
        -- the index cannot answer the foreign key's comparison
        json_agg(
            CASE WHEN i.indcollation[k.position - 1] = a.attcollation THEN a.attname END ORDER BY k.position
        ) AS columns,
        json_agg(a.attname ORDER BY k.position) AS names
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
