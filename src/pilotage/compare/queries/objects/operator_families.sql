-- Families with their operators and functions, those of their classes among them.
SELECT
    'pg_opfamily'::regclass AS classid,
    f.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    (
        SELECT json_object_agg(facts.fact, facts.value)
        FROM (
            SELECT 'owner' AS fact, pg_get_userbyid(f.opfowner)::text AS value
            UNION ALL
            SELECT
                format(
                    'operator %s (%s, %s)',
                    a.amopstrategy, format_type(a.amoplefttype, NULL), format_type(a.amoprighttype, NULL)
                ),
                a.amopopr::regoperator::text || CASE
                    WHEN a.amopsortfamily <> 0
                    THEN ' FOR ORDER BY ' || (
                        SELECT s.opfnamespace::regnamespace::text || '.' || quote_ident(s.opfname)
                        FROM pg_opfamily s
                        WHERE s.oid = a.amopsortfamily
                    )
                    ELSE ''
                END
            FROM pg_amop a
            WHERE a.amopfamily = f.oid
            UNION ALL
            SELECT
                format(
                    'function %s (%s, %s)',
                    a.amprocnum, format_type(a.amproclefttype, NULL), format_type(a.amprocrighttype, NULL)
                ),
                a.amproc::regprocedure::text
            FROM pg_amproc a
            WHERE a.amprocfamily = f.oid
        ) AS facts
    ) AS facts
FROM pg_opfamily f
JOIN pg_namespace n ON n.oid = f.opfnamespace
WHERE n.nspname = ANY ($1::text[])
