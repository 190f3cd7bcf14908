-- NOT NULL as a constraint with a name and a state; before PostgreSQL 18 there is only the column's fact.
SELECT
    'pg_class'::regclass AS classid,
    con.conrelid AS objid,
    con.conkey[1]::int4 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'not null constraint', quote_ident(con.conname) || ' ' || pg_get_constraintdef(con.oid)
    ) AS facts
FROM pg_constraint con
JOIN pg_namespace n ON n.oid = con.connamespace
WHERE n.nspname = ANY ($1::text[]) AND con.contype = 'n' AND con.conrelid <> 0
