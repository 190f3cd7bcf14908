DECLARE
    needed record;
    filled pg_catalog.bool;
BEGIN
    FOR needed IN
        SELECT * FROM {{rows}}
    LOOP
        IF pg_catalog.to_regclass(needed.relation) IS NULL THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format('table %s does not exist, and this file needs it', needed.label),
                HINT = pg_catalog.format('Run %s first, and all files before it.', needed.file);
        END IF;
        -- Where a policy hides rows even from the owner, the foreign keys alone will tell.
        CONTINUE WHEN NOT needed.has_rows OR pg_catalog.row_security_active(needed.relation);
        EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %s)', needed.rows_of) INTO filled;
        IF NOT filled THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format('table %s is empty, and this file needs its rows', needed.label),
                HINT = pg_catalog.format('Run %s first, and all files before it.', needed.file);
        END IF;
    END LOOP;
END
