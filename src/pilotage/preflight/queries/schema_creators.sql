-- Of pairs of a role ($1) and a schema ($2), those that exist and in which the role may not create anything.
SELECT role.rolname AS role, namespace.nspname AS schema
  FROM pg_catalog.unnest($1::text[], $2::text[]) AS wanted (role, schema)
  JOIN pg_catalog.pg_roles AS role ON role.rolname = wanted.role
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = wanted.schema
 WHERE NOT pg_catalog.has_schema_privilege(role.oid, namespace.oid, 'CREATE')
