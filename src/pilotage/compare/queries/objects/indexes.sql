-- An index that belongs to a constraint stands and falls with it, and the constraint's definition is its own.
SELECT
    'pg_class'::regclass AS classid,
    i.indexrelid AS objid,
    0 AS objsubid,
    CASE WHEN con.oid IS NULL THEN 'pg_class'::regclass ELSE 'pg_constraint'::regclass END::oid AS holder_class,
    coalesce(con.oid, i.indrelid) AS holder,
    attached.inhparent AS original,
    json_build_object(
        'definition', CASE WHEN con.oid IS NULL THEN pg_get_indexdef(i.indexrelid) END,
        'options', CASE WHEN con.oid IS NOT NULL THEN
            (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(c.reloptions) AS o)
        END,
        'tablespace', ts.spcname,
        'table is clustered on it', i.indisclustered::text,
        'valid', i.indisvalid::text,
        'attached to', attached.inhparent::regclass::text,
        'statistics targets', (
            SELECT string_agg(a.attnum || ': ' || a.attstattarget, ', ' ORDER BY a.attnum)
            FROM pg_attribute a
            -- not: none, which is -1 until PostgreSQL 16 and NULL after
            WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0
        )
    ) AS facts
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class r ON r.oid = i.indrelid
JOIN pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_inherits attached ON attached.inhrelid = i.indexrelid
LEFT JOIN pg_constraint con
    ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x')
WHERE
    n.nspname = ANY ($1::text[])
    -- not: indexes of TOAST tables
    AND r.relkind IN ('r', 'p', 'm')
    -- not: indexes of members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
