DECLARE
    differing record;
BEGIN
    SELECT expected.label, expected.columns, found.columns AS found INTO differing
        FROM {{tables}}
        CROSS JOIN LATERAL (
            SELECT coalesce(pg_catalog.string_agg(pg_catalog.quote_ident(attname), ', ' ORDER BY attname COLLATE pg_catalog."C"), '')
                AS columns
            FROM pg_catalog.pg_attribute
            WHERE attrelid = pg_catalog.to_regclass(expected.relation) AND attnum > 0 AND NOT attisdropped
        ) AS found
        WHERE found.columns <> (
            SELECT coalesce(pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' ORDER BY name COLLATE pg_catalog."C"), '')
            FROM pg_catalog.unnest(expected.columns) AS named (name)
        )
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            MESSAGE = pg_catalog.format(
                'table %s has the columns %s where %s were expected; the file is damaged or was edited',
                differing.label, differing.found, pg_catalog.array_to_string(differing.columns, ', ')
            ),
            HINT = 'Nothing of this file was committed. Take the file as it was first written, and run it again.';
    END IF;
END
