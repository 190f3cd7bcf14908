-- What types that did not come with the server hold: elements, bases, columns; and those whose values are names.
SELECT
    t.oid::bigint AS oid,
    t.typrelid::bigint AS relation,
    t.oid = ANY (r.types) OR t.typelem = ANY (r.types) AS names,
    (
        SELECT coalesce(json_agg(DISTINCT u.type::bigint), '[]')
        FROM (
            SELECT t.typelem AS type
            UNION ALL
            SELECT t.typbasetype
            UNION ALL
            SELECT a.atttypid FROM pg_attribute a
            WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ) AS u
        JOIN pg_type x ON x.oid = u.type
        WHERE
            x.typnamespace <> 'pg_catalog'::regnamespace
            OR x.oid = ANY (r.types)
            OR x.typelem = ANY (r.types)
    ) AS parts,
    -- what the server's own types become without being asked
    t.typnamespace <> 'pg_catalog'::regnamespace
    AND t.oid IN (
        SELECT c.casttarget FROM pg_cast c
        JOIN pg_type s ON s.oid = c.castsource
        WHERE c.castcontext = 'i' AND s.typnamespace = 'pg_catalog'::regnamespace
    ) AS comes_of_itself
FROM pg_type t
CROSS JOIN (
    SELECT
        ARRAY[
            'regclass', 'regtype', 'regproc', 'regprocedure', 'regoper', 'regoperator', 'regconfig', 'regdictionary',
            'regcollation'
        ]::regtype[]::oid[] AS types
) AS r
WHERE
    t.typnamespace <> 'pg_catalog'::regnamespace
    OR t.oid = ANY (r.types)
    OR t.typelem = ANY (r.types)
