#variable_conflict use_column
DECLARE
    pilotage_refused pg_catalog.int8;
BEGIN
    SELECT pg_catalog.count(*) INTO pilotage_refused FROM (
        {{rows}}
    ) AS refused;
    IF pilotage_refused > 0 THEN
        RAISE EXCEPTION USING
            MESSAGE = pg_catalog.format({{message}}, pilotage_refused),
            HINT = {{hint}};
    END IF;
END
