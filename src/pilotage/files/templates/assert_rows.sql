DECLARE
    expected record;
    found_rows pg_catalog.int8;
    found_checksum pg_catalog.numeric;
BEGIN
    FOR expected IN
        SELECT * FROM {{rows}}
    LOOP
        EXECUTE pg_catalog.format('SELECT pg_catalog.count(*), coalesce(pg_catalog.sum({{hash}}), 0) FROM %s', expected.row_text, expected.rows_of)
            INTO found_rows, found_checksum;
        IF found_rows <> expected.rows OR found_checksum <> expected.checksum THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'table %s: expected %s rows with checksum %s, found %s with %s; %s',
                    expected.label, expected.rows, expected.checksum, found_rows, found_checksum,
                    {{verdict}}
                ),
                HINT = {{hint}};
        END IF;
    END LOOP;
END
