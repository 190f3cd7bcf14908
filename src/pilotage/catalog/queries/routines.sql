-- Functions, procedures and aggregates. The digest is of all that CREATE FUNCTION would say; an aggregate has
-- no such text, so it is of all that CREATE AGGREGATE takes.
SELECT
    json_build_object('schema', n.nspname, 'name', p.proname) AS name,
    pg_get_function_identity_arguments(p.oid) AS arguments,
    CASE p.prokind
        WHEN 'f' THEN 'function'
        WHEN 'p' THEN 'procedure'
        WHEN 'a' THEN 'aggregate'
        WHEN 'w' THEN 'window function'
    END AS kind,
    pg_get_userbyid(p.proowner) AS owner,
    l.lanname AS language,
    encode(
        sha256(
            convert_to(
                CASE
                    WHEN p.prokind = 'a'
                    THEN json_build_array(
                        pg_get_function_result(p.oid), p.proparallel,
                        g.aggkind, g.aggnumdirectargs,
                        g.aggtransfn::regprocedure, g.aggfinalfn::regprocedure, g.aggcombinefn::regprocedure,
                        g.aggserialfn::regprocedure, g.aggdeserialfn::regprocedure,
                        g.aggmtransfn::regprocedure, g.aggminvtransfn::regprocedure,
                        g.aggmfinalfn::regprocedure,
                        g.aggfinalextra, g.aggmfinalextra,
                        -- not: what a final function may change, where there is none; pg_dump leaves it out
                        CASE WHEN g.aggfinalfn <> 0 THEN g.aggfinalmodify END,
                        CASE WHEN g.aggmfinalfn <> 0 THEN g.aggmfinalmodify END,
                        g.aggsortop::regoperator,
                        format_type(g.aggtranstype, NULL), g.aggtransspace,
                        format_type(nullif(g.aggmtranstype, 0), NULL), g.aggmtransspace,
                        g.agginitval, g.aggminitval
                    )::text
                    ELSE pg_get_functiondef(p.oid)
                END,
                'UTF8'
            )
        ),
        'hex'
    ) AS definition_digest,
    CASE WHEN p.prosqlbody IS NOT NULL THEN pg_get_functiondef(p.oid) ELSE '' END AS parsed_definition
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid
WHERE
    n.nspname = ANY ($1::text[])
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    )
    -- not: constructors of range types (PostgreSQL makes them with the type)
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE
            d.classid = 'pg_proc'::regclass
            AND d.objid = p.oid
            AND d.refclassid = 'pg_type'::regclass
            AND d.deptype = 'i'
    )
