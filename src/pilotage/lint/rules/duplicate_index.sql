-- Indexes that another index of the same table makes needless: the same columns and expressions in the same order,
-- by the same operators, for the same rows, and unique where they are.
WITH i AS MATERIALIZED (
    SELECT
        x.indexrelid,
        x.indrelid,
        x.indisunique,
        n.nspname,
        c.relname AS table_name,
        c.relkind,
        ic.relname AS index_name,
        -- what else needs the index; a part of a partitioned table's index goes with that alone
        con.needed OR x.indisreplident OR x.indisclustered OR ic.relispartition AS needed,
        ic.relispartition::int * 8 + con.needed::int * 4 + x.indisreplident::int * 2 + x.indisclustered::int AS weight,
        ts.spcname AS tablespace,
        obj_description(ic.oid, 'pg_class') AS comment,
        -- what is not made again by the statements below; a partitioned table's index has parts, each with its own
        ic.relkind = 'I'
        OR EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = ic.oid AND coalesce(a.attstattarget, -1) <> -1
        )
        OR EXISTS (
            SELECT FROM pg_depend e
            WHERE e.classid = 'pg_class'::regclass AND e.objid = ic.oid AND e.deptype IN ('e', 'x')
        )
        OR EXISTS (SELECT FROM pg_seclabel l WHERE l.classoid = 'pg_class'::regclass AND l.objoid = ic.oid)
            AS has_more,
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
            ic.reloptions::text,
            -- parameters of operator classes: a GiST signature's length, for instance
            (
                SELECT string_agg(a.attnum || a.attoptions::text, ',' ORDER BY a.attnum)
                FROM pg_attribute a
                WHERE a.attrelid = ic.oid AND a.attoptions IS NOT NULL
            )
        )::text AS shape
    FROM pg_index x
    JOIN pg_class ic ON ic.oid = x.indexrelid
    JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
    CROSS JOIN LATERAL (
        -- a key, and a foreign key that references a unique index
        SELECT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid) AS needed
    ) AS con
    WHERE
        n.nspname = ANY ($1::text[])
        AND c.relkind IN ('r', 'p', 'm')
        -- not: indexes that are not complete, which answer nothing
        AND x.indisvalid
        -- not: indexes of exclusion constraints, whose operators stand elsewhere
        AND NOT x.indisexclusion
)
SELECT
    'pg_class'::regclass AS classid,
    d.indexrelid AS objid,
    0 AS objsubid,
    format(
        'Index %I.%I of table %I.%I does what %I does',
        d.nspname, d.index_name, d.nspname, d.table_name, d.kept
    ) AS detail,
    json_build_object(
        'schema', d.nspname,
        'name', d.table_name,
        'type', CASE d.relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END,
        'indexes', json_build_array(least(d.index_name, d.kept), greatest(d.index_name, d.kept)),
        'drop', d.index_name,
        'keep', d.kept
    ) AS metadata,
    ARRAY[
        d.nspname, d.table_name, ARRAY[least(d.index_name, d.kept), greatest(d.index_name, d.kept)]::text
    ]::text[] AS key,
    CASE WHEN NOT d.has_more THEN json_build_object(
        'statements', json_build_array(
            format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', d.nspname, d.index_name)
        ),
        'reverse', to_json(
            array_remove(
                ARRAY[
                    -- not ALTER INDEX, which would keep others out while it copies the index
                    CASE WHEN d.tablespace IS NOT NULL THEN
                        format('SET default_tablespace = %L', d.tablespace)
                    END,
                    regexp_replace(
                        made.again, '^(CREATE (UNIQUE )?INDEX)', '\1 CONCURRENTLY IF NOT EXISTS'
                    ),
                    CASE WHEN d.tablespace IS NOT NULL THEN 'SET default_tablespace = ''''' END,
                    made.with_comment
                ],
                NULL
            )
        ),
        -- in a migration's files, before anybody uses the target
        'in_migration', CASE
            WHEN d.kept_for_foreign_keys THEN json_build_object(
                'left', 'foreign keys need one of both, and the target may choose this one for them; '
                || 'run pilotage lint --fix there'
            )
            ELSE json_build_object(
                'statements', json_build_array(format('DROP INDEX %I.%I', d.nspname, d.index_name)),
                'reverse', to_json(array_remove(ARRAY[made.again, made.in_tablespace, made.with_comment], NULL))
            )
        END,
        'effect', json_build_object('dropped_indexes', json_build_array(json_build_object(
            'name', json_build_object('schema', d.nspname, 'name', d.index_name),
            'table', json_build_object('schema', d.nspname, 'name', d.table_name),
            'kept', json_build_object('schema', d.nspname, 'name', d.kept),
            'definition', made.again
        )))
    ) END AS fix
FROM (
    SELECT DISTINCT ON (d.indexrelid)
        d.*,
        o.index_name AS kept,
        -- not: the index of a key, which is there before a plain one
        EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = o.indexrelid AND k.contype = 'f')
        AND NOT EXISTS (
            SELECT FROM pg_constraint k WHERE k.conindid = o.indexrelid AND k.contype IN ('p', 'u')
        ) AS kept_for_foreign_keys
    FROM i AS d
    JOIN i AS o ON o.indrelid = d.indrelid AND o.shape = d.shape AND o.indexrelid <> d.indexrelid
    WHERE
        -- not: indexes that something else needs
        NOT d.needed
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
    ORDER BY d.indexrelid, o.indisunique DESC, o.weight DESC, o.index_name COLLATE "C"
) AS d
CROSS JOIN LATERAL (
    SELECT
        pg_get_indexdef(d.indexrelid) AS again,
        CASE WHEN d.tablespace IS NOT NULL THEN
            format('ALTER INDEX %I.%I SET TABLESPACE %I', d.nspname, d.index_name, d.tablespace)
        END AS in_tablespace,
        CASE WHEN d.comment IS NOT NULL THEN
            format('COMMENT ON INDEX %I.%I IS %L', d.nspname, d.index_name, d.comment)
        END AS with_comment
) AS made
