-- Sequences as they are defined; where they stand is read by sequence_positions.
SELECT
    c.oid::int8 AS oid,
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    pg_get_userbyid(c.relowner) AS owner,
    CASE
        WHEN o.relname IS NOT NULL
        THEN json_build_array(json_build_object('schema', on_.nspname, 'name', o.relname), a.attname)
    END AS owned_by,
    format_type(s.seqtypid, NULL) AS data_type,
    s.seqstart AS start,
    s.seqincrement AS increment,
    s.seqmin AS minimum,
    s.seqmax AS maximum,
    s.seqcache AS cache,
    s.seqcycle AS cycles,
    coalesce(
        has_sequence_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), true
    ) AS readable
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
-- 'a': OWNED BY and serial; 'i': identity
LEFT JOIN pg_depend owned
    ON owned.classid = 'pg_class'::regclass
    AND owned.objid = c.oid
    AND owned.objsubid = 0
    AND owned.refclassid = 'pg_class'::regclass
    AND owned.refobjsubid > 0
    AND owned.deptype IN ('a', 'i')
LEFT JOIN pg_class o ON o.oid = owned.refobjid
LEFT JOIN pg_namespace on_ ON on_.oid = o.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = owned.refobjid AND a.attnum = owned.refobjsubid
WHERE
    n.nspname = ANY ($1::text[])
    -- not: members of extensions; not: sequences owned by columns of such members, which share their fate
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE
            d.classid = 'pg_class'::regclass
            AND d.objid IN (c.oid, o.oid)
            AND d.objsubid = 0
            AND d.deptype = 'e'
    )
