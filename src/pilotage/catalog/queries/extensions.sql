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
        WHERE c.relkind IN ('r', 'p')
        ORDER BY cn.nspname COLLATE "C", c.relname COLLATE "C"
    ) AS configuration_tables
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
