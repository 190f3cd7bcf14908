DECLARE
    expected record;
    found_rows pg_catalog.int8;
    found_checksum pg_catalog.numeric;
    notes pg_catalog.jsonb[] := '{}';
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
        notes := pg_catalog.array_append(notes, pg_catalog.jsonb_build_object(
            'what', 'rows', 'data_file', expected.data_file, 'object', expected.label,
            'expected', pg_catalog.format('%s rows, checksum %s', expected.rows, expected.checksum),
            'found', coalesce(pg_catalog.format('%s rows, checksum %s', found_rows, found_checksum), 'missing'),
            'rows', expected.rows, 'rows_found', found_rows
        ));
    END LOOP;
    PERFORM pg_catalog.set_config('pilotage.validation', ({{so_far}} || pg_catalog.to_jsonb(notes))::pg_catalog.text, true);
END
