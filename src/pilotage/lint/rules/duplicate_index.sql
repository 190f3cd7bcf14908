-- Indexes that another index of the same table makes needless: the same columns and expressions in the same order,
-- by the same operators, for the same rows, and unique where they are.
WITH i AS MATERIALIZED (
    SELECT
        x.indexrelid,
        x.indrelid,
        x.indisunique,
        n.nspname,
        c.relname AS table_name,
        ic.relname AS index_name,
        -- what else needs the index
        con.conindid IS NOT NULL OR x.indisreplident OR x.indisclustered AS needed,
        (con.conindid IS NOT NULL)::int * 4 + x.indisreplident::int * 2 + x.indisclustered::int AS weight,
        -- what uniqueness means differs by these
        x.indimmediate,
        coalesce((to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct,
        ROW(
            ic.relam,
            x.indkey::text,
            x.indnkeyatts,
            x.indclass::text,
            x.indcollation::text,
            x.indoption::text,
            pg_get_expr(x.indexprs, x.indrelid),
            pg_get_expr(x.indpred, x.indrelid),
            ic.reloptions::text
        )::text AS shape
    FROM pg_index x
    JOIN pg_class ic ON ic.oid = x.indexrelid
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_constraint con ON con.conindid = x.indexrelid AND con.contype IN ('p', 'u', 'x')
    WHERE
        n.nspname = ANY ($1::text[])
        AND c.relkind IN ('r', 'p', 'm')
        -- not: indexes that are not complete, which answer nothing
        AND x.indisvalid
        -- not: indexes of exclusion constraints, whose operators stand elsewhere
        AND NOT x.indisexclusion
        -- not: the parts of a partitioned table's index, which is told
        AND NOT ic.relispartition
)
SELECT
    'pg_class'::regclass AS classid,
    d.indexrelid AS objid,
    0 AS objsubid,
    format(
        'Index %I.%I of table %I.%I does what %I does',
        d.nspname, d.index_name, d.nspname, d.table_name, k.index_name
    ) AS detail,
    json_build_object(
        'schema', d.nspname,
        'name', d.table_name,
        'type', 'table',
        'indexes', json_build_array(d.index_name, k.index_name),
        'drop', d.index_name,
        'keep', k.index_name
    ) AS metadata,
    ARRAY[d.nspname, d.table_name, d.index_name]::text[] AS key
FROM i AS d
CROSS JOIN LATERAL (
    SELECT o.index_name
    FROM i AS o
    WHERE
        o.indrelid = d.indrelid
        AND o.indexrelid <> d.indexrelid
        AND o.shape = d.shape
        AND (
            NOT d.indisunique
            OR (
                o.indisunique
                AND o.nulls_not_distinct = d.nulls_not_distinct
                AND o.indimmediate = d.indimmediate
            )
        )
        -- not: what needs dropping less than the other; of two alike, the first by name stays
        AND (
            (o.indisunique AND NOT d.indisunique)
            OR (
                o.indisunique = d.indisunique
                AND (o.weight, d.index_name COLLATE "C") > (d.weight, o.index_name COLLATE "C")
            )
        )
    ORDER BY o.indisunique DESC, o.weight DESC, o.index_name COLLATE "C"
    LIMIT 1
) AS k
WHERE
    -- not: indexes that something else needs
    NOT d.needed
