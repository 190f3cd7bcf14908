DECLARE
    expected record;
    found_position pg_catalog.text;
    notes pg_catalog.jsonb[] := '{}';
BEGIN
    FOR expected IN
        SELECT * FROM {{sequences}}
    LOOP
        found_position := 'missing';
        IF pg_catalog.to_regclass(expected.relation) IS NOT NULL THEN
            EXECUTE 'SELECT last_value || '', is_called '' || is_called FROM ' || expected.relation INTO found_position;
        END IF;
        notes := pg_catalog.array_append(notes, pg_catalog.jsonb_build_object(
            'what', 'sequences', 'object', expected.label, 'expected', expected.expected, 'found', found_position
        ));
    END LOOP;
    PERFORM pg_catalog.set_config('pilotage.validation', ({{so_far}} || pg_catalog.to_jsonb(notes))::pg_catalog.text, true);
END
