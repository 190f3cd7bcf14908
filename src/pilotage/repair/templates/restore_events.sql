BEGIN
    IF pg_catalog.current_setting('pilotage.event_triggers') <> '' THEN
        EXECUTE pg_catalog.current_setting('pilotage.event_triggers');
    END IF;
END
