-- Tables of every kind, views and sequences as relations; what only a sequence has is in sequences.sql.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', CASE
            -- not: of a sequence that a column owns, whose owner is the table's
            WHEN c.relkind = 'S' AND EXISTS (
                SELECT FROM pg_depend d
                WHERE
                    d.classid = 'pg_class'::regclass
                    AND d.objid = c.oid
                    AND d.refclassid = 'pg_class'::regclass
                    AND d.refobjsubid > 0
                    AND d.deptype IN ('a', 'i')
            ) THEN NULL
            ELSE pg_get_userbyid(c.relowner)
        END,
        'persistence', CASE c.relpersistence
            WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary'
        END,
        'query', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
        -- beside the query, since the print of a query is compared without qualifiers where a server is old
        'reads', reads.names,
        'populated', CASE WHEN c.relkind = 'm' THEN c.relispopulated::text END,
        'partition key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
        'partition bound', pg_get_expr(c.relpartbound, c.oid),
        'partition of', CASE WHEN c.relispartition THEN parents.names END,
        'inherits', CASE WHEN NOT c.relispartition THEN parents.names END,
        'of type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
        'options', (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(c.reloptions) AS o),
        'TOAST options', (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(toast.reloptions) AS o),
        'access method', am.amname,
        'tablespace', ts.spcname,
        'row level security', CASE WHEN c.relkind IN ('r', 'p') THEN
            CASE WHEN c.relrowsecurity THEN 'enabled' ELSE 'disabled' END
        END,
        'row level security for the owner', CASE WHEN c.relkind IN ('r', 'p') THEN
            CASE WHEN c.relforcerowsecurity THEN 'forced' ELSE 'not forced' END
        END,
        'replica identity', CASE WHEN c.relkind IN ('r', 'p', 'm') THEN
            CASE c.relreplident
                WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
                WHEN 'i' THEN 'index ' || coalesce(
                    (
                        SELECT quote_ident(ic.relname)
                        FROM pg_index x
                        JOIN pg_class ic ON ic.oid = x.indexrelid
                        WHERE x.indrelid = c.oid AND x.indisreplident
                    ),
                    'that is not there any more'
                )
            END
        END,
        'order of columns', CASE
            -- not: of a table that inherits; its own columns come after inherited ones once pg_dump's definition
            -- has been run
            WHEN c.relkind = 'S' OR (parents.names IS NOT NULL AND NOT c.relispartition) THEN NULL
            ELSE (
                SELECT json_agg(a.attname ORDER BY a.attnum)::text
                FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            )
        END
    ) AS facts
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN (
    SELECT i.inhrelid, string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) AS names
    FROM pg_inherits i
    GROUP BY i.inhrelid
) AS parents ON parents.inhrelid = c.oid
LEFT JOIN (
    SELECT r.ev_class, string_agg(
            DISTINCT d.refobjid::regclass::text COLLATE "C", ', ' ORDER BY d.refobjid::regclass::text COLLATE "C"
        ) AS names
    FROM pg_rewrite r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    WHERE
        r.rulename = '_RETURN'
        AND d.refclassid = 'pg_class'::regclass
        -- not: the view itself
        AND d.refobjid <> r.ev_class
    GROUP BY r.ev_class
) AS reads ON reads.ev_class = c.oid
WHERE
    n.nspname = ANY ($1::text[])
    -- not: indexes, TOAST tables, composite types
    AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
