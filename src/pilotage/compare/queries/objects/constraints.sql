-- Constraints of tables and domains. The states are facts of their own and not of the definition.
SELECT
    'pg_constraint'::regclass AS classid,
    con.oid AS objid,
    0 AS objsubid,
    CASE WHEN con.conrelid <> 0 THEN 'pg_class'::regclass ELSE 'pg_type'::regclass END::oid AS holder_class,
    CASE WHEN con.conrelid <> 0 THEN con.conrelid ELSE con.contypid END AS holder,
    coalesce(
        nullif(con.conparentid, 0),
        (
            SELECT inherited.oid
            FROM pg_inherits i
            JOIN pg_constraint inherited
                ON inherited.conrelid = i.inhparent AND inherited.conname = con.conname AND inherited.contype = 'c'
            WHERE i.inhrelid = con.conrelid AND con.contype = 'c' AND con.coninhcount > 0
            LIMIT 1
        )
    ) AS original,
    json_build_object(
        'definition', regexp_replace(printed.definition, '( NOT VALID| NOT ENFORCED)+$', ''),
        'validated', con.convalidated::text,
        -- PostgreSQL 18 and later have other than enforced ones
        'enforced', (printed.definition !~ ' NOT ENFORCED( NOT VALID)?$')::text,
        -- not: of partitions, whose constraints are all inherited once they are attached
        'declared here too', CASE
            WHEN con.coninhcount > 0 AND con.conislocal AND NOT c.relispartition THEN 'true'
        END
    ) AS facts
FROM pg_constraint con
JOIN pg_namespace n ON n.oid = con.connamespace
LEFT JOIN pg_class c ON c.oid = con.conrelid
CROSS JOIN LATERAL (SELECT pg_get_constraintdef(con.oid)) AS printed (definition)
WHERE
    n.nspname = ANY ($1::text[])
    -- not: constraint triggers, which are triggers; not: NOT NULL, which is a fact of the column or domain, and
    -- since PostgreSQL 18 a constraint in not_null.pg18.sql
    AND con.contype IN ('c', 'f', 'p', 'u', 'x')
    -- not: the copies of foreign keys that partitions hold, and those that point to the partitions of a
    -- referenced table; PostgreSQL makes and names them
    AND NOT (con.contype = 'f' AND con.conparentid <> 0)
