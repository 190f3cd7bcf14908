-- Gives tables the statistics in $1, JSON, and says by their numbers whether the server took all of them. The table
-- itself is described as it is here: how large, how many rows, and how much of it all may see.
WITH given AS (
    SELECT t.number, t.schema, t.name, t.rows, t.target, t.columns
    FROM json_to_recordset($1::json) AS t (number int, schema text, name text, rows real, target int, columns json)
),
standing AS (
    SELECT
        given.*,
        (pg_relation_size(c.oid) / current_setting('block_size')::int)::int AS pages,
        -- A visibility map is of COPY FREEZE, which leaves no page out, or of a VACUUM since.
        pg_relation_size(c.oid, 'vm') > 0 AS is_frozen
    FROM given
    JOIN pg_namespace n ON n.nspname = given.schema
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = given.name
    -- not: where this server gathers them coarser or finer
    WHERE given.target IS NULL OR given.target = current_setting('default_statistics_target')::int
),
taken AS (
    SELECT given.number, false AS is_taken
    FROM given
    WHERE NOT EXISTS (
        SELECT FROM standing WHERE (standing.schema, standing.name) = (given.schema, given.name)
    )
    UNION ALL
    SELECT
        standing.number,
        pg_restore_relation_stats(
            'schemaname', standing.schema, 'relname', standing.name,
            'relpages', standing.pages, 'reltuples', standing.rows,
            'relallvisible', CASE WHEN standing.is_frozen THEN standing.pages ELSE 0 END,
            'relallfrozen', CASE WHEN standing.is_frozen THEN standing.pages ELSE 0 END
        )
    FROM standing
    UNION ALL
    SELECT
        standing.number,
        pg_restore_attribute_stats(
            'schemaname', standing.schema, 'relname', of_column.relation,
            'attname', of_column.attname, 'attnum', of_column.attnum, 'inherited', false,
            'null_frac', of_column.null_frac, 'avg_width', of_column.avg_width, 'n_distinct', of_column.n_distinct,
            'most_common_vals', of_column.most_common_vals,
            'most_common_freqs', of_column.most_common_freqs::real[],
            'histogram_bounds', of_column.histogram_bounds, 'correlation', of_column.correlation,
            'most_common_elems', of_column.most_common_elems,
            'most_common_elem_freqs', of_column.most_common_elem_freqs::real[],
            'elem_count_histogram', of_column.elem_count_histogram::real[]
        )
    FROM standing
    CROSS JOIN LATERAL json_to_recordset(standing.columns) AS of_column (
        relation text, attname text, attnum int2, null_frac real, avg_width int, n_distinct real,
        most_common_vals text, most_common_freqs text, histogram_bounds text, correlation real,
        most_common_elems text, most_common_elem_freqs text, elem_count_histogram text
    )
)
SELECT taken.number, bool_and(taken.is_taken) AS is_taken
FROM taken
GROUP BY taken.number
