-- What the target already holds under names that a migration may want, by identity.
SELECT CASE relation.relkind
         WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table'
         WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
         WHEN 'c' THEN 'type' ELSE 'index' END AS kind,
       pg_catalog.quote_ident(namespace.nspname) || '.' || pg_catalog.quote_ident(relation.relname) AS identity
  FROM pg_catalog.pg_class AS relation
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
 -- not: system schemas, TOAST and temporary ones among them
 WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
UNION ALL
SELECT 'type',
       pg_catalog.quote_ident(namespace.nspname) || '.' || pg_catalog.quote_ident(type.typname)
  FROM pg_catalog.pg_type AS type
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = type.typnamespace
 WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
   -- not: the row types of relations, listed above, and the arrays of other types
   AND type.typrelid = 0 AND type.typelem = 0
UNION ALL
SELECT CASE routine.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
       pg_catalog.quote_ident(namespace.nspname) || '.' || pg_catalog.quote_ident(routine.proname)
         || '(' || pg_catalog.pg_get_function_identity_arguments(routine.oid) || ')'
  FROM pg_catalog.pg_proc AS routine
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = routine.pronamespace
 WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
UNION ALL
SELECT 'schema', pg_catalog.quote_ident(namespace.nspname)
  FROM pg_catalog.pg_namespace AS namespace
 WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
