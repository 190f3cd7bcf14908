-- Tables whose replica identity tells no rows apart: NOTHING; DEFAULT without a primary key; an index that was dropped.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    0 AS objsubid,
    format(
        'Table %I.%I has no usable replica identity%s', n.nspname, c.relname,
        CASE
            WHEN p.names IS NOT NULL
                THEN format('; it is published by %s, so that updates or deletions of its rows fail', p.names)
            ELSE ''
        END
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') AS metadata,
    ARRAY[n.nspname, c.relname]::text[] AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(b.pubname), ', ' ORDER BY b.pubname COLLATE "C") AS names
    FROM pg_publication b
    WHERE
        (b.pubupdate OR b.pubdelete)
        AND (
            b.puballtables
            OR EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = b.oid AND r.prrelid = c.oid)
            OR EXISTS (
                SELECT FROM pg_publication_namespace s WHERE s.pnpubid = b.oid AND s.pnnspid = c.relnamespace
            )
        )
) AS p
WHERE
    n.nspname = ANY ($1::text[])
    -- not: partitioned tables, whose partitions count
    AND c.relkind = 'r'
    -- not: unlogged tables, which are never replicated
    AND c.relpersistence = 'p'
    AND NOT CASE c.relreplident
        WHEN 'f' THEN true
        WHEN 'd' THEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
        WHEN 'i' THEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident)
        ELSE false
    END
