BEGIN
    IF pg_catalog.current_setting('pilotage.immediate_keys') <> '' THEN
        EXECUTE pg_catalog.current_setting('pilotage.immediate_keys');
    END IF;
END
