-- The names that new indexes of foreign keys may not have, in any schema: partitions may be in others.
SELECT n.nspname AS schema, c.relname AS name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE starts_with(c.relname, 'idx_')
