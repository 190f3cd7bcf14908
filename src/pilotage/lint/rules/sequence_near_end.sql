-- Sequences that have used three quarters of their numbers. What the role may not read has no last value.
WITH positions AS (
    SELECT
        c.oid,
        c.relname,
        n.nspname,
        s.seqincrement,
        s.seqmin,
        s.seqmax,
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
    ARRAY[u.nspname, u.relname]::text[] AS key
FROM used u
WHERE u.share >= 0.75
