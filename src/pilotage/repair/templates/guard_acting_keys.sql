DECLARE
    keys record;
    touched pg_catalog.int8;
BEGIN
    -- A foreign key that deletes or changes referencing rows may find none but those that leave too.
    FOR keys IN
        SELECT pg_catalog.quote_ident(con.conname) AS name, con.conrelid::pg_catalog.regclass AS referencing,
            CASE child.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || child.oid::pg_catalog.regclass AS child_rows,
            CASE parent.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || parent.oid::pg_catalog.regclass AS parent_rows,
            (
                SELECT pg_catalog.string_agg(
                    pg_catalog.format(
                        'parent.%I OPERATOR(%I.%s) child.%I', referenced.attname, n.nspname, o.oprname, a.attname
                    ),
                    ' AND ' ORDER BY part.place
                )
                FROM ROWS FROM (
                    pg_catalog.unnest(con.conkey), pg_catalog.unnest(con.confkey), pg_catalog.unnest(con.conpfeqop)
                ) WITH ORDINALITY AS part (attnum, referenced_attnum, operator, place)
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = part.attnum
                JOIN pg_catalog.pg_attribute AS referenced
                    ON referenced.attrelid = con.confrelid AND referenced.attnum = part.referenced_attnum
                JOIN pg_catalog.pg_operator AS o ON o.oid = part.operator
                JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
            ) AS matching
        FROM pg_catalog.pg_constraint AS con
        JOIN pg_catalog.pg_class AS child ON child.oid = con.conrelid
        JOIN pg_catalog.pg_class AS parent ON parent.oid = con.confrelid
        WHERE con.contype = 'f'
            -- not: copies that partitions hold
            AND con.conparentid = 0
            -- not: keys that wait for the end, or refuse by themselves
            AND con.confdeltype IN ('c', 'n', 'd')
            -- not: keys that are NOT ENFORCED, known since PostgreSQL 18
            AND coalesce((pg_catalog.to_jsonb(con) ->> 'conenforced')::pg_catalog.bool, true)
            AND con.confrelid IN (
                SELECT coalesce(tree.relid, leaving.relation)
                FROM (SELECT DISTINCT relation FROM pg_temp.pilotage_leaving) AS leaving
                LEFT JOIN pg_catalog.pg_partition_ancestors(leaving.relation) AS tree (relid) ON true
            )
        ORDER BY 1
    LOOP
        EXECUTE pg_catalog.format(
            'SELECT pg_catalog.count(*) FROM %s AS child JOIN %s AS parent ON %s'
            ' JOIN pg_temp.pilotage_leaving AS leaving'
            ' ON leaving.relation = parent.tableoid AND leaving.place = parent.ctid'
            ' WHERE NOT EXISTS (SELECT FROM pg_temp.pilotage_leaving AS too'
            ' WHERE too.relation = child.tableoid AND too.place = child.ctid)',
            keys.child_rows, keys.parent_rows, keys.matching
        ) INTO touched;
        IF touched > 0 THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    '%s rows of %s reference rows that this file removes, and foreign key %s would delete or '
                    'change them', touched, keys.referencing, keys.name
                ),
                HINT = 'This file may not touch those. Verify again and write the file anew; where it leaves '
                    'out that table, bring that table again first.';
        END IF;
    END LOOP;
END
