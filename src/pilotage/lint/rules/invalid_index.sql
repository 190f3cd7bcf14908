-- Indexes that no query may use.
WITH building AS (
    -- a REINDEX tells of the index that it is for, and not of the one that it builds beside that; where the role may
    -- not see of which table a build is, that may be any
    SELECT b.relid
    FROM pg_stat_progress_create_index b
    WHERE b.datname = current_database()
)
SELECT
    'pg_class'::regclass AS classid,
    i.indexrelid AS objid,
    0 AS objsubid,
    format('Index %I.%I of table %I.%I is not valid', n.nspname, ic.relname, n.nspname, c.relname) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'index_name', ic.relname) AS metadata,
    ARRAY[n.nspname, c.relname, ic.relname]::text[] AS key,
    CASE
        -- not: parts of partitioned indexes and what is beside them, what a constraint needs, and what REINDEX refuses
        WHEN
            ic.relkind = 'I'
            OR ic.relispartition
            OR i.indisexclusion
            OR EXISTS (SELECT FROM pg_constraint x WHERE x.conindid = i.indexrelid)
            THEN NULL
        WHEN EXISTS (SELECT FROM building b WHERE b.relid IS NULL) THEN NULL
        -- what is left of a REINDEX or DROP INDEX that failed
        WHEN NOT i.indislive OR o.original IS NOT NULL
            THEN json_build_object(
                'statements', json_build_array(
                    format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', n.nspname, ic.relname)
                ),
                'reverse', json_build_array(),
                'in_migration', json_build_object('left', 'pg_dump leaves it out, so the target is without it')
            )
        WHEN ic.relname !~ '_cc(new|old)[0-9]*$'
            THEN json_build_object(
                'statements', json_build_array(format('REINDEX INDEX CONCURRENTLY %I.%I', n.nspname, ic.relname)),
                -- an index that is not valid cannot be made; pg_dump leaves it out, so that without it all is as before.
                -- Not where it was not rebuilt, and not of a unique one, which may keep duplicates out though not valid
                'reverse', CASE WHEN i.indisunique THEN json_build_array() ELSE json_build_array(
                    format(
                        'DO %L',
                        format(
                            'BEGIN IF (SELECT indisvalid FROM pg_catalog.pg_index '
                            'WHERE indexrelid = pg_catalog.to_regclass(%L)) '
                            'THEN SET LOCAL lock_timeout = ''5s''; DROP INDEX %I.%I; END IF; END',
                            format('%I.%I', n.nspname, ic.relname), n.nspname, ic.relname
                        )
                    )
                ) END,
                'in_migration', CASE
                    WHEN i.indisunique OR ic.reltablespace <> 0 THEN json_build_object(
                        'left', 'pg_dump leaves it out, and '
                        || CASE
                            WHEN i.indisunique THEN 'rows may be against it'
                            ELSE 'it has a tablespace of its own'
                        END
                        || ': create it at the target'
                    )
                    ELSE json_build_object(
                        'statements', to_json(array_remove(
                            ARRAY[
                                pg_get_indexdef(i.indexrelid),
                                CASE WHEN obj_description(i.indexrelid, 'pg_class') IS NOT NULL THEN format(
                                    'COMMENT ON INDEX %I.%I IS %L', n.nspname, ic.relname,
                                    obj_description(i.indexrelid, 'pg_class')
                                ) END
                            ],
                            NULL
                        )),
                        'reverse', json_build_array(format('DROP INDEX %I.%I', n.nspname, ic.relname))
                    )
                END,
                'effect', CASE WHEN NOT i.indisunique AND ic.reltablespace = 0 THEN json_build_object(
                    'rebuilt_indexes', json_build_array(json_build_object(
                        'name', json_build_object('schema', n.nspname, 'name', ic.relname),
                        'table', json_build_object('schema', n.nspname, 'name', c.relname)
                    ))
                ) END
            )
    END AS fix
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    -- the index that a REINDEX CONCURRENTLY was for; its name was cut to make room for the ending
    SELECT max(vc.relname) AS original
    FROM pg_index v
    JOIN pg_class vc ON vc.oid = v.indexrelid
    WHERE
        v.indrelid = i.indrelid
        AND v.indexrelid <> i.indexrelid
        AND v.indkey::text = i.indkey::text
        AND v.indclass::text = i.indclass::text
        AND ic.relname ~ '_cc(new|old)[0-9]*$'
        AND starts_with(vc.relname, regexp_replace(ic.relname, '_cc(new|old)[0-9]*$', ''))
) AS o ON true
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'p', 'm')
    AND NOT (i.indisvalid AND i.indisready AND i.indislive)
    -- not: while an index of the table is being built, or built again
    AND NOT EXISTS (SELECT FROM building b WHERE b.relid = c.oid)
