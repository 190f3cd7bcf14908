-- Tables, partitions and views in scope ($1), and what privileges let each of the roles ($2) do with them.
WITH RECURSIVE
-- whoever shares rows with a table that has row level security, up and down the inheritance
related AS (
    SELECT c.oid FROM pg_class c WHERE c.relrowsecurity
    UNION
    SELECT CASE WHEN i.inhrelid = r.oid THEN i.inhparent ELSE i.inhrelid END
    FROM related r
    JOIN pg_inherits i ON r.oid IN (i.inhrelid, i.inhparent)
),
-- and the views that read them, directly or through others
guarded AS (
    SELECT related.oid FROM related
    UNION
    SELECT w.ev_class
    FROM guarded g
    JOIN pg_depend d
        ON d.refclassid = 'pg_class'::regclass AND d.refobjid = g.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid
    JOIN pg_class v ON v.oid = w.ev_class
    -- not: rules of tables, which act on what is written
    WHERE v.relkind IN ('v', 'm')
),
-- what a statement about a parent reads of other servers
reaching_out AS (
    SELECT c.oid FROM pg_class c WHERE c.relkind = 'f'
    UNION
    SELECT i.inhparent FROM reaching_out f JOIN pg_inherits i ON i.inhrelid = f.oid
),
reading_out AS (
    SELECT reaching_out.oid FROM reaching_out
    UNION
    SELECT w.ev_class
    FROM reading_out o
    JOIN pg_depend d
        ON d.refclassid = 'pg_class'::regclass AND d.refobjid = o.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid
    JOIN pg_class v ON v.oid = w.ev_class
    WHERE v.relkind = 'v'
)
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    (pg_identify_object('pg_class'::regclass, c.oid, 0)).type AS kind,
    c.oid IN (SELECT guarded.oid FROM guarded) AS guarded,
    c.oid IN (SELECT reading_out.oid FROM reading_out) AS foreign,
    c.relispopulated AS populated,
    (
        SELECT NOT o.rolsuper AND s.rolsuper
        FROM pg_roles o, pg_roles s
        WHERE o.oid = c.relowner AND s.rolname = session_user
    ) AS distrusted,
    c.relkind = 'v'
    AND coalesce(
        (
            SELECT o.option_value::boolean
            FROM pg_options_to_table(c.reloptions) AS o
            WHERE o.option_name = 'security_invoker'
        ),
        false
    ) AS invoker,
    (
        SELECT
            coalesce(
                json_agg(
                    json_build_object(
                        'name', a.attname,
                        'type', format_type(a.atttypid, a.atttypmod),
                        'domain', t.typtype = 'd'
                    )
                    ORDER BY a.attnum
                ),
                '[]'
            )
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS columns,
    ARRAY(
        SELECT a.attname::text
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey[0 : i.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE
            i.indrelid = c.oid
            AND i.indisprimary
            AND i.indisvalid
            -- not: keys that sort otherwise under another collation
            AND NOT EXISTS (
                SELECT
                FROM pg_attribute b
                WHERE b.attrelid = c.oid AND b.attnum = ANY (i.indkey) AND b.attcollation <> 0
            )
        ORDER BY k.place
    ) AS key,
    CASE
        WHEN c.relkind IN ('r', 'm', 'p')
            THEN (
                -- An empty row takes 28 bytes of a block (MaxHeapTuplesPerPage); where there are fewer blocks
                -- than that would make many rows, statistics are not asked.
                SELECT
                    coalesce(
                        sum(
                            CASE
                                WHEN size.blocks * 291 <= $3 OR part.reltuples < 0 THEN size.blocks * 291
                                ELSE least(greatest(part.reltuples, size.blocks), size.blocks * 291)
                            END
                        ),
                        0
                    )::int8
                FROM pg_class part
                CROSS JOIN LATERAL (
                    SELECT
                        coalesce(pg_relation_size(part.oid), 0) / current_setting('block_size')::int8 AS blocks
                ) AS size
                WHERE
                    part.relkind IN ('r', 'm')
                    AND (part.oid = c.oid OR part.oid IN (SELECT tree.relid FROM pg_partition_tree(c.oid) AS tree))
            )
        ELSE 0
    END AS rows,
    (
        SELECT coalesce(json_object_agg(r.rolname, reach.of_role), '{}')
        FROM pg_roles r
        CROSS JOIN LATERAL (
            SELECT
                json_build_object(
                    'reads',
                    CASE
                        WHEN NOT has_schema_privilege(r.oid, n.oid, 'USAGE') THEN NULL
                        WHEN has_table_privilege(r.oid, c.oid, 'SELECT') THEN '"all"'::json
                        WHEN has_any_column_privilege(r.oid, c.oid, 'SELECT')
                            THEN (
                                SELECT json_agg(a.attname ORDER BY a.attnum)
                                FROM pg_attribute a
                                WHERE
                                    a.attrelid = c.oid
                                    AND a.attnum > 0
                                    AND NOT a.attisdropped
                                    AND has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT')
                            )
                    END,
                    'inserts',
                    has_schema_privilege(r.oid, n.oid, 'USAGE')
                    AND has_any_column_privilege(r.oid, c.oid, 'INSERT'),
                    'updates',
                    has_schema_privilege(r.oid, n.oid, 'USAGE')
                    AND has_any_column_privilege(r.oid, c.oid, 'UPDATE'),
                    'deletes',
                    has_schema_privilege(r.oid, n.oid, 'USAGE') AND has_table_privilege(r.oid, c.oid, 'DELETE'),
                    -- check_enable_rls() in src/backend/utils/misc/rls.c
                    'restricted',
                    c.relrowsecurity
                    AND NOT r.rolsuper
                    AND NOT r.rolbypassrls
                    AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE'))
                ) AS of_role
        ) AS reach
        WHERE r.rolname = ANY ($2::text[])
    ) AS reach
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    -- not: temporary relations, which are other sessions'
    AND c.relpersistence <> 't'
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
