DECLARE
    loaded record;
    existing pg_catalog.text[];
    differing pg_catalog.text;
    found_rows pg_catalog.int8;
BEGIN
    FOR loaded IN
        SELECT * FROM {{rows}}
    LOOP
        IF pg_catalog.to_regclass(loaded.relation) IS NULL THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format('table %s does not exist', loaded.label),
                HINT = {{needs}};
        END IF;
        EXECUTE 'LOCK TABLE ' || loaded.rows_of || ' IN SHARE ROW EXCLUSIVE MODE';
        SELECT coalesce(pg_catalog.array_agg(attname::pg_catalog.text), '{}') INTO existing
            FROM pg_catalog.pg_attribute
            WHERE attrelid = loaded.relation::pg_catalog.regclass AND attnum > 0
                AND NOT attisdropped AND attgenerated = '';
        SELECT label INTO differing
            FROM ROWS FROM (
                pg_catalog.unnest(loaded.columns), pg_catalog.unnest(loaded.column_labels)
            ) AS expected (name, label)
            WHERE name <> ALL (existing) LIMIT 1;
        IF differing IS NOT NULL THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'table %s has no column %s, which this file fills', loaded.label, differing
                ),
                HINT = 'The table is not the one that this file was written for. Create it anew from the '
                    'schema''s files.';
        END IF;
        SELECT name INTO differing FROM pg_catalog.unnest(existing) AS found (name)
            WHERE name <> ALL (loaded.columns) LIMIT 1;
        IF differing IS NOT NULL THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'table %s has a column %s, which this file knows nothing of',
                    loaded.label, pg_catalog.quote_ident(differing)
                ),
                HINT = 'The table is not the one that this file was written for. Create it anew from the '
                    'schema''s files.';
        END IF;
        IF loaded.rows = 0 THEN
            -- Looks at one row where all is well, and counts them only for the message.
            EXECUTE pg_catalog.format(
                'SELECT CASE WHEN EXISTS (SELECT FROM %1$s) THEN (SELECT pg_catalog.count(*) FROM %1$s) ELSE 0 END',
                loaded.rows_of
            ) INTO found_rows;
        ELSE
            EXECUTE 'SELECT pg_catalog.count(*) FROM ' || loaded.rows_of INTO found_rows;
        END IF;
        IF found_rows < loaded.rows THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'table %s holds %s rows where %s were expected: an earlier part has not run',
                    loaded.label, found_rows, loaded.rows
                ),
                HINT = pg_catalog.format(
                    'Run %s first, and all parts before it, in the order of their names.',
                    loaded.earlier_file
                );
        ELSIF found_rows > loaded.rows THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'table %s holds %s rows where %s were expected: this file, or another load, has run before',
                    loaded.label, found_rows, loaded.rows
                ),
                HINT = {{rollback}};
        END IF;
    END LOOP;
END
