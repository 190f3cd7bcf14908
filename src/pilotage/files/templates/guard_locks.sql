DECLARE
    transactions pg_catalog.int8 := pg_catalog.current_setting('max_connections')::pg_catalog.int8
        + pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8;
    room pg_catalog.int8 := transactions * pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int8;
BEGIN
    -- a quarter more than there is room for may still do, since memory that others leave is used, too
    IF {{needed}} > room * 1.25 THEN
        RAISE EXCEPTION USING
            MESSAGE = 'this file locks about {{needed}} relations in one transaction, and the server has room for about '
                || room || ' locks',
            HINT = pg_catalog.format(
                'ALTER SYSTEM SET max_locks_per_transaction = %s; and restart the server, or divide the group into '
                'several in pilotage.toml.',
                64 * ({{needed}} * 2 / transactions / 64 + 1)
            );
    END IF;
END
