DECLARE
    needed record;
BEGIN
    SELECT * INTO needed FROM {{objects}} WHERE oid IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            MESSAGE = pg_catalog.format('%s does not exist, and this file needs it', needed.label),
            HINT = pg_catalog.format('Run %s first, and all files before it.', needed.file);
    END IF;
END
