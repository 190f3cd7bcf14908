-- Of pairs of a role ($1) and a schema ($2) that exists, those in which the role may not create anything. A role
-- that is still to be created may do what everybody may.
SELECT wanted.role, wanted.schema
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted (role, schema)
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = wanted.schema
  LEFT JOIN pg_catalog.pg_roles AS role ON role.rolname = wanted.role
 WHERE NOT CASE WHEN role.oid IS NULL
     THEN pg_catalog.has_schema_privilege('public', namespace.oid, 'CREATE')
     ELSE pg_catalog.has_schema_privilege(role.oid, namespace.oid, 'CREATE') END
