-- Sequences that have used three quarters of their numbers. What the role may not read has no last value.
WITH positions AS (
    SELECT
        c.oid,
        c.relname,
        n.nspname,
        s.seqincrement,
        s.seqmin,
        s.seqmax,
        s.seqtypid,
        -- NULL also for a sequence that was never used
        CASE
            WHEN has_sequence_privilege(c.oid, 'USAGE, SELECT') THEN pg_sequence_last_value(c.oid)
        END AS last
    FROM pg_sequence s
    JOIN pg_class c ON c.oid = s.seqrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE
        n.nspname = ANY ($1::text[])
        -- not: sequences that begin again
        AND NOT s.seqcycle
        -- not: unlogged ones, which cannot be read on a replica
        AND c.relpersistence = 'p'
),
used AS (
    SELECT
        p.*,
        CASE
            WHEN p.seqmax = p.seqmin THEN 1
            WHEN p.seqincrement > 0 THEN (p.last::numeric - p.seqmin) / (p.seqmax::numeric - p.seqmin)
            ELSE (p.seqmax - p.last::numeric) / (p.seqmax::numeric - p.seqmin)
        END AS share
    FROM positions p
    WHERE p.last IS NOT NULL
)
SELECT
    'pg_class'::regclass AS classid,
    u.oid AS objid,
    0 AS objsubid,
    format(
        'Sequence %I.%I is at %s of %s, %s %%', u.nspname, u.relname, u.last,
        CASE WHEN u.seqincrement > 0 THEN u.seqmax ELSE u.seqmin END, trunc(100 * u.share)
    ) AS detail,
    json_build_object(
        'schema', u.nspname, 'name', u.relname, 'type', 'sequence', 'last_value', u.last::text
    ) AS metadata,
    ARRAY[u.nspname, u.relname]::text[] AS key,
    CASE
        WHEN
            -- only its own type ends it; of other bounds, AS would move some and not the others back
            u.seqincrement > 0
            AND u.seqmin = 1
            AND u.seqmax = CASE u.seqtypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 END
            AND t.takers > 0
            AND t.narrow = 0
            THEN json_build_object(
                'statements', json_build_array(format('ALTER SEQUENCE %I.%I AS bigint', u.nspname, u.relname)),
                'reverse', json_build_array(
                    format('ALTER SEQUENCE %I.%I AS %s', u.nspname, u.relname, format_type(u.seqtypid, NULL))
                ),
                'together', true,
                'effect', json_build_object('sequences', json_build_array(json_build_object(
                    'name', json_build_object('schema', u.nspname, 'name', u.relname),
                    'data_type_before', format_type(u.seqtypid, NULL),
                    'maximum_before', u.seqmax,
                    'data_type', 'bigint',
                    'maximum', 9223372036854775807
                )))
            )
    END AS fix
FROM used u
CROSS JOIN LATERAL (
    -- who takes its numbers; whatever is no column of bigint, an identity among them, which has its column's type
    SELECT
        count(*) AS takers,
        count(*) FILTER (WHERE a.atttypid IS DISTINCT FROM 'int8'::regtype OR a.attidentity <> '') AS narrow
    FROM (
        SELECT d.refobjid AS relation, d.refobjsubid AS number
        FROM pg_depend d
        WHERE
            d.classid = 'pg_class'::regclass
            AND d.objid = u.oid
            AND d.refclassid = 'pg_class'::regclass
            AND d.deptype IN ('a', 'i')
        UNION
        SELECT e.adrelid, e.adnum
        FROM pg_depend d
        LEFT JOIN pg_attrdef e ON d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = u.oid
    ) AS d
    LEFT JOIN pg_attribute a ON a.attrelid = d.relation AND a.attnum = d.number
) AS t
WHERE u.share >= 0.75
