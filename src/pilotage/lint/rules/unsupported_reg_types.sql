-- Columns of types that pg_upgrade refuses: aliases of OIDs that it does not keep. Those of relations, types and roles
-- (regclass, regtype, regrole) it does keep.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    a.attnum AS objsubid,
    format(
        'Column %I of %I.%I is of type %s', a.attname, n.nspname, c.relname,
        format_type(a.atttypid, a.atttypmod)
    ) AS detail,
    json_build_object(
        'schema', n.nspname, 'name', c.relname, 'type', 'table', 'table', c.relname, 'column', a.attname
    ) AS metadata,
    ARRAY[n.nspname, c.relname, a.attname]::text[] AS key
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type base ON base.oid = t.typbasetype
WHERE
    n.nspname = ANY ($1::text[])
    -- not: views, which store nothing
    AND c.relkind IN ('r', 'p', 'm')
    AND a.attnum > 0
    AND NOT a.attisdropped
    -- the type itself, the elements of an array, the base of a domain or its elements
    AND EXISTS (
        SELECT FROM pg_type r
        WHERE
            r.typnamespace = 'pg_catalog'::regnamespace
            AND r.typname IN (
                'regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper', 'regoperator',
                'regproc', 'regprocedure'
            )
            AND r.oid IN (t.oid, t.typelem, base.oid, base.typelem)
    )
