SELECT
    d.classoid AS classid,
    d.objoid AS objid,
    d.objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object('comment', d.description) AS facts
FROM pg_description d
WHERE
    -- not: what initdb made (FirstNormalObjectId in src/include/access/transam.h), but for the schema public
    d.objoid >= 16384
    OR (d.classoid = 'pg_namespace'::regclass AND d.objoid = to_regnamespace('public'))
    -- large objects have what OIDs they were given
    OR d.classoid = 'pg_largeobject'::regclass
UNION ALL
-- on attributes of composite types, which are the types' facts
SELECT
    'pg_type'::regclass,
    c.reltype,
    0,
    NULL,
    NULL,
    NULL,
    json_object_agg('comment on attribute ' || quote_ident(a.attname), d.description)
FROM pg_description d
JOIN pg_class c ON c.oid = d.objoid AND c.relkind = 'c'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
WHERE d.classoid = 'pg_class'::regclass AND d.objsubid > 0
GROUP BY c.reltype
UNION ALL
SELECT
    d.classoid,
    d.objoid,
    0,
    NULL,
    NULL,
    NULL,
    json_build_object('comment', d.description)
FROM pg_shdescription d
-- not: of roles and tablespaces, which belong to the cluster
WHERE
    d.classoid = 'pg_database'::regclass
    AND d.objoid = (SELECT this.oid FROM pg_database this WHERE this.datname = current_database())
