-- The relations that each view's query names, by the view's OID: a view's query is its _RETURN rule.
SELECT DISTINCT
    r.ev_class::int8 AS view,
    rn.nspname AS schema,
    rc.relname AS name
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class rc ON rc.oid = d.refobjid
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('v', 'm')
    AND r.rulename = '_RETURN'
    -- not: the view itself, to which its rule belongs
    AND d.refobjid <> r.ev_class
    -- not: sequences and indexes; not: row types of composite types
    AND rc.relkind IN ('r', 'p', 'f', 'v', 'm')
