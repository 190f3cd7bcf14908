-- Constraints that hold for new rows only.
SELECT
    'pg_constraint'::regclass AS classid,
    con.oid AS objid,
    0 AS objsubid,
    format('Constraint %I of %I.%I was never validated', con.conname, n.nspname, c.relname) AS detail,
    json_build_object(
        'schema', n.nspname, 'name', c.relname, 'type', 'table', 'constraint', con.conname
    ) AS metadata,
    ARRAY[n.nspname, c.relname, con.conname]::text[] AS key,
    -- not: what a dropped constraint would take along, or could not be made again as it is: copies in children, and the
    -- state of a foreign key's own triggers
    CASE
        WHEN
            c.relkind = 'r'
            AND con.coninhcount = 0
            AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent IN (con.conrelid, con.confrelid))
            AND NOT EXISTS (
                SELECT FROM pg_trigger t WHERE t.tgconstraint = con.oid AND t.tgenabled <> 'O'
            )
            THEN json_build_object(
                'statements', json_build_array(
                    format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', n.nspname, c.relname, con.conname)
                ),
                'reverse', to_json(
                    array_remove(
                        ARRAY[
                            format(
                                'ALTER TABLE %I.%I DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', n.nspname, c.relname,
                                con.conname, con.conname, pg_get_constraintdef(con.oid)
                            ),
                            CASE WHEN obj_description(con.oid, 'pg_constraint') IS NOT NULL THEN format(
                                'COMMENT ON CONSTRAINT %I ON %I.%I IS %L', con.conname, n.nspname, c.relname,
                                obj_description(con.oid, 'pg_constraint')
                            ) END
                        ],
                        NULL
                    )
                ),
                'together', true,
                -- not: NOT NULL, since PostgreSQL 18, which is compared as a column's
                'in_migration', CASE WHEN con.contype NOT IN ('c', 'f') THEN json_build_object(
                    'left', 'of NOT NULL constraints it is not taken; run VALIDATE CONSTRAINT at the target'
                ) END,
                'effect', CASE WHEN con.contype IN ('c', 'f') THEN json_build_object(
                    'constraints', json_build_array(json_build_object(
                        'name', con.conname,
                        'table', json_build_object('schema', n.nspname, 'name', c.relname),
                        'referenced', CASE WHEN f.oid IS NOT NULL THEN json_build_object(
                            'schema', fn.nspname, 'name', f.relname
                        ) END
                    ))
                ) END
            )
    END AS fix
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = con.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND NOT con.convalidated
    -- not: the copies that partitions hold
    AND con.conparentid = 0
    -- not: constraints that are not enforced at all, since PostgreSQL 18, which cannot be validated
    AND coalesce((to_jsonb(con) ->> 'conenforced')::boolean, true)
