-- Key columns of two or four bytes whose numbers are half used: by the sequence that fills them, or by the planner's
-- statistics of the values that are there.
WITH keys AS (
    SELECT DISTINCT
        c.oid,
        a.attnum,
        a.attname,
        c.relname,
        n.nspname,
        a.atttypid,
        CASE a.atttypid WHEN 'int2'::regtype THEN 32767 ELSE 2147483647 END::numeric AS most
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE
        n.nspname = ANY ($1::text[])
        AND c.relkind IN ('r', 'p')
        -- not: partitions, whose table is told
        AND NOT c.relispartition
        AND i.indisunique
        AND i.indnkeyatts = 1
        AND a.atttypid IN ('int2'::regtype, 'int4'::regtype)
        -- not: keys that are references; what they reference is told
        AND NOT EXISTS (
            SELECT FROM pg_constraint f
            WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]
        )
),
highest AS (
    SELECT k.*, greatest(q.last, v.last) AS last
    FROM keys k
    CROSS JOIN LATERAL (
        -- the sequence of an identity, one that the column owns, or one that its default calls
        SELECT max(
            -- what is asked of sequences is an error for all else, and conditions have no order
            CASE WHEN has_sequence_privilege(s.oid, 'USAGE, SELECT') THEN pg_sequence_last_value(s.oid) END
        ) AS last
        FROM pg_sequence q
        JOIN pg_class s ON s.oid = q.seqrelid
        WHERE
            -- not: unlogged ones, which cannot be read on a replica
            s.relpersistence = 'p'
            AND s.oid IN (
                SELECT d.objid FROM pg_depend d
                WHERE
                    d.classid = 'pg_class'::regclass
                    AND d.refclassid = 'pg_class'::regclass
                    AND d.refobjid = k.oid
                    AND d.refobjsubid = k.attnum
                    AND d.deptype IN ('a', 'i')
                UNION ALL
                SELECT d.refobjid FROM pg_attrdef e
                JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid
                WHERE e.adrelid = k.oid AND e.adnum = k.attnum AND d.refclassid = 'pg_class'::regclass
            )
    ) AS q
    CROSS JOIN LATERAL (
        SELECT max(b.value) AS last
        FROM pg_stats t
        CROSS JOIN LATERAL unnest(t.histogram_bounds::text::bigint[]) AS b (value)
        WHERE t.schemaname = k.nspname AND t.tablename = k.relname AND t.attname = k.attname
    ) AS v
)
SELECT
    'pg_class'::regclass AS classid,
    h.oid AS objid,
    h.attnum AS objsubid,
    format(
        'Column %I of %I.%I, of type %s, is at %s of %s, %s %%', h.attname, h.nspname, h.relname,
        format_type(h.atttypid, NULL), h.last, h.most, trunc(100 * h.last / h.most)
    ) AS detail,
    json_build_object(
        'schema', h.nspname, 'name', h.relname, 'type', 'table', 'column', h.attname, 'last_value', h.last
    ) AS metadata,
    ARRAY[h.nspname, h.relname, h.attname]::text[] AS key
FROM highest h
WHERE h.last >= h.most / 2
