DECLARE
    expected record;
    loid pg_catalog.oid;
    descriptor pg_catalog.int4;
    object_bytes pg_catalog.int8;
    found_number pg_catalog.int8;
    found_bytes pg_catalog.int8;
    digests pg_catalog.text;
    notes pg_catalog.jsonb[] := '{}';
BEGIN
    FOR expected IN SELECT * FROM {{parts}} LOOP
        found_number := 0;
        found_bytes := 0;
        digests := '';
        FOR loid IN
            SELECT metadata.oid FROM pg_catalog.pg_largeobject_metadata AS metadata
            WHERE metadata.oid = ANY (expected.oids) ORDER BY metadata.oid
        LOOP
            descriptor := pg_catalog.lo_open(loid, 262144);
            object_bytes := pg_catalog.lo_lseek64(descriptor, 0, 2);
            PERFORM pg_catalog.lo_close(descriptor);
            found_number := found_number + 1;
            found_bytes := found_bytes + object_bytes;
            digests := digests || {{digest}};
        END LOOP;
        notes := pg_catalog.array_append(notes, pg_catalog.jsonb_build_object(
            'what', 'large objects', 'data_file', expected.data_file, 'object', expected.label,
            'expected', pg_catalog.format('%s, %s bytes, digest %s', expected.number, expected.bytes, expected.digest),
            'found', pg_catalog.format('%s, %s bytes, digest %s', found_number, found_bytes,
                pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(digests, 'UTF8')), 'hex'))
        ));
    END LOOP;
    PERFORM pg_catalog.set_config('pilotage.validation', ({{so_far}} || pg_catalog.to_jsonb(notes))::pg_catalog.text, true);
END
