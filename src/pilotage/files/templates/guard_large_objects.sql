DECLARE
    taken pg_catalog.int8;
    named pg_catalog.text;
    descriptor pg_catalog.int4;
    found_bytes pg_catalog.int8;
BEGIN
    SELECT pg_catalog.count(*), pg_catalog.string_agg(oid::pg_catalog.text, ', ' ORDER BY oid) FILTER (WHERE place <= 20)
        INTO taken, named
        FROM (
            SELECT oid, pg_catalog.row_number() OVER (ORDER BY oid) AS place
            FROM pg_catalog.pg_largeobject_metadata
            WHERE oid = ANY ({{oids}}::pg_catalog.oid[])
        ) AS there;
    IF taken > 0 THEN
        RAISE EXCEPTION USING
            MESSAGE = pg_catalog.format(
                '%s of the large objects that this file brings are already there: %s%s',
                taken, named, CASE WHEN taken > 20 THEN ' and others' ELSE '' END
            ),
            HINT = {{rollback}};
    END IF;
    IF {{continued}} IS NOT NULL THEN
        IF EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata WHERE oid = {{continued}}) THEN
            descriptor := pg_catalog.lo_open({{continued}}, 262144);
            found_bytes := pg_catalog.lo_lseek64(descriptor, 0, 2);
            PERFORM pg_catalog.lo_close(descriptor);
        END IF;
        IF found_bytes IS DISTINCT FROM {{bytes}} THEN
            RAISE EXCEPTION USING
                MESSAGE = pg_catalog.format(
                    'large object %s holds %s bytes where %s were expected: this file has run before, or an earlier part '
                    'has not run', {{continued}}, coalesce(found_bytes::pg_catalog.text, 'no'), {{bytes}}
                ),
                HINT = {{rollback}};
        END IF;
    END IF;
END
