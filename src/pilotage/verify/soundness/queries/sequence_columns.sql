-- The columns that draw from a sequence: by their default, as identity, or as its owner where they have no
-- default of their own.
WITH use (sequence, relation, attnum) AS (
    SELECT d.refobjid, def.adrelid, def.adnum
    FROM pg_depend d
    JOIN pg_attrdef def ON def.oid = d.objid
    WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid = 0
    UNION
    -- 'a': OWNED BY and serial; 'i': identity
    SELECT d.objid, d.refobjid, d.refobjsubid
    FROM pg_depend d
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND NOT a.atthasdef
    WHERE
        d.classid = 'pg_class'::regclass
        AND d.objsubid = 0
        AND d.refclassid = 'pg_class'::regclass
        AND d.refobjsubid > 0
        AND d.deptype IN ('a', 'i')
)
SELECT
    json_build_object('schema', sn.nspname, 'name', s.relname) AS sequence,
    json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
    c.relkind = 'p' AS partitioned,
    a.attname AS column,
    format_type(a.atttypid, NULL) AS type,
    t.basetype IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AS integer,
    coalesce(
        pg_get_expr(def.adbin, def.adrelid)
            ~ '^\(?nextval\(E?''([^'']|'''')*''::regclass\)\)?(::(integer|smallint|bigint))?$',
        true
    ) AS plain
FROM use
JOIN pg_class s ON s.oid = use.sequence AND s.relkind = 'S'
JOIN pg_namespace sn ON sn.oid = s.relnamespace
JOIN pg_class c ON c.oid = use.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = use.relation AND a.attnum = use.attnum
-- a domain's values are those of its base type
CROSS JOIN LATERAL (
    WITH RECURSIVE chain (oid, next) AS (
        SELECT ty.oid, ty.typbasetype FROM pg_type ty WHERE ty.oid = a.atttypid
        UNION ALL
        SELECT ty.oid, ty.typbasetype FROM chain JOIN pg_type ty ON ty.oid = chain.next
    )
    SELECT oid AS basetype FROM chain WHERE next = 0
) t
LEFT JOIN use AS whole
    ON c.relispartition AND whole.sequence = use.sequence AND whole.relation = pg_partition_root(c.oid)
LEFT JOIN pg_attrdef def ON def.adrelid = a.attrelid AND def.adnum = a.attnum
WHERE
    sn.nspname = ANY ($1::text[])
    -- not: foreign tables, whose rows another server has
    AND c.relkind IN ('r', 'p')
    -- not: partitions whose partitioned table draws from the same sequence, and is asked as a whole
    AND whole.relation IS NULL
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid IN (s.oid, c.oid) AND d.objsubid = 0 AND d.deptype = 'e'
    )
ORDER BY sn.nspname, s.relname, n.nspname, c.relname, a.attname
