DECLARE
    foreign_file pg_catalog.text;
    expected record;
    referrer record;
    switches record;
    back pg_catalog.text := '';
    found_rows pg_catalog.int8;
    found_checksum pg_catalog.numeric;
    has_rows pg_catalog.bool;
    strangers pg_catalog.text;
BEGIN
    -- Were the tables created by our files, each file's in one transaction? Otherwise this file has not run here.
    SELECT file INTO foreign_file FROM {{creating}} AS files WHERE NOT as_created LIMIT 1;
    IF foreign_file IS NOT NULL THEN
        RAISE INFO USING
            MESSAGE = 'nothing to undo: ' || {{file}} || ' has not run here, for the tables of ' || foreign_file
                || ' are not there as that file creates them';
        RETURN;
    END IF;

{{lock}}
    -- Rows that these files did not bring are nobody's to remove but yours.
    FOR expected IN SELECT * FROM {{states}} WHERE label IS NOT NULL LOOP
        EXECUTE pg_catalog.format('SELECT pg_catalog.count(*), coalesce(pg_catalog.sum({{hash}}), 0) FROM %s', expected.row_text, expected.rows_of)
            INTO found_rows, found_checksum;
        IF found_rows || ' ' || found_checksum <> ALL (expected.states) THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'table %s holds %s rows, and they are not those that its files have brought: nothing is removed',
                    expected.label, found_rows
                ),
                HINT = pg_catalog.format(
                    'Rows were added, changed or deleted since. If all of them may go, DELETE FROM %s yourself, and run '
                    'this file again.', expected.rows_of
                );
        END IF;
    END LOOP;
    SELECT pg_catalog.string_agg(what, ', ' ORDER BY what) INTO strangers FROM (
{{strange_columns}}
    ) AS strange;
    IF strangers IS NOT NULL THEN
        RAISE EXCEPTION USING
            MESSAGE = 'nothing is removed: with the rows of ' || {{file}} || ' would go values of columns that no file '
                'has created: ' || strangers,
            HINT = 'Somebody has added them since, and they are yours to drop or to keep elsewhere. Then run this file '
                'again.';
    END IF;
    FOR referrer IN SELECT * FROM {{referencing}} WHERE relation IS NOT NULL LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || referrer.rows_of || ')' INTO has_rows;
        IF has_rows THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format('table %s references these rows, and still holds rows itself', referrer.relation),
                HINT = 'Run the rollback files in the order of their names.';
        END IF;
    END LOOP;

    -- Triggers on TRUNCATE must not act on this.
    FOR switches IN
        SELECT pg_catalog.format('ALTER TABLE ONLY %s DISABLE TRIGGER %I;', tgrelid::pg_catalog.regclass, tgname) AS off,
            pg_catalog.format('ALTER TABLE ONLY %s ENABLE%s TRIGGER %I;', tgrelid::pg_catalog.regclass,
                CASE tgenabled WHEN 'A' THEN ' ALWAYS' WHEN 'R' THEN ' REPLICA' ELSE '' END, tgname) AS back
        FROM pg_catalog.pg_trigger
        JOIN {{truncated}} ON tgrelid = pg_catalog.to_regclass(named.relation)
        WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 32 <> 0
    LOOP
        EXECUTE switches.off;
        back := back || switches.back;
    END LOOP;
    -- One statement, because tables that reference each other can only be emptied together.
{{truncate}}    IF back <> '' THEN
        EXECUTE back;
    END IF;
    -- Unlike setval(), this is undone where the transaction is.
{{sequences}}
END
