-- Foreign keys as they were declared; differs from foreign_keys.sql in conenforced, new in PostgreSQL 18.
SELECT
    con.conname AS name,
    json_build_object('schema', n.nspname, 'name', c.relname) AS table,
    keys.columns,
    json_build_object('schema', rn.nspname, 'name', rc.relname) AS referenced,
    keys.referenced_columns,
    keys.nullable_columns,
    CASE con.confmatchtype
        WHEN 's' THEN 'simple'
        WHEN 'f' THEN 'full'
        WHEN 'p' THEN 'partial'
    END AS match,
    actions.words ->> con.confupdtype AS on_update,
    actions.words ->> con.confdeltype AS on_delete,
    con.condeferrable AS deferrable,
    con.condeferred AS initially_deferred,
    con.convalidated AS validated,
    con.conenforced AS enforced,
    pg_get_constraintdef(con.oid) AS definition
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = con.confrelid
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
CROSS JOIN (
    VALUES (
        '{"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}'::json
    )
) AS actions (words)
CROSS JOIN LATERAL (
    SELECT
        json_agg(a.attname ORDER BY k.position) AS columns,
        json_agg(ra.attname ORDER BY k.position) AS referenced_columns,
        -- a domain may be NOT NULL where the column is not (as information_schema.columns sees it too)
        coalesce(
            json_agg(a.attname ORDER BY k.position)
                FILTER (WHERE NOT a.attnotnull AND NOT (t.typtype = 'd' AND t.typnotnull)),
            '[]'
        ) AS nullable_columns
    FROM unnest(con.conkey, con.confkey) WITH ORDINALITY AS k (attnum, referenced_attnum, position)
    JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_attribute ra ON ra.attrelid = con.confrelid AND ra.attnum = k.referenced_attnum
) AS keys
WHERE
    n.nspname = ANY ($1::text[])
    AND con.contype = 'f'
    -- not: the copies that partitions hold, and those that point to the partitions of a referenced table
    AND con.conparentid = 0
    -- not: those of tables that are members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
