-- What pg_dump leaves out of its archives without a word, each with the reason.
-- Names are as SQL has them: the session's search_path is empty.
-- not: privileges on what is in schema information_schema; what initdb gave there is recorded nowhere
SELECT
    what.type || ' ' || what.identity AS object,
    'pg_dump takes all that is in schema ' || n.nspname || ' for PostgreSQL''s own; create it yourself, or move it '
        'to a schema of yours' AS because
FROM (
    SELECT 'pg_class'::regclass AS catalog, oid, relnamespace AS schema
    FROM pg_class
    -- not: indexes, which come with their tables; composite types, which are listed as types
    WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
    UNION ALL
    SELECT 'pg_operator'::regclass, oid, oprnamespace FROM pg_operator
    UNION ALL
    SELECT 'pg_collation'::regclass, oid, collnamespace FROM pg_collation
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, t.typnamespace
    FROM pg_type t
    LEFT JOIN pg_class c ON c.oid = t.typrelid
    -- not: the row types of relations; not: arrays
    WHERE coalesce(c.relkind = 'c', true) AND t.typcategory <> 'A'
) AS made
JOIN pg_namespace n ON n.oid = made.schema
CROSS JOIN LATERAL pg_identify_object(made.catalog, made.oid, 0) AS what
WHERE
    n.nspname IN ('pg_catalog', 'information_schema')
    -- not: what initdb made (FirstNormalObjectId)
    AND made.oid >= 16384
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = made.catalog AND d.objid = made.oid AND d.deptype = 'e'
    )

UNION ALL

SELECT
    'state of constraint ' || quote_ident(con.conname) || ' on ' || con.conrelid::regclass,
    'its own triggers are not in their usual state on '
        || string_agg(DISTINCT t.tgrelid::regclass::text, ', ' ORDER BY t.tgrelid::regclass::text)
        || ' (as after ALTER TABLE ... DISABLE TRIGGER ALL), so it may not hold there; on the target it does'
FROM pg_trigger t
JOIN pg_constraint con ON con.oid = t.tgconstraint
JOIN pg_namespace n ON n.oid = con.connamespace
WHERE
    n.nspname = ANY ($1::text[])
    -- not: triggers that users made, which pg_dump brings in their state
    AND con.contype IN ('f', 'p', 'u', 'x')
    AND t.tgisinternal
    AND t.tgenabled <> 'O'
    -- not: the copies that partitions have of a key
    AND con.conparentid = 0
GROUP BY con.oid, con.conname, con.conrelid
