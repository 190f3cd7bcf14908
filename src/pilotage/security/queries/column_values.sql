-- Which values the columns of a table ($1) can have, as far as its definition tells.
SELECT
    a.attname AS name,
    t.typcategory::text AS category,
    -- of an array, that of its elements
    e.typcategory::text AS element,
    format_type(coalesce(e.oid, base.oid), NULL) AS type,
    -- of varchar(n) and char(n): the modifier counts four bytes that were once a length's
    CASE
        WHEN coalesce(nullif(t.typtypmod, -1), a.atttypmod) > 4 AND t.typcategory = 'S'
            THEN coalesce(nullif(t.typtypmod, -1), a.atttypmod) - 4
    END AS longest,
    ARRAY(
        SELECT l.enumlabel::text
        FROM pg_enum l
        WHERE l.enumtypid = coalesce(e.oid, base.oid)
        ORDER BY l.enumsortorder
    ) AS labels,
    (
        SELECT
            coalesce(
                json_agg(
                    json_build_object(
                        'table', json_build_object('schema', n.nspname, 'name', r.relname),
                        'column', f.attname
                    )
                    ORDER BY n.nspname COLLATE "C", r.relname COLLATE "C", f.attname COLLATE "C"
                ),
                '[]'
            )
        FROM pg_constraint k
        CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (own, other)
        JOIN pg_class r ON r.oid = k.confrelid
        JOIN pg_namespace n ON n.oid = r.relnamespace
        JOIN pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = pair.other
        WHERE k.conrelid = a.attrelid AND k.contype = 'f' AND pair.own = a.attnum
    ) AS referenced
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_type e ON e.oid = base.typelem AND t.typcategory = 'A'
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
