SELECT
    'pg_cast'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'method', CASE c.castmethod
            WHEN 'f' THEN c.castfunc::regprocedure::text WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION'
        END,
        'context', CASE c.castcontext
            WHEN 'e' THEN 'explicit' WHEN 'a' THEN 'assignment' WHEN 'i' THEN 'implicit'
        END
    ) AS facts
FROM pg_cast c
WHERE
    -- not: those that initdb makes (FirstNormalObjectId in src/include/access/transam.h)
    c.oid >= 16384
    -- not: from a range to its multirange, which PostgreSQL makes with the type
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i'
    )
