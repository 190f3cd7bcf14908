-- The types of columns in scope, and all types that those consist of: the elements of arrays, the attributes
-- of composites, what domains and ranges are over. Members of extensions are among them on purpose.
WITH RECURSIVE used (oid) AS (
    SELECT a.atttypid
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE
        (
            n.nspname = ANY ($1::text[])
            -- tables of extensions whose rows users write, wherever they are
            OR EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig))
        )
        AND c.relkind IN ('r', 'p', 'f')
        -- not: system columns; not: dropped columns
        AND a.attnum > 0
        AND NOT a.attisdropped
    UNION
    SELECT part.oid
    FROM used
    JOIN pg_type t ON t.oid = used.oid
    CROSS JOIN LATERAL (
        SELECT t.typelem AS oid WHERE t.typsend = 'array_send'::regproc AND t.typtype = 'b'
        UNION ALL
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL
        SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid
        UNION ALL
        SELECT r.rngtypid FROM pg_range r WHERE r.rngmultitypid = t.oid
        UNION ALL
        SELECT a.atttypid
        FROM pg_attribute a
        WHERE a.attrelid = t.typrelid AND t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
    ) AS part
)
SELECT
    t.oid::int8 AS oid,
    format_type(t.oid, NULL) AS name,
    t.typsend <> 0 AND t.typreceive <> 0 AS binary_functions,
    -- typtype first: a domain has its base type's send function
    CASE
        WHEN t.typtype = 'b' AND t.typsend = 'array_send'::regproc THEN json_build_array(t.typelem::int8)
        WHEN t.typtype = 'd' THEN json_build_array(t.typbasetype::int8)
        WHEN t.typtype = 'r' THEN (
            SELECT json_build_array(r.rngsubtype::int8) FROM pg_range r WHERE r.rngtypid = t.oid
        )
        WHEN t.typtype = 'm' THEN (
            SELECT json_build_array(r.rngtypid::int8) FROM pg_range r WHERE r.rngmultitypid = t.oid
        )
        WHEN t.typtype = 'c' THEN (
            SELECT coalesce(json_agg(a.atttypid::int8 ORDER BY a.attnum), '[]')
            FROM pg_attribute a
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        )
        ELSE '[]'
    END AS parts
FROM used
JOIN pg_type t ON t.oid = used.oid
