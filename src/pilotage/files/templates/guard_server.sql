BEGIN
    -- not known before PostgreSQL 17
    PERFORM pg_catalog.set_config(name, '0', true)
        FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout';
    IF pg_catalog.current_setting('session_replication_role') <> 'origin' THEN
        RAISE EXCEPTION USING
            MESSAGE = 'session_replication_role is '
                || pg_catalog.current_setting('session_replication_role')
                || ', so foreign keys would not be checked and other triggers would fire than should',
            HINT = 'SET session_replication_role = origin, or take it back where the role or database sets it.';
    END IF;
    IF {{wrong_encoding}} THEN
        RAISE EXCEPTION USING
            MESSAGE = 'this database is encoded in ' || pg_catalog.getdatabaseencoding()
                || ' where {{encoding}} was expected',
            HINT = 'Create it with ENCODING ''{{encoding}}'' TEMPLATE template0.';
    END IF;
    IF {{probe_hash}} <> {{probe}} THEN
        RAISE EXCEPTION USING
            MESSAGE = 'this server computes hashes otherwise than the source, so no checksum could be compared',
            HINT = 'The source''s machine has the other byte order. Copy the rows with pilotage migrate.';
    END IF;
END
