DECLARE
    loaded record;
    existing pg_catalog.text[];
    differing pg_catalog.text;
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
    END LOOP;
END
