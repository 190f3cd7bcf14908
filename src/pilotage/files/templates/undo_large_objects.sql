DECLARE
    expected record;
    descriptor pg_catalog.int4;
    found_bytes pg_catalog.int8;
    removed pg_catalog.int8 := 0;
BEGIN
    FOR expected IN SELECT * FROM {{objects}} LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata WHERE oid = expected.loid::pg_catalog.oid);
        descriptor := pg_catalog.lo_open(expected.loid::pg_catalog.oid, 262144);
        found_bytes := pg_catalog.lo_lseek64(descriptor, 0, 2);
        PERFORM pg_catalog.lo_close(descriptor);
        IF found_bytes || ' ' || {{digest}} <> ALL (expected.states) THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'large object %s does not hold what its file has brought: nothing is removed', expected.loid
                ),
                HINT = pg_catalog.format(
                    'It is another one, or was changed since. If it may go, SELECT lo_unlink(%s) yourself, and run this '
                    'file again.', expected.loid
                );
        END IF;
        PERFORM pg_catalog.lo_unlink(expected.loid::pg_catalog.oid);
        removed := removed + 1;
    END LOOP;
    IF removed = 0 THEN
        RAISE INFO USING
            MESSAGE = 'nothing to undo: ' || {{file}} || ' has not run here, for none of its large objects is there';
    END IF;
END
