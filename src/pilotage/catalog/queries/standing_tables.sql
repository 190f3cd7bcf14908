-- Of the tables that are given by schema and name, which surely are the same tables, with the same columns, as in an
-- older snapshot, whose xmin (32 bits) is given. "number" is the table's place among those given, from 0.
-- age() of what a transaction after that snapshot wrote is at least 1 and at most that of the snapshot's xmin.
SELECT wanted.number - 1 AS number
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (schema, relation, number)
JOIN pg_namespace n ON n.nspname = wanted.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.relation
JOIN pg_am am ON am.oid = c.relam
WHERE
    c.relkind = 'r'
    -- not: any table, where more transactions began since than 32 bits can tell apart
    AND age($3::text::xid) >= 0
    -- not: access methods whose rows need not have an xmin
    AND am.amname = 'heap'
    -- not: schemas and tables that were renamed, emptied, rewritten
    AND NOT age(n.xmin) BETWEEN 1 AND age($3::text::xid)
    AND NOT age(c.xmin) BETWEEN 1 AND age($3::text::xid)
    -- not: tables with other columns; a column with a default comes without one row being written
    AND NOT EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND age(a.xmin) BETWEEN 1 AND age($3::text::xid)
    )
    -- not: any table, where the row type of another or a composite type has other fields, and something is made of it:
    -- values in rows lose some with it
    AND NOT EXISTS (
        SELECT FROM pg_attribute a
        JOIN pg_type t ON t.typrelid = a.attrelid
        JOIN pg_depend d
            ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.deptype <> 'i'
        WHERE a.attnum > 0 AND age(a.xmin) BETWEEN 1 AND age($3::text::xid)
    )
