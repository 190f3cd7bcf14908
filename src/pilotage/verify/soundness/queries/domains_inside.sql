-- Columns with values inside of which there are domains that demand something: attributes of composite types,
-- bounds of ranges, and whatever else is neither the column's value nor an element of its array.
WITH RECURSIVE inside (outer_type, type, depth) AS (
    SELECT DISTINCT a.atttypid, a.atttypid, 0
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND n.nspname = ANY ($1::text[])
    UNION
    -- no type contains itself, but for what functions return: the bound is for catalogs that were tampered with
    SELECT inside.outer_type, part.type, inside.depth + 1
    FROM inside
    JOIN pg_type t ON t.oid = inside.type
    CROSS JOIN LATERAL (
        SELECT t.typelem WHERE t.typelem <> 0 AND t.typcategory = 'A'
        UNION ALL
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL
        SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
        UNION ALL
        SELECT attribute.atttypid
        FROM pg_attribute attribute
        WHERE t.typtype = 'c' AND attribute.attrelid = t.typrelid AND attribute.attnum > 0
            AND NOT attribute.attisdropped
    ) AS part (type)
    WHERE inside.depth < 30
)
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
    a.attname AS column,
    json_build_object('schema', dn.nspname, 'name', d.typname) AS domain
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN (SELECT DISTINCT outer_type, type FROM inside) AS inside ON inside.outer_type = a.atttypid
JOIN pg_type d ON d.oid = inside.type AND d.typtype = 'd'
JOIN pg_namespace dn ON dn.oid = d.typnamespace
WHERE
    a.attnum > 0
    AND NOT a.attisdropped
    AND c.relkind = 'r'
    AND n.nspname = ANY ($1::text[])
    -- not: domains that demand nothing
    AND (d.typnotnull OR EXISTS (SELECT FROM pg_constraint con WHERE con.contypid = d.oid AND con.contype = 'c'))
    -- not: what domain_constraints finds, the column's own type and domains below it, or those of its elements
    AND NOT EXISTS (
        WITH RECURSIVE chain (type) AS (
            SELECT u.oid FROM pg_type u WHERE u.typtype = 'd' AND a.atttypid IN (u.oid, u.typarray)
            UNION
            SELECT t.typbasetype FROM chain JOIN pg_type t ON t.oid = chain.type AND t.typtype = 'd'
        )
        SELECT FROM chain WHERE chain.type = d.oid
    )
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend e
        WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e'
    )
ORDER BY n.nspname, c.relname, a.attnum, d.typname
