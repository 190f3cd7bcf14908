-- What it takes to join rows along the foreign keys that are given by schema, table and name: the operators that
-- the keys themselves use, since those need not be on any search path, and whether we may read both ends.
-- "number" is the key's place among those given, from 0.
SELECT
    wanted.number - 1 AS number,
    c.relkind = 'p' AS referencing_is_partitioned,
    rc.relkind = 'p' AS referenced_is_partitioned,
    -- keys with PERIOD exist since PostgreSQL 18, and this column with them
    coalesce((to_jsonb(con) ->> 'conperiod')::boolean, false) AS period,
    (
        has_schema_privilege(n.oid, 'USAGE')
        AND has_schema_privilege(rn.oid, 'USAGE')
        AND has_table_privilege(c.oid, 'SELECT')
        AND has_table_privilege(rc.oid, 'SELECT')
        -- not: where policies hide rows from us; the server refuses rather than count without them
        AND NOT row_security_active(c.oid)
        AND NOT row_security_active(rc.oid)
    ) AS readable,
    greatest(c.relpages, 0) AS pages,
    -- Large, and known to be visible to all but for a tenth of their pages: indexes can be read without the tables.
    (
        c.relkind = 'r' AND c.relpages >= 128 AND c.relallvisible >= 0.9 * c.relpages
        AND rc.relkind = 'r' AND rc.relallvisible >= 0.9 * rc.relpages
    ) AS indexes_suffice,
    operators.comparisons
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS wanted (schema, relation, name, number)
JOIN pg_namespace n ON n.nspname = wanted.schema
-- OFFSET 0: each is looked up by its index. Where schemas are alike, as with one for each tenant, joins by name
-- alone would pair all with all: of 939 such keys, that took 99 s.
CROSS JOIN LATERAL (
    SELECT named.oid, named.relkind, named.relpages, named.relallvisible
    FROM pg_class named
    WHERE named.relname = wanted.relation AND named.relnamespace = n.oid
    OFFSET 0
) c
CROSS JOIN LATERAL (
    SELECT named.*
    FROM pg_constraint named
    WHERE named.conrelid = c.oid AND named.conname = wanted.name AND named.contype = 'f'
    OFFSET 0
) con
JOIN pg_class rc ON rc.oid = con.confrelid
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
CROSS JOIN LATERAL (
    SELECT
        json_agg(
            json_build_object(
                'operator_schema', opn.nspname,
                'operator', op.oprname,
                -- not: polymorphic types, which take the column's type as it is
                'referenced_type',
                CASE WHEN lt.typtype <> 'p' THEN json_build_object('schema', ltn.nspname, 'name', lt.typname) END,
                'referencing_type',
                CASE WHEN rt.typtype <> 'p' THEN json_build_object('schema', rtn.nspname, 'name', rt.typname) END,
                -- where the two columns' collations differ, the key compares by the referenced column's
                'collation',
                CASE
                    WHEN ra.attcollation <> a.attcollation
                    THEN json_build_object('schema', colln.nspname, 'name', coll.collname)
                END
            )
            ORDER BY k.position
        ) AS comparisons
    FROM
        unnest(con.conkey, con.confkey, con.conpfeqop)
            WITH ORDINALITY AS k (attnum, referenced_attnum, operator, position)
    JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
    JOIN pg_attribute ra ON ra.attrelid = con.confrelid AND ra.attnum = k.referenced_attnum
    -- the referenced column is the operator's left side (pg_constraint.conpfeqop: "PK = FK")
    JOIN pg_operator op ON op.oid = k.operator
    JOIN pg_namespace opn ON opn.oid = op.oprnamespace
    JOIN pg_type lt ON lt.oid = op.oprleft
    JOIN pg_namespace ltn ON ltn.oid = lt.typnamespace
    JOIN pg_type rt ON rt.oid = op.oprright
    JOIN pg_namespace rtn ON rtn.oid = rt.typnamespace
    LEFT JOIN pg_collation coll ON coll.oid = ra.attcollation
    LEFT JOIN pg_namespace colln ON colln.oid = coll.collnamespace
) AS operators
