-- The columns of tables, each with its table's and its type's OID.
SELECT
    a.attrelid::int8 AS table,
    a.attnum AS position,
    a.attname AS name,
    a.atttypid::int8 AS type_oid,
    format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull AS not_null,
    -- a generated column's expression is stored like a default, but is none
    a.atthasdef AND a.attgenerated = ''
    -- not: NULL, which pg_dump writes where a partition has no default and its parent has one
    AND NOT EXISTS (
        SELECT FROM pg_attrdef v
        WHERE v.adrelid = a.attrelid AND v.adnum = a.attnum AND pg_get_expr(v.adbin, v.adrelid) ~ '^NULL(::|$)'
    ) AS has_default,
    CASE a.attgenerated
        WHEN 's' THEN 'stored'
        WHEN 'v' THEN 'virtual' -- PostgreSQL 18 and later
        ELSE ''
    END AS generated,
    CASE a.attidentity
        WHEN 'a' THEN 'always'
        WHEN 'd' THEN 'by default'
        ELSE ''
    END AS identity
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    c.relkind IN ('r', 'p', 'f')
    -- not: system columns
    AND a.attnum > 0
    -- not: dropped columns
    AND NOT a.attisdropped
    AND (
        (
            n.nspname = ANY ($1::text[])
            -- not: members of extensions
            AND NOT EXISTS (
                SELECT FROM pg_depend d
                WHERE
                    d.classid = 'pg_class'::regclass
                    AND d.objid = c.oid
                    AND d.objsubid = 0
                    AND d.deptype = 'e'
            )
        )
        -- but: those whose rows users write
        OR EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig))
    )
