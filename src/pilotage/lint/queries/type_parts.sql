-- What types that did not come with the server hold: elements, bases, columns.
SELECT
    t.oid::bigint AS oid,
    t.typrelid::bigint AS relation,
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
        JOIN pg_type x ON x.oid = u.type AND x.typnamespace <> 'pg_catalog'::regnamespace
    ) AS parts,
    -- what the server's own types become without being asked
    t.oid IN (
        SELECT c.casttarget FROM pg_cast c
        JOIN pg_type s ON s.oid = c.castsource
        WHERE c.castcontext = 'i' AND s.typnamespace = 'pg_catalog'::regnamespace
    ) AS comes_of_itself
FROM pg_type t
WHERE t.typnamespace <> 'pg_catalog'::regnamespace
