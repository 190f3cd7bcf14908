-- What domains demand of the columns that use them: as the column's type, or as the type of an array's elements;
-- of a domain over a domain, what both demand. "expression" is NULL where it is NOT NULL that is demanded.
WITH RECURSIVE step (used, at, next, modifier) AS (
    SELECT oid, oid, typbasetype, typtypmod
    FROM pg_type
    WHERE typtype = 'd'
    UNION ALL
    SELECT step.used, t.oid, t.typbasetype, t.typtypmod
    FROM step
    JOIN pg_type t ON t.oid = step.next AND t.typtype = 'd'
),
-- The type that values of a domain have, below all domains.
base AS (
    SELECT step.used, format_type(t.oid, step.modifier) AS type, t.typtype = 'c' AS composite
    FROM step
    JOIN pg_type t ON t.oid = step.next AND t.typtype <> 'd'
),
demand AS (
    SELECT
        step.used,
        json_build_object('schema', dn.nspname, 'name', dt.typname) AS domain,
        con.conname AS name,
        pg_get_expr(con.conbin, 0) AS expression,
        con.convalidated AS validated,
        -- as in check_constraints
        (
            con.conbin::text ~ 'SQLVALUEFUNCTION|COERCEVIAIO'
            OR EXISTS (
                SELECT FROM regexp_matches(con.conbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS called (ids)
                JOIN pg_proc p ON p.oid = called.ids[1]::oid
                WHERE p.provolatile <> 'i' OR p.oid >= 16384
            )
        ) AS varies,
        -- values are compared by the domain's collation
        CASE WHEN coll.oid IS NOT NULL THEN json_build_object('schema', colln.nspname, 'name', coll.collname) END
            AS collation
    FROM step
    JOIN pg_type dt ON dt.oid = step.at
    JOIN pg_namespace dn ON dn.oid = dt.typnamespace
    JOIN pg_constraint con ON con.contypid = step.at AND con.contype = 'c'
    LEFT JOIN pg_collation coll ON coll.oid = dt.typcollation
    LEFT JOIN pg_namespace colln ON colln.oid = coll.collnamespace
    UNION ALL
    -- that a domain is NOT NULL is a constraint only since PostgreSQL 17
    SELECT
        step.used, json_build_object('schema', dn.nspname, 'name', dt.typname), '', NULL, true, false, NULL
    FROM step
    JOIN pg_type dt ON dt.oid = step.at
    JOIN pg_namespace dn ON dn.oid = dt.typnamespace
    WHERE dt.typnotnull
)
SELECT
    json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
    a.attname AS column,
    u.oid <> a.atttypid AS of_elements,
    base.type AS base_type,
    base.composite,
    demand.domain,
    demand.name,
    demand.expression,
    demand.validated,
    demand.varies,
    demand.collation
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type u ON u.typtype = 'd' AND a.atttypid IN (u.oid, u.typarray)
JOIN base ON base.used = u.oid
JOIN demand ON demand.used = u.oid
WHERE
    a.attnum > 0
    AND NOT a.attisdropped
    -- not: partitioned tables, which store nothing, and foreign tables, whose rows another server has
    AND c.relkind = 'r'
    AND n.nspname = ANY ($1::text[])
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
ORDER BY n.nspname, c.relname, a.attnum, demand.name
