-- Definitions of sequences; where each stands is no fact of the catalog.
SELECT
    'pg_class'::regclass AS classid,
    s.seqrelid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'type', format_type(s.seqtypid, NULL),
        'start', s.seqstart::text,
        'increment', s.seqincrement::text,
        'minimum', s.seqmin::text,
        'maximum', s.seqmax::text,
        'cache', s.seqcache::text,
        'cycle', s.seqcycle::text,
        'owned by', (
            SELECT d.refobjid::regclass::text || '.' || quote_ident(a.attname)
            FROM pg_depend d
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE
                d.classid = 'pg_class'::regclass
                AND d.objid = s.seqrelid
                AND d.refclassid = 'pg_class'::regclass
                AND d.refobjsubid > 0
                AND d.deptype IN ('a', 'i')
        )
    ) AS facts
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[])
