DECLARE
    existing pg_catalog.int8;
    written pg_catalog.xid;
    filled record;
    has_rows pg_catalog.bool;
    created_alone pg_catalog.bool;
BEGIN
    SELECT pg_catalog.count(oid) INTO existing FROM {{created}};
    IF existing = 0 THEN
        RAISE INFO USING MESSAGE = 'nothing to undo: ' || {{file}} || ' has not run, or has been undone';
        RETURN;
    END IF;

    -- A file is one transaction, and no other file's.
    SELECT as_created, transaction INTO created_alone, written FROM {{creating}} AS files;
    IF created_alone IS NOT TRUE OR EXISTS (
        SELECT FROM {{creating_others}} AS files WHERE transaction = written
    ) THEN
        RAISE WARNING USING
            MESSAGE = 'nothing of ' || {{file}} || ' is undone: of what it creates some exists, but not as that '
                'file creates it, all of its tables in one transaction of its own',
            HINT = 'It was there before, or somebody has dropped or created some of it since. What may go, drop '
                'yourself.';
        RETURN;
    END IF;

    FOR filled IN
        SELECT * FROM {{tables}} WHERE pg_catalog.to_regclass(relation) IS NOT NULL
    LOOP
        EXECUTE 'LOCK TABLE ' || filled.rows_of || ' IN ACCESS EXCLUSIVE MODE';
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || filled.rows_of || ')' INTO has_rows;
        IF has_rows THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format('table %s holds rows, and is not dropped', filled.label),
                HINT = 'Run the rollback files in the order of their names. Rows that no file has brought are yours '
                    'to remove.';
        END IF;
    END LOOP;

{{statements}}
END
