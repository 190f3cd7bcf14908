-- The extensions that the target has, or could have: installed in a schema, or only available (schema is '').
SELECT available.name::text AS name, coalesce(namespace.nspname::text, '') AS schema
  FROM pg_catalog.pg_available_extensions AS available
  LEFT JOIN pg_catalog.pg_extension AS installed ON installed.extname = available.name
  LEFT JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = installed.extnamespace
