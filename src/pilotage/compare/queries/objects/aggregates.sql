-- What becomes of a state only means something where there is a final function, and pg_dump leaves it out else.
SELECT
    'pg_proc'::regclass AS classid,
    p.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'kind', CASE g.aggkind
            WHEN 'n' THEN 'plain' WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set'
        END,
        'direct arguments', g.aggnumdirectargs::text,
        'state function', nullif(g.aggtransfn::oid, 0)::regprocedure::text,
        'state type', format_type(g.aggtranstype, NULL),
        'state size', g.aggtransspace::text,
        'initial state', g.agginitval,
        'final function', nullif(g.aggfinalfn::oid, 0)::regprocedure::text,
        'final function takes extra arguments', CASE WHEN g.aggfinalfn <> 0 THEN g.aggfinalextra::text END,
        'final function modifies', CASE WHEN g.aggfinalfn <> 0 THEN g.aggfinalmodify::text END,
        'combine function', nullif(g.aggcombinefn::oid, 0)::regprocedure::text,
        'serialization function', nullif(g.aggserialfn::oid, 0)::regprocedure::text,
        'deserialization function', nullif(g.aggdeserialfn::oid, 0)::regprocedure::text,
        'moving state function', nullif(g.aggmtransfn::oid, 0)::regprocedure::text,
        'moving inverse function', nullif(g.aggminvtransfn::oid, 0)::regprocedure::text,
        'moving state type', format_type(nullif(g.aggmtranstype, 0), NULL),
        'moving state size', g.aggmtransspace::text,
        'moving initial state', g.aggminitval,
        'moving final function', nullif(g.aggmfinalfn::oid, 0)::regprocedure::text,
        'moving final function takes extra arguments', CASE WHEN g.aggmfinalfn <> 0 THEN g.aggmfinalextra::text END,
        'moving final function modifies', CASE WHEN g.aggmfinalfn <> 0 THEN g.aggmfinalmodify::text END,
        'sort operator', nullif(g.aggsortop, 0)::regoperator::text
    ) AS facts
FROM pg_aggregate g
JOIN pg_proc p ON p.oid = g.aggfnoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1::text[])
