DECLARE
    expected record;
    found_position pg_catalog.text;
BEGIN
    FOR expected IN
        SELECT * FROM {{sequences}}
    LOOP
        found_position := 'missing';
        IF pg_catalog.to_regclass(expected.relation) IS NOT NULL THEN
            EXECUTE 'SELECT last_value || '', is_called '' || is_called FROM ' || expected.relation INTO found_position;
        END IF;
        INSERT INTO pg_temp.pilotage_validation (what, object, expected, found)
            VALUES ('sequences', expected.label, expected.expected, found_position);
    END LOOP;
END
