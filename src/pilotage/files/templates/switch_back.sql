BEGIN
    IF pg_catalog.current_setting('pilotage.bystanders') <> '' THEN
        EXECUTE pg_catalog.current_setting('pilotage.bystanders');
    END IF;
END
