DECLARE
    differences pg_catalog.int8;
    listed pg_catalog.text;
BEGIN
    SELECT
        pg_catalog.count(*),
        pg_catalog.string_agg(
            pg_catalog.format('  %s: %s: expected %s, found %s', checked.what, checked.object, checked.expected, checked.found), E'\n'
            ORDER BY checked.what COLLATE pg_catalog."C", checked.object COLLATE pg_catalog."C"
        )
    INTO differences, listed
    FROM {{notes}}
    WHERE checked.expected <> checked.found;
    IF differences > 0 THEN
        RAISE EXCEPTION USING
            MESSAGE = pg_catalog.format(
                E'%s differences between what should be here and what is:\n%s', differences, listed
            ),
            HINT = 'Rows and objects that others have changed since are differences, too.';
    END IF;
END
