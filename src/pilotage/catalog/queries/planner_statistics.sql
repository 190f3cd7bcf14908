-- What the planner knows of tables that store rows, and of the partitions of partitioned ones; $1 and $2 are schemas
-- and names. "number" is the place among those given, from 0, of the table itself or of the one whose partition it is.
-- "columns" is null where that is not complete or not fresh, or nothing that another server could take over; else it has
-- what pg_restore_attribute_stats() of PostgreSQL 18 takes, by its names.
WITH wanted AS (
    SELECT DISTINCT ON (c.oid)
        (given.number - 1)::int AS number, c.oid, n.nspname, c.relname, c.relkind, c.reltuples,
        -- the part of its rows that may change before autovacuum gathers statistics anew
        coalesce(own.factor, current_setting('autovacuum_analyze_scale_factor')::float8) AS factor
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (schema, name, number)
    JOIN pg_namespace top_schema ON top_schema.nspname = given.schema
    JOIN pg_class top ON top.relnamespace = top_schema.oid AND top.relname = given.name
    CROSS JOIN LATERAL (
        SELECT top.oid AS relid WHERE top.relkind <> 'p'
        UNION ALL
        SELECT tree.relid FROM pg_partition_tree(top.oid) AS tree WHERE top.relkind = 'p'
    ) AS relation
    JOIN pg_class c ON c.oid = relation.relid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
        SELECT option.option_value::float8 AS factor FROM pg_options_to_table(c.reloptions) AS option
        WHERE option.option_name = 'autovacuum_analyze_scale_factor'
    ) AS own ON true
    ORDER BY c.oid, given.number
),
-- Which columns ANALYZE takes, of the table and of its indexes that compute what they hold.
analyzed AS (
    SELECT
        wanted.oid AS of_table, wanted.nspname, relation.relname, relation.is_index, a.attname, a.attnum,
        -- Texts inside of jsonb are in the order of the database's own collation (100), which no column names; domains
        -- may be over it.
        CASE
            WHEN a.attcollation = 0
                AND ('jsonb'::regtype IN (t.oid, t.typelem) OR 'd' IN (t.typtype, element.typtype))
            THEN 100::oid
            ELSE a.attcollation
        END AS attcollation,
        -- not: types of which other statistics are kept (an extension's, ranges'), or whose order may follow a collation
        -- that is not the column's
        t.typanalyze IN (0, 'array_typanalyze'::regproc, 'ts_typanalyze'::regproc)
        AND t.typcategory NOT IN ('C', 'R')
        AND (element.oid IS NULL OR element.typcategory NOT IN ('C', 'R')) AS is_known
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT wanted.oid, wanted.relname, false AS is_index, NULL::int2[] AS keys
        UNION ALL
        SELECT i.indexrelid, c.relname, true, i.indkey::int2[]
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = wanted.oid AND 0 = ANY (i.indkey::int2[])
    ) AS relation
    JOIN pg_attribute a ON a.attrelid = relation.oid
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type element ON element.oid = t.typelem AND t.typcategory = 'A'
    WHERE
        wanted.relkind = 'r'
        AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
        AND coalesce(a.attstattarget, -1) <> 0
        -- not: what an index takes from the table as it is; an int2vector counts from 0
        AND (NOT relation.is_index OR relation.keys[a.attnum - 1] = 0)
),
found AS (
    SELECT
        analyzed.of_table,
        bool_and(analyzed.is_known AND s.attname IS NOT NULL) AS is_complete,
        json_agg(json_build_object(
            'relation', analyzed.relname,
            'attname', CASE WHEN NOT analyzed.is_index THEN analyzed.attname END,
            -- the columns of an index are named by themselves
            'attnum', CASE WHEN analyzed.is_index THEN analyzed.attnum END,
            'null_frac', s.null_frac, 'avg_width', s.avg_width, 'n_distinct', s.n_distinct,
            'most_common_vals', s.most_common_vals::text, 'most_common_freqs', s.most_common_freqs::text,
            'histogram_bounds', s.histogram_bounds::text, 'correlation', s.correlation,
            'most_common_elems', s.most_common_elems::text,
            'most_common_elem_freqs', s.most_common_elem_freqs::text,
            'elem_count_histogram', s.elem_count_histogram::text
        ) ORDER BY analyzed.is_index, analyzed.relname, analyzed.attnum) AS columns,
        sum(coalesce(length(s.most_common_vals::text), 0) + coalesce(length(s.histogram_bounds::text), 0)
            + coalesce(length(s.most_common_elems::text), 0)) AS size,
        array_agg(DISTINCT analyzed.attcollation) FILTER (WHERE analyzed.attcollation <> 0) AS collations
    FROM analyzed
    -- It shows what is of columns that this role may read.
    LEFT JOIN pg_stats AS s
        ON s.schemaname = analyzed.nspname AND s.tablename = analyzed.relname AND s.attname = analyzed.attname
        AND NOT s.inherited
    GROUP BY analyzed.of_table
)
SELECT
    wanted.number, wanted.nspname AS schema, wanted.relname AS name, wanted.relkind = 'p' AS partitioned,
    current_setting('default_statistics_target')::int AS target,
    wanted.reltuples AS rows,
    -- what ANALYZE gathers of it is of its own rows alone, and nothing that cannot be handed over
    wanted.relkind = 'r'
    AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = wanted.oid)
    AND NOT EXISTS (SELECT FROM pg_statistic_ext e WHERE e.stxrelid = wanted.oid) AS plain,
    CASE
        WHEN found.is_complete
            -- not: so much that many tables' would fill a client's memory
            AND found.size <= 1000000
            -- not: where it is not known when it was gathered, since nothing counts what has changed since: after a
            -- crash, an upgrade, on a standby
            AND greatest(pg_stat_get_last_analyze_time(wanted.oid), pg_stat_get_last_autoanalyze_time(wanted.oid))
                IS NOT NULL
            AND pg_stat_get_mod_since_analyze(wanted.oid) <= wanted.factor * wanted.reltuples
        THEN found.columns
    END AS columns,
    coalesce((
        SELECT json_agg(json_build_object('schema', n.nspname, 'name', c.collname))
        FROM pg_collation c
        JOIN pg_namespace n ON n.oid = c.collnamespace
        WHERE c.oid = ANY (found.collations)
    ), '[]'::json) AS collations
FROM wanted
LEFT JOIN found ON found.of_table = wanted.oid
ORDER BY wanted.number, wanted.nspname, wanted.relname
