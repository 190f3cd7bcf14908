DECLARE
    existing pg_catalog.text;
BEGIN
    SELECT pg_catalog.string_agg(label, ', ') INTO existing FROM {{objects}} WHERE oid IS NOT NULL;
    IF existing IS NOT NULL THEN
        RAISE EXCEPTION USING
            MESSAGE = pg_catalog.format(
                'what this file creates exists already: %s; nothing was changed', existing
            ),
            HINT = 'If this file has run before, go on with the next one. Otherwise the database holds objects of '
                'the same names: rename or drop them, or start with an empty database.';
    END IF;
END
