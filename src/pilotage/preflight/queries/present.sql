-- What the target already holds under names that a migration may want. Names are not quoted here: servers of
-- other versions quote other words.
SELECT CASE relation.relkind
         WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table'
         WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
         WHEN 'c' THEN 'type' ELSE 'index' END AS kind,
       namespace.nspname AS schema, relation.relname AS name, '' AS arguments
  FROM pg_catalog.pg_class AS relation
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
 -- not: system schemas, TOAST and temporary ones among them
 WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
UNION ALL
SELECT 'type', namespace.nspname, type.typname, ''
  FROM pg_catalog.pg_type AS type
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = type.typnamespace
 WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
   -- not: the row types of relations, listed above
   AND type.typrelid = 0
   -- not: the arrays of other types, which move out of the way
   AND type.typsubscript <> 'pg_catalog.array_subscript_handler'::pg_catalog.regproc
UNION ALL
SELECT CASE routine.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
       namespace.nspname, routine.proname, pg_catalog.pg_get_function_identity_arguments(routine.oid)
  FROM pg_catalog.pg_proc AS routine
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = routine.pronamespace
 WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
UNION ALL
SELECT 'schema', '', namespace.nspname, ''
  FROM pg_catalog.pg_namespace AS namespace
 WHERE namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
-- What follows is of the whole database, and some of it is created only after the rows.
UNION ALL
SELECT 'event trigger', '', evtname, '' FROM pg_catalog.pg_event_trigger
UNION ALL
SELECT 'publication', '', pubname, '' FROM pg_catalog.pg_publication
UNION ALL
SELECT 'subscription', '', subscription.subname, ''
  FROM pg_catalog.pg_subscription AS subscription
  -- not: those of other databases
  JOIN pg_catalog.pg_database AS database ON database.oid = subscription.subdbid
 WHERE database.datname = pg_catalog.current_database()
UNION ALL
SELECT 'server', '', srvname, '' FROM pg_catalog.pg_foreign_server
UNION ALL
SELECT 'foreign data wrapper', '', fdwname, '' FROM pg_catalog.pg_foreign_data_wrapper
