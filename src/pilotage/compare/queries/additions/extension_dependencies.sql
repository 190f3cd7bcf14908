-- What ALTER ... DEPENDS ON EXTENSION has said: such an object is no member, but goes with the extension.
SELECT
    d.classid::regclass AS classid,
    d.objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'depends on extension', string_agg(quote_ident(e.extname), ', ' ORDER BY e.extname COLLATE "C")
    ) AS facts
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
GROUP BY d.classid, d.objid
