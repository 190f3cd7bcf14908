-- Foreign keys between columns of different types; a domain counts as what it is made of, and varchar as text.
WITH RECURSIVE made_of AS (
    SELECT t.oid, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END AS base, t.typtype = 'd' AS again
    FROM pg_type t
    UNION ALL
    SELECT m.oid, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, t.typtype = 'd'
    FROM made_of m
    JOIN pg_type t ON t.oid = m.base
    WHERE m.again
),
types AS (
    SELECT m.oid, CASE WHEN m.base = 'varchar'::regtype THEN 'text'::regtype ELSE m.base END AS base
    FROM made_of m
    JOIN pg_type t ON t.oid = m.base
    WHERE t.typtype <> 'd' AND (NOT m.again OR t.typtype <> 'd')
)
SELECT
    'pg_constraint'::regclass AS classid,
    con.oid AS objid,
    0 AS objsubid,
    format('Foreign key %I of %I.%I: %s', con.conname, n.nspname, c.relname, d.pairs) AS detail,
    json_build_object(
        'schema', n.nspname, 'name', c.relname, 'type', 'table', 'fkey_name', con.conname
    ) AS metadata,
    ARRAY[n.nspname, c.relname, con.conname]::text[] AS key
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(
        format(
            '%I is of type %s and references %I of type %s',
            a.attname, format_type(a.atttypid, NULL), r.attname, format_type(r.atttypid, NULL)
        ),
        '; ' ORDER BY k.position
    ) AS pairs
    FROM unnest(con.conkey, con.confkey) WITH ORDINALITY AS k (attnum, referenced, position)
    JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
    JOIN pg_attribute r ON r.attrelid = con.confrelid AND r.attnum = k.referenced
    WHERE NOT EXISTS (
        SELECT FROM types x JOIN types y ON y.base = x.base WHERE x.oid = a.atttypid AND y.oid = r.atttypid
    )
) AS d
WHERE
    n.nspname = ANY ($1::text[])
    AND con.contype = 'f'
    -- not: the copies that partitions hold
    AND con.conparentid = 0
    AND d.pairs IS NOT NULL
