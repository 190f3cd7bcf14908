DECLARE
    missing pg_catalog.text;
BEGIN
    SELECT pg_catalog.string_agg(label, ', ') INTO missing FROM {{objects}} WHERE oid IS NULL;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING
            MESSAGE = pg_catalog.format('this file has not created %s; it is damaged or was edited', missing),
            HINT = 'Nothing of this file was committed. Take the file as it was first written, and run it again.';
    END IF;
END
