-- Every extension of the database, in scope or not: what is in scope may use it. plpgsql, which every
-- database has, is listed too, because it can be dropped.
SELECT
    e.extname AS name,
    e.extversion AS version,
    n.nspname AS schema
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
