-- Columns of tables and views. What is as the column's type has it by default is no fact: most of a large
-- catalog would be that.
SELECT
    'pg_class'::regclass AS classid,
    a.attrelid AS objid,
    a.attnum::int4 AS objsubid,
    'pg_class'::regclass::oid AS holder_class,
    a.attrelid AS holder,
    NULL::oid AS original,
    json_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'collation', CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN a.attcollation::regcollation::text END,
        'not null', CASE WHEN a.attnotnull THEN 'true' END,
        -- not: NULL, which pg_dump writes where a partition has no default and its parent has one
        'default', CASE WHEN a.attgenerated = '' AND pg_get_expr(ad.adbin, ad.adrelid) !~ '^NULL(::|$)' THEN
            pg_get_expr(ad.adbin, ad.adrelid)
        END,
        'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
        'generation expression', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(ad.adbin, ad.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        'storage', CASE WHEN a.attstorage <> t.typstorage THEN
            CASE a.attstorage
                WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' WHEN 'x' THEN 'extended'
            END
        END,
        'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
        -- no target is -1 until PostgreSQL 16 and NULL after
        'statistics target', nullif(a.attstattarget, -1)::text,
        'options', CASE WHEN a.attoptions IS NOT NULL THEN
            (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(a.attoptions) AS o)
        END,
        'foreign options', CASE WHEN a.attfdwoptions IS NOT NULL THEN
            (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(a.attfdwoptions) AS o)
        END,
        -- not: of partitions, whose columns are all inherited once they are attached
        'declared here too', CASE WHEN a.attinhcount > 0 AND a.attislocal AND NOT c.relispartition THEN 'true' END
    ) AS facts
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
WHERE
    n.nspname = ANY ($1::text[])
    -- not: columns of indexes, sequences and TOAST tables; attributes of composite types are the types' facts
    AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    -- not: system columns, dropped columns
    AND a.attnum > 0
    AND NOT a.attisdropped
