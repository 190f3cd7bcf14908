SELECT
    'pg_operator'::regclass AS classid,
    o.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(o.oprowner),
        'function', o.oprcode::regprocedure::text,
        'returns', format_type(o.oprresult, NULL),
        'commutator', nullif(o.oprcom, 0)::regoperator::text,
        'negator', nullif(o.oprnegate, 0)::regoperator::text,
        'restrict', nullif(o.oprrest::oid, 0)::regproc::text,
        'join', nullif(o.oprjoin::oid, 0)::regproc::text,
        'hashes', o.oprcanhash::text,
        'merges', o.oprcanmerge::text
    ) AS facts
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE
    n.nspname = ANY ($1::text[])
    -- not: operators that are only named as another's commutator or negator
    AND o.oprcode <> 0
