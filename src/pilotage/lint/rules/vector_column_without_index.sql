-- Columns of pgvector's types that no hnsw or ivfflat index reads, as a column or within an expression.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    a.attnum AS objsubid,
    format(
        'Column %I of %I.%I, of type %s, has no index for nearest neighbours%s', a.attname, n.nspname, c.relname,
        format_type(a.atttypid, a.atttypmod),
        CASE WHEN c.reltuples >= 0 THEN format('; about %s rows', c.reltuples::bigint) ELSE '' END
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'column', a.attname) AS metadata,
    ARRAY[n.nspname, c.relname, a.attname]::text[] AS key
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_depend m
    ON m.classid = 'pg_type'::regclass AND m.objid = t.oid AND m.deptype = 'e'
    AND m.refclassid = 'pg_extension'::regclass
JOIN pg_extension e ON e.oid = m.refobjid AND e.extname = 'vector'
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'm', 'p')
    -- not: partitions, whose table is told
    AND NOT c.relispartition
    AND a.attnum > 0
    AND NOT a.attisdropped
    AND t.typname IN ('vector', 'halfvec', 'sparsevec')
    AND NOT EXISTS (
        SELECT FROM pg_index i
        JOIN pg_class ic ON ic.oid = i.indexrelid
        JOIN pg_am am ON am.oid = ic.relam
        LEFT JOIN pg_depend d
            ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
        WHERE
            i.indrelid = c.oid
            AND am.amname IN ('hnsw', 'ivfflat')
            AND (a.attnum = i.indkey[0] OR (i.indkey[0] = 0 AND d.objid IS NOT NULL))
    )
