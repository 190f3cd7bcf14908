BEGIN
    IF pg_catalog.current_setting({{setting}}) = 'false' THEN
        BEGIN
            EXECUTE {{again}};
        EXCEPTION WHEN OTHERS THEN
            RAISE;  -- nothing is caught: the clause is here for the subtransaction that it makes
        END;
        RAISE WARNING USING
            MESSAGE = {{label}} || ' were or was not as in a new database, and a rollback will leave what is there now';
    END IF;
END
