-- Foreign keys between columns of different types; a domain counts as what it is made of, and varchar as text.
WITH RECURSIVE steps AS (
    SELECT t.oid, t.typbasetype AS base
    FROM pg_type t
    WHERE t.typtype = 'd'
    UNION ALL
    SELECT s.oid, t.typbasetype
    FROM steps s
    JOIN pg_type t ON t.oid = s.base AND t.typtype = 'd'
),
domains AS MATERIALIZED (
    SELECT s.oid, s.base
    FROM steps s
    JOIN pg_type t ON t.oid = s.base AND t.typtype <> 'd'
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
    LEFT JOIN domains ad ON ad.oid = a.atttypid
    LEFT JOIN domains rd ON rd.oid = r.atttypid
    CROSS JOIN LATERAL (
        SELECT coalesce(ad.base, a.atttypid) AS one, coalesce(rd.base, r.atttypid) AS other
    ) AS base
    WHERE
        CASE base.one WHEN 'varchar'::regtype THEN 'text'::regtype ELSE base.one END
        <> CASE base.other WHEN 'varchar'::regtype THEN 'text'::regtype ELSE base.other END
) AS d
WHERE
    n.nspname = ANY ($1::text[])
    AND con.contype = 'f'
    -- not: the copies that partitions hold
    AND con.conparentid = 0
    AND d.pairs IS NOT NULL
