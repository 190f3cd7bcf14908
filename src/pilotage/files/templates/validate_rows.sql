DECLARE
    expected record;
    found_rows pg_catalog.int8;
    found_checksum pg_catalog.numeric;
BEGIN
    FOR expected IN
        SELECT * FROM {{rows}}
    LOOP
        found_rows := NULL;
        found_checksum := NULL;
        IF pg_catalog.to_regclass(expected.relation) IS NOT NULL THEN
            EXECUTE pg_catalog.format('SELECT pg_catalog.count(*), coalesce(pg_catalog.sum({{hash}}), 0) FROM %s', expected.row_text, expected.rows_of)
                INTO found_rows, found_checksum;
        END IF;
        INSERT INTO pg_temp.pilotage_validation VALUES (
            'rows', expected.data_file, expected.label,
            pg_catalog.format('%s rows, checksum %s', expected.rows, expected.checksum),
            coalesce(pg_catalog.format('%s rows, checksum %s', found_rows, found_checksum), 'missing'),
            expected.rows, found_rows
        );
    END LOOP;
END
