-- IVFFlat indexes whose table has no pages, or by the planner's statistics fewer rows than the index has lists.
SELECT
    'pg_class'::regclass AS classid,
    i.indexrelid AS objid,
    0 AS objsubid,
    format(
        'Index %I.%I of table %I.%I has %s lists, and the table has %s', n.nspname, ic.relname, n.nspname, c.relname,
        l.lists, CASE WHEN s.bytes = 0 THEN 'no rows' ELSE format('about %s rows', c.reltuples::bigint) END
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'index_name', ic.relname) AS metadata,
    ARRAY[n.nspname, c.relname, ic.relname]::text[] AS key
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am am ON am.oid = ic.relam
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) AS bytes) AS s
CROSS JOIN LATERAL (
    -- 100 is the default of pgvector
    SELECT coalesce(max(o.option_value::bigint), 100) AS lists
    FROM pg_options_to_table(ic.reloptions) AS o
    WHERE o.option_name = 'lists'
) AS l
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'm')
    AND am.amname = 'ivfflat'
    -- -1 stands for "never analysed"
    AND (s.bytes = 0 OR (c.reltuples >= 0 AND c.reltuples < l.lists))
