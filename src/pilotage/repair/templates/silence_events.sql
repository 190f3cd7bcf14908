DECLARE
    triggers record;
    back pg_catalog.text := '';
    firing pg_catalog.text;
BEGIN
    IF pg_catalog.current_setting('event_triggers', true) IS NOT NULL
        AND pg_catalog.has_parameter_privilege('event_triggers', 'SET')
    THEN
        -- PostgreSQL 17 and later
        PERFORM pg_catalog.set_config('event_triggers', 'off', true);
    ELSE
        FOR triggers IN
            SELECT evtname, CASE evtenabled WHEN 'A' THEN ' ALWAYS' WHEN 'R' THEN ' REPLICA' ELSE '' END AS state,
                pg_catalog.pg_has_role(evtowner, 'USAGE') AS own
            FROM pg_catalog.pg_event_trigger
            -- not: those that fire on none of this file's statements
            WHERE evtenabled <> 'D' AND evtevent IN ('ddl_command_start', 'ddl_command_end', 'sql_drop')
            ORDER BY evtname
        LOOP
            IF triggers.own THEN
                EXECUTE pg_catalog.format('ALTER EVENT TRIGGER %I DISABLE', triggers.evtname);
                back := back || pg_catalog.format(
                    'ALTER EVENT TRIGGER %I ENABLE%s;', triggers.evtname, triggers.state
                );
            ELSE
                firing := pg_catalog.concat_ws(', ', firing, pg_catalog.quote_ident(triggers.evtname));
            END IF;
        END LOOP;
    END IF;
    IF firing IS NOT NULL THEN
        RAISE WARNING USING
            MESSAGE = 'event triggers fire on ALTER TABLE and CREATE TEMPORARY TABLE in this file: ' || firing,
            HINT = 'This role may not switch them off. What they write is not repaired by this file.';
    END IF;
    PERFORM pg_catalog.set_config('pilotage.event_triggers', back, true);
END
