-- Every extension of the database, in scope or not: what is in scope may use it. plpgsql, which every
-- database has, is listed too, because it can be dropped.
SELECT
    e.extname AS name,
    e.extversion AS version,
    n.nspname AS schema,
    ARRAY(
        SELECT json_build_object('schema', cn.nspname, 'name', c.relname)
        FROM unnest(e.extconfig) AS config(oid)
        JOIN pg_class c ON c.oid = config.oid
        JOIN pg_namespace cn ON cn.oid = c.relnamespace
        WHERE c.relkind = 'r'
        ORDER BY cn.nspname COLLATE "C", c.relname COLLATE "C"
    ) AS configuration_tables,
    ARRAY(
        SELECT json_build_object('schema', tn.nspname, 'name', t.typname)
        FROM pg_depend d
        JOIN pg_type t ON t.oid = d.objid
        JOIN pg_namespace tn ON tn.oid = t.typnamespace
        WHERE
            d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
            AND d.classid = 'pg_type'::regclass AND d.deptype = 'e'
            -- not: array types, which come with their elements'
            AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid)
        ORDER BY tn.nspname COLLATE "C", t.typname COLLATE "C"
    ) AS types
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
