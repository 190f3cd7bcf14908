-- Every damage that the catalog does not tell of, one line each: rows that break what the target promises, made behind
-- its back. `:seed` chooses the row. The row is another one too, so the table may be named besides.
WITH mine AS (
    SELECT c.*, c.oid::regclass::text AS name
    FROM pg_class AS c
    WHERE relkind = 'r' AND relnamespace IN (
            SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
        )
        -- not: what belongs to extensions
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
        -- not: tables with triggers that fire whatever we do
        AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgenabled IN ('A', 'R'))
),
changes (id, touches, objects, fact, change) AS (
    -- Only the last column of a key: where another is NULL, the key asks for nothing.
    SELECT 'orphan', ARRAY[mine.name], ARRAY['foreign key ' || quote_ident(conname) || ' on ' || mine.name], '^orphans$',
        format('UPDATE ONLY %1$s SET %2$I = %3$s WHERE ctid = (SELECT ctid FROM ONLY %1$s AS r WHERE %2$I IS NOT NULL'
            ' ORDER BY hashtextextended(r::text, :seed) LIMIT 1); SELECT 1 / count(%2$I) FROM ONLY %1$s', mine.name, attname,
            CASE atttypid::regtype::text WHEN 'uuid' THEN format('md5(%I::text)::uuid', attname) WHEN 'text' THEN format('%I || ''+''', attname)
                ELSE format('%I + 1000003', attname) END)
    FROM pg_constraint JOIN mine ON mine.oid = conrelid
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[array_upper(conkey, 1)]
    WHERE contype = 'f' AND convalidated AND conparentid = 0 AND atttypid::regtype::text IN ('uuid', 'text', 'integer', 'bigint')
        -- not: rows at which others end
        AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.contype = 'f' AND o.confrelid = mine.oid AND attnum = ANY (o.confkey))
        AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.contype = 'f' AND o.conrelid = mine.oid AND attnum = ANY (o.conkey) AND o.oid <> pg_constraint.oid)
    UNION ALL
    SELECT 'null-inside', ARRAY[name], ARRAY['NOT NULL of column ' || quote_ident(attname) || ' on table ' || name], '^rows that break it$', format(
        'UPDATE pg_attribute SET attnotnull = false WHERE attrelid = %1$L::regclass AND attname = %2$L;'
            ' UPDATE ONLY %1$s SET %3$s = NULL WHERE ctid = (SELECT ctid FROM ONLY %1$s AS r ORDER BY hashtextextended(r::text, :seed) LIMIT 1);'
            ' UPDATE pg_attribute SET attnotnull = true WHERE attrelid = %1$L::regclass AND attname = %2$L;'
            ' SELECT 1 / count(*) FROM ONLY %1$s WHERE %3$s IS NULL', name, attname, quote_ident(attname))
    FROM mine JOIN pg_attribute ON attrelid = mine.oid AND attnum > 0 AND attnotnull AND NOT attisdropped AND attgenerated = ''
    WHERE attidentity = ''
        AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = mine.oid AND indisprimary AND attnum = ANY (indkey))
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND (conrelid = mine.oid AND attnum = ANY (conkey) OR confrelid = mine.oid AND attnum = ANY (confkey)))
    UNION ALL
    SELECT 'check-broken', ARRAY[mine.name], ARRAY['check constraint ' || quote_ident(conname) || ' on table ' || mine.name], '^rows that break it$', format(
        'ALTER TABLE %1$s DROP CONSTRAINT %2$I;'
            ' UPDATE ONLY %1$s SET %3$I = %4$s WHERE ctid = (SELECT ctid FROM ONLY %1$s AS r ORDER BY hashtextextended(r::text, :seed) LIMIT 1);'
            ' ALTER TABLE %1$s ADD CONSTRAINT %2$I %5$s NOT VALID;'
            ' UPDATE pg_constraint SET convalidated = true WHERE conrelid = %1$L::regclass AND conname = %2$L;'
            -- A value that does not break the constraint is no damage.
            ' SELECT 1 / count(*) FROM ONLY %1$s WHERE NOT (%6$s)',
        mine.name, conname, attname, value, pg_get_constraintdef(k.oid), pg_get_expr(conbin, conrelid))
    FROM pg_constraint AS k JOIN mine ON mine.oid = conrelid
    JOIN pg_attribute AS a ON attrelid = conrelid AND attnum = ANY (conkey) AND attgenerated = '',
    LATERAL unnest(CASE
        WHEN (SELECT typcategory FROM pg_type WHERE pg_type.oid = atttypid) = 'N' THEN ARRAY['0', '-1', '-1000', '1000000']
        WHEN (SELECT typcategory FROM pg_type WHERE pg_type.oid = atttypid) = 'S' THEN ARRAY['''''', '''?!''']
        WHEN atttypid IN ('date'::regtype, 'timestamptz'::regtype) THEN ARRAY['''1066-10-14''', '''3000-01-01''']
    END) AS value
    WHERE contype = 'c' AND convalidated AND coninhcount = 0
        -- not: constraints that children have as well
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = mine.oid)
        AND NOT EXISTS (SELECT FROM pg_description WHERE objoid = k.oid)
        AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.contype = 'f' AND (o.conrelid = mine.oid AND attnum = ANY (o.conkey) OR o.confrelid = mine.oid AND attnum = ANY (o.confkey)))
    UNION ALL
    SELECT 'generated-wrong', ARRAY[name], ARRAY['expression of generated column ' || quote_ident(attname) || ' on table ' || name], '^rows that break it$', format(
        'UPDATE pg_attribute SET attgenerated = '''' WHERE attrelid = %1$L::regclass AND attname = %2$L;'
            ' UPDATE ONLY %1$s SET %3$s = %4$s WHERE ctid = (SELECT ctid FROM ONLY %1$s AS r WHERE %3$s IS NOT NULL ORDER BY hashtextextended(r::text, :seed) LIMIT 1);'
            ' UPDATE pg_attribute SET attgenerated = ''s'' WHERE attrelid = %1$L::regclass AND attname = %2$L;'
            ' SELECT 1 / count(*) FROM ONLY %1$s', name, attname, quote_ident(attname),
            CASE WHEN (SELECT typcategory FROM pg_type WHERE pg_type.oid = atttypid) = 'N' THEN quote_ident(attname) || ' + 1' ELSE 'NULL' END)
    FROM mine JOIN pg_attribute ON attrelid = mine.oid AND attnum > 0 AND attgenerated = 's' AND NOT attisdropped
    UNION ALL
    -- The row goes from one partition to the next of the same parent, which has the same columns in the same order.
    SELECT 'wrong-partition', ARRAY[parent.oid::regclass::text, one.name, other.name], ARRAY['partition bounds on table ' || other.name], '^rows that break it$', format(
        'UPDATE pg_class SET relispartition = false WHERE oid = %2$L::regclass;'
            ' WITH gone AS (DELETE FROM ONLY %1$s WHERE ctid = (SELECT ctid FROM ONLY %1$s AS r ORDER BY hashtextextended(r::text, :seed) LIMIT 1) RETURNING *)'
            ' INSERT INTO %2$s SELECT * FROM gone;'
            ' UPDATE pg_class SET relispartition = true WHERE oid = %2$L::regclass; SELECT 1 / count(*) FROM ONLY %1$s', one.name, other.name)
    FROM mine AS one JOIN pg_inherits AS i ON i.inhrelid = one.oid
    JOIN pg_inherits AS j ON j.inhparent = i.inhparent JOIN mine AS other ON other.oid = j.inhrelid AND other.oid <> one.oid
    JOIN pg_class AS parent ON parent.oid = i.inhparent
    WHERE one.relispartition AND other.relispartition AND one.relnatts = other.relnatts
)
SELECT id, touches, objects, fact, change FROM changes WHERE change IS NOT NULL ORDER BY id, touches, change
