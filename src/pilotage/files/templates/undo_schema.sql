DECLARE
    existing pg_catalog.int8;
    catalogs pg_catalog.oid[];
    oids pg_catalog.oid[];
    written pg_catalog.xid;
    filled record;
    has_rows pg_catalog.bool;
    created_alone pg_catalog.bool;
    strangers pg_catalog.text;
BEGIN
    SELECT pg_catalog.count(oid), pg_catalog.array_agg(catalog::pg_catalog.oid), pg_catalog.array_agg(oid) INTO existing, catalogs, oids
        FROM {{created}} WHERE oid IS NOT NULL;
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
        SELECT * FROM {{stored}} WHERE pg_catalog.to_regclass(relation) IS NOT NULL
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

    -- What hangs on a table goes with it, without a word: of that, nothing may be somebody else's.
    WITH ours AS (
        SELECT * FROM ROWS FROM (pg_catalog.unnest(catalogs), pg_catalog.unnest(oids)) AS created (classid, objid)
    ),
    strange AS (
{{strange_columns}}
        UNION
        SELECT pg_catalog.pg_describe_object(hanging.classid, hanging.objid, hanging.objsubid)
        FROM ours
        JOIN pg_catalog.pg_depend AS hanging ON hanging.refclassid = ours.classid AND hanging.refobjid = ours.objid
        WHERE ours.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND hanging.deptype = 'a'
            -- not: defaults, which are of their columns, and memberships of publications
            AND hanging.classid IN (
                'pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass,
                'pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_policy'::pg_catalog.regclass,
                'pg_catalog.pg_rewrite'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
            )
            -- not: CHECK and NOT NULL, of which most are created with their table; they hold nothing
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint
                WHERE hanging.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND oid = hanging.objid
                    AND contype IN ('c', 'n')
            )
            -- not: what is a part of something else, such as a trigger's copy on a partition
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend AS part
                WHERE part.classid = hanging.classid AND part.objid = hanging.objid AND part.deptype IN ('i', 'P')
            )
            AND NOT EXISTS (
                SELECT FROM ours AS other WHERE other.classid = hanging.classid AND other.objid = hanging.objid
            )
    )
    SELECT pg_catalog.string_agg(what, ', ' ORDER BY what) INTO strangers FROM strange;
    IF strangers IS NOT NULL THEN
        RAISE EXCEPTION USING
            MESSAGE = 'nothing of ' || {{file}} || ' is undone: with its tables would go what it has not created: '
                || strangers,
            HINT = 'It may be another file''s: run the rollback files in the order of their names. Otherwise somebody '
                'has made it since, and it is yours to drop or to keep elsewhere. Then run this file again.';
    END IF;

{{statements}}
END
