-- The stored columns of tables in scope and of extensions' tables whose rows users write, and what their types are.
-- A domain is told as the type that it is in the end over: that is how its values are stored.
WITH RECURSIVE stored AS (
    SELECT
        n.nspname, c.relname, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE
        (
            n.nspname = ANY ($1::text[])
            -- tables of extensions whose rows users write, wherever they are
            OR EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig))
        )
        -- not: partitioned tables, whose rows are their partitions'; not: foreign tables, whose rows are elsewhere
        AND c.relkind = 'r'
        -- not: system columns; not: dropped columns
        AND a.attnum > 0
        AND NOT a.attisdropped
        -- not: virtual generated columns (PostgreSQL 18), which are not stored
        AND a.attgenerated <> 'v'
),
over (type, base) AS (
    SELECT DISTINCT atttypid, atttypid FROM stored
    UNION ALL
    SELECT over.type, t.typbasetype FROM over JOIN pg_type t ON t.oid = over.base WHERE t.typtype = 'd'
)
SELECT
    json_build_object('schema', stored.nspname, 'name', stored.relname) AS table,
    stored.attnum AS position,
    stored.attname AS name,
    format_type(stored.atttypid, stored.atttypmod) AS type,
    t.typtype AS kind,
    json_build_object('schema', tn.nspname, 'name', t.typname) AS base,
    -- not: fixed arrays such as oidvector, which have functions of their own
    CASE
        WHEN e.oid IS NOT NULL THEN json_build_object('schema', en.nspname, 'name', e.typname)
    END AS element,
    EXISTS (
        SELECT FROM pg_cast k
        WHERE k.castsource = t.oid AND k.casttarget = 'text'::regtype AND k.castmethod = 'b'
    ) AS is_stored_as_text,
    coalesce((
        SELECT x.extname
        FROM pg_depend d
        JOIN pg_extension x ON x.oid = d.refobjid
        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid
            AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    ), '') AS extension,
    CASE
        WHEN l.oid IS NULL THEN ''
        WHEN NOT l.collisdeterministic THEN 'nondeterministic'
        -- by bytes; C.UTF-8 by characters, which is the same
        WHEN CASE l.collprovider WHEN 'd' THEN d.datlocprovider ELSE l.collprovider END = 'b'
            OR CASE WHEN l.collprovider = 'd' AND d.datlocprovider = 'c' THEN d.datcollate
                WHEN l.collprovider = 'c' THEN l.collcollate END ~* '^(C|POSIX|C\.UTF-?8)$'
        THEN 'bytes'
        ELSE 'deterministic'
    END AS collation,
    -- citext hashes what lower() makes of a value by the database's own locale, whatever the column's collation is
    CASE
        WHEN t.typname = 'citext'
        THEN concat_ws(
            ' ', d.datlocprovider::text, d.datctype,
            coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
            pg_database_collation_actual_version(d.oid)
        )
        ELSE ''
    END AS hashed_by
FROM stored
JOIN over ON over.type = stored.atttypid
JOIN pg_type t ON t.oid = over.base AND t.typtype <> 'd'
JOIN pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_collation l ON l.oid = stored.attcollation
JOIN pg_database d ON d.datname = current_database()
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typsend = 'array_send'::regproc
LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
