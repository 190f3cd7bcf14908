-- Functions that may run wherever a type is used: of casts, operators, aggregates, domains and types themselves.
SELECT DISTINCT x.oid::bigint AS oid
FROM (
    SELECT c.castfunc AS oid FROM pg_cast c
    UNION ALL
    SELECT o.oprcode FROM pg_operator o
    UNION ALL
    SELECT u.oid FROM pg_aggregate a CROSS JOIN unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn]::oid[]) AS u (oid)
    UNION ALL
    SELECT d.refobjid
    FROM pg_constraint c
    JOIN pg_depend d
        ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_proc'::regclass
    WHERE c.contypid <> 0
    UNION ALL
    SELECT u.oid FROM pg_type t CROSS JOIN unnest(ARRAY[t.typinput, t.typoutput]::oid[]) AS u (oid)
    UNION ALL
    SELECT m.amproc FROM pg_amproc m
) AS x
JOIN pg_proc p ON p.oid = x.oid
WHERE p.pronamespace <> 'pg_catalog'::regnamespace
