DECLARE
    loaded record;
    found_rows pg_catalog.int8;
BEGIN
    FOR loaded IN
        SELECT * FROM {{rows}}
    LOOP
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
