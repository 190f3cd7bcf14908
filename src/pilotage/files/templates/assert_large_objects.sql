DECLARE
    expected record;
    descriptor pg_catalog.int4;
    found_bytes pg_catalog.int8;
    found_digest pg_catalog.text;
BEGIN
    FOR expected IN SELECT * FROM {{ranges}} LOOP
        descriptor := pg_catalog.lo_open(expected.loid::pg_catalog.oid, 262144);
        found_bytes := pg_catalog.lo_lseek64(descriptor, 0, 2);
        PERFORM pg_catalog.lo_close(descriptor);
        found_digest := {{digest}};
        IF found_bytes <> expected.until OR found_digest <> expected.digest THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'large object %s: %s bytes with digest %s arrived, where the source had %s with %s: the file is '
                    'damaged or was edited',
                    expected.loid, found_bytes, found_digest, expected.until, expected.digest
                ),
                HINT = 'Nothing of this file was committed. Take the file as it was first written, and run it again.';
        END IF;
    END LOOP;
END
