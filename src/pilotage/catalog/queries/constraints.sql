-- Constraints of tables and domains, other than foreign keys.
--
-- Those of partitions are listed whether declared there or inherited: what holds on a partition is a fact, and
-- one that is missing there must show. conislocal differs between a partition that was created as one and one
-- that was attached, so it decides nothing here.
SELECT
    con.conname AS name,
    json_build_object('schema', n.nspname, 'name', coalesce(c.relname, t.typname)) AS on,
    CASE con.contype
        WHEN 'c' THEN 'check'
        WHEN 'n' THEN 'not null'
        WHEN 'p' THEN 'primary key'
        WHEN 'u' THEN 'unique'
        WHEN 'x' THEN 'exclusion'
        WHEN 't' THEN 'constraint trigger'
    END AS kind,
    -- conkey holds 0 for a reference to the whole row, which a CHECK may make; an exclusion constraint's 0 is an
    -- expression, whose columns its index names
    coalesce(
        (
            SELECT json_agg(a.attname ORDER BY k.position, a.attnum)
            FROM unnest(con.conkey) WITH ORDINALITY AS k (attnum, position)
            JOIN pg_attribute a
                ON a.attrelid = con.conrelid
                AND (a.attnum = k.attnum OR (k.attnum = 0 AND con.contype = 'c' AND a.attnum > 0))
            WHERE NOT a.attisdropped
        ),
        '[]'
    ) AS columns,
    con.condeferrable AS deferrable,
    con.convalidated AS validated,
    pg_get_constraintdef(con.oid) AS definition
FROM pg_constraint con
JOIN pg_namespace n ON n.oid = con.connamespace
LEFT JOIN pg_class c ON c.oid = con.conrelid
LEFT JOIN pg_type t ON t.oid = con.contypid
WHERE
    n.nspname = ANY ($1::text[])
    -- not: foreign keys, which have a query of their own
    AND con.contype IN ('c', 'n', 'p', 'u', 'x', 't')
    -- not: the plain NOT NULL of a column (pg_constraint holds it since PostgreSQL 18, of a domain since 17):
    -- the column or domain says so itself, on every version. What only a constraint can say is listed: that
    -- it is not validated, is not inherited, or has a name that PostgreSQL did not choose.
    AND NOT (
        con.contype = 'n'
        AND con.convalidated
        AND NOT con.connoinherit
        AND con.conname ~ '_not_null[0-9]*$'
    )
    -- not: those of relations and domains that are members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE
            d.objsubid = 0
            AND d.deptype = 'e'
            AND (
                (d.classid = 'pg_class'::regclass AND d.objid = con.conrelid)
                OR (d.classid = 'pg_type'::regclass AND d.objid = con.contypid)
            )
    )
