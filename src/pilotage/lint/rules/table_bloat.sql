-- Tables whose file is much larger than their rows, by the planner's statistics: at least 20 MB and 70 percent of it
-- are empty. A row takes 28 bytes besides its values (header and line pointer), padded to 8.
WITH estimated AS (
    SELECT
        c.oid,
        c.relname,
        n.nspname,
        pg_relation_size(c.oid) AS bytes,
        ceil(
            c.reltuples::numeric * (
                28 + 8 * ceil(w.width / 8.0)
            ) / (
                (current_setting('block_size')::numeric - 24)
                * coalesce((
                    SELECT o.option_value::numeric
                    FROM pg_options_to_table(c.reloptions) AS o
                    WHERE o.option_name = 'fillfactor'
                ), 100) / 100
            )
        ) * current_setting('block_size')::numeric AS needed
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT sum((1 - s.null_frac) * s.avg_width)::numeric AS width, count(*) AS columns
        FROM pg_stats s
        WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND NOT s.inherited
    ) AS w
    WHERE
        n.nspname = ANY ($1::text[])
        AND c.relkind = 'r'
        -- not: tables that were never analysed, of which nothing is known, or not since columns were added
        AND c.reltuples >= 0
        AND (c.reltuples = 0 OR w.columns >= (
            SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ))
)
SELECT
    'pg_class'::regclass AS classid,
    e.oid AS objid,
    0 AS objsubid,
    format(
        'Table %I.%I takes %s, of which about %s are empty (estimated)', e.nspname, e.relname,
        pg_size_pretty(e.bytes), pg_size_pretty(e.bytes - coalesce(e.needed, 0))
    ) AS detail,
    json_build_object(
        'schema', e.nspname, 'name', e.relname, 'type', 'table',
        'bytes', e.bytes, 'empty_bytes', (e.bytes - coalesce(e.needed, 0))::bigint
    ) AS metadata,
    ARRAY[e.nspname, e.relname]::text[] AS key
FROM estimated e
WHERE
    e.bytes - coalesce(e.needed, 0) > 20 * 1024 * 1024
    AND e.bytes - coalesce(e.needed, 0) > 0.7 * e.bytes
