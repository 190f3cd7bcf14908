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

    -- A file is one transaction. A row of pg_depend is written when its object is created, and so tells by
    -- which one; nothing but ALTER ... SET SCHEMA writes it again.
    SELECT
        pg_catalog.count(oid) = pg_catalog.count(*) AND pg_catalog.count(DISTINCT creation.xmin::pg_catalog.text) = 1,
        pg_catalog.min(creation.xmin::pg_catalog.text)::pg_catalog.xid
    INTO created_alone, written
    FROM {{anchors}}
    LEFT JOIN pg_catalog.pg_depend AS creation
        ON creation.classid = listed.catalog AND creation.objid = listed.oid AND creation.objsubid = 0
        AND creation.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND creation.deptype = 'n';
    IF NOT created_alone OR written IS NULL OR EXISTS (
        SELECT FROM {{others}}
        JOIN pg_catalog.pg_depend AS creation
            ON creation.classid = listed.catalog AND creation.objid = listed.oid AND creation.objsubid = 0
            AND creation.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND creation.deptype = 'n'
        WHERE creation.xmin = written
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
