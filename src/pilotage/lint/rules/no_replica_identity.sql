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
    ARRAY[n.nspname, c.relname]::text[] AS key,
    -- not: where somebody has set NOTHING, and where the lost index leaves what DEFAULT would not
    CASE WHEN c.relreplident <> 'n' AND k.name IS NOT NULL THEN json_build_object(
        'statements', json_build_array(
            format('ALTER TABLE %I.%I REPLICA IDENTITY USING INDEX %I', n.nspname, c.relname, k.name)
        ),
        'reverse', json_build_array(format('ALTER TABLE %I.%I REPLICA IDENTITY DEFAULT', n.nspname, c.relname)),
        'together', true,
        'effect', json_build_object('replica_identities', json_build_array(json_build_object(
            'table', json_build_object('schema', n.nspname, 'name', c.relname),
            'before', CASE c.relreplident WHEN 'd' THEN 'default' ELSE 'index that is not there any more' END,
            'index', k.name
        )))
    ) END AS fix
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
LEFT JOIN LATERAL (
    -- what REPLICA IDENTITY USING INDEX takes; of several, that which duplicate_index keeps
    SELECT ic.relname AS name
    FROM pg_index i
    JOIN pg_class ic ON ic.oid = i.indexrelid
    WHERE
        i.indrelid = c.oid
        AND i.indisunique
        AND i.indisvalid
        AND i.indisready
        AND i.indislive
        AND i.indimmediate
        AND i.indpred IS NULL
        AND i.indexprs IS NULL
        AND NOT EXISTS (
            SELECT
            FROM unnest(i.indkey) WITH ORDINALITY AS u (attnum, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
            WHERE
                u.place <= i.indnkeyatts
                AND (
                    NOT a.attnotnull
                    -- since PostgreSQL 18, NOT NULL need not hold for all rows
                    OR EXISTS (
                        SELECT FROM pg_constraint x
                        WHERE
                            x.conrelid = c.oid
                            AND x.contype = 'n'
                            AND NOT x.convalidated
                            AND a.attnum = ANY (x.conkey)
                    )
                )
        )
        -- not: beside a primary key, by which the reverse would tell rows apart
        AND NOT EXISTS (SELECT FROM pg_index o WHERE o.indrelid = c.oid AND o.indisprimary)
    ORDER BY
        i.indnkeyatts,
        EXISTS (SELECT FROM pg_constraint x WHERE x.conindid = i.indexrelid) DESC,
        i.indisclustered DESC,
        ic.relname COLLATE "C"
    LIMIT 1
) AS k ON true
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
